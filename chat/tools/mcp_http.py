"""The HTTP client of the MCP package, with connections like our own: to checked addresses only, and bounded in size.

Imported at the first use of the MCP package, whose client is httpx2.
"""

from collections.abc import Mapping
from typing import Any

import httpcore2
import httpx2
import msgspec

from chat.upstreams.route import Target, find_route, open_route

# Twenty times the length of a result that is stored.
MAX_ANSWER_BYTES = 4 << 20


def http_client(target: Target, headers: Mapping[str, str], timeout_seconds: float) -> httpx2.AsyncClient:
    """A client for the server at this target."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=target.tls,
        network_backend=_Guarded(target),
        max_connections=4,
        # A stream that nobody reads does not notice that the server has closed it.
        max_keepalive_connections=0,
    )
    return httpx2.AsyncClient(
        transport=transport,
        headers={"accept-encoding": "identity", **headers},
        # The limit of the whole call is shorter, and has the better message.
        timeout=httpx2.Timeout(timeout_seconds + 1),
        event_hooks={"response": [_refuse_packed]},
        trust_env=False,
    )


async def _refuse_packed(response: Any) -> None:
    # A few compressed bytes may become gigabytes.
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.ReadError("it packs its answers although it was asked not to")


class _Guarded(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to a checked one, through a proxy if one is set."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        target = msgspec.structs.replace(self._target, host=host, port=port)
        stream = await open_route(target, await find_route(target))
        stream.max_bytes = MAX_ANSWER_BYTES
        return stream
