"""One GET of any public address, for tools that read the web: on a guarded connection as to an upstream, without redirects."""

from contextlib import aclosing

import msgspec

from .address import LookUp
from .exchange import Exchange, target_of
from .proxies import DIRECT, Proxies
from .route import connect

_HEADERS = {
    "accept": "text/html, text/plain, application/json;q=0.9, */*;q=0.1",
    "accept-encoding": "gzip, identity",
    "connection": "close",
    "user-agent": "parley",
}
_CONNECT_SECONDS = 10.0


class Page(msgspec.Struct, frozen=True):
    """What a server answered; `location` is where a redirect leads, else ""."""

    status: int
    location: str
    content_type: str
    body: bytes


async def get(
    url: str, *, find: LookUp, max_bytes: int, allow_private: bool = False, proxies: Proxies = DIRECT
) -> Page:
    """The answer to a GET, its body cut at `max_bytes`. Raises UpstreamError; the caller bounds the time."""
    target = target_of(url, "the page", allow_private=allow_private, proxies=proxies, find=find)
    connection = await connect(target, _CONNECT_SECONDS)
    async with aclosing(Exchange(connection, target.host)) as exchange:
        await exchange.send("GET", url, _HEADERS)
        location = exchange.headers.get("location", "") if 300 <= exchange.status < 400 else ""
        body = b"" if location else await exchange.read_all(max_bytes)
        return Page(exchange.status, location, exchange.headers.get("content-type", ""), body)
