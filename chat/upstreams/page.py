"""One GET of any public address, for tools that read the web: the same guarded way as to an upstream, and no redirects."""

import msgspec

from . import client
from .address import LookUp
from .connection import connect

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


async def get(url: str, *, find: LookUp, max_bytes: int, allow_private: bool = False) -> Page:
    """The answer to a GET, its body cut at `max_bytes`. Raises UpstreamError; the caller bounds the time."""
    target = client.target_of(url, "the page", allow_private=allow_private, find=find)
    connection = await connect(target, _CONNECT_SECONDS)
    try:
        async with (
            client.exchange(connection, target.host) as http,
            http.stream("GET", url, headers=_HEADERS) as response,
        ):
            location = response.headers.get("location", "") if 300 <= response.status_code < 400 else ""
            body = b"" if location else await client.body_of(response, target.host, max_bytes)
            return Page(response.status_code, location, response.headers.get("content-type", ""), body)
    finally:
        connection.close()
