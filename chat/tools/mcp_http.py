"""The HTTP client of the MCP package, on connections like our own: to checked addresses only, and with an end.

Imported with the first use of the extra, which brings httpx2 and httpcore2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpcore2
import httpx2
from httpcore2 import AnyIOBackend

from chat.upstreams import address

# Twenty times what is kept of a result.
MAX_ANSWER_BYTES = 4 << 20


def http_client(
    name: str, headers: Mapping[str, str], *, allow_private: bool, timeout_seconds: float
) -> httpx2.AsyncClient:
    """A client for one server, without proxies; `name` is the server's, for messages."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=httpx2.create_ssl_context(trust_env=False),
        network_backend=_Guarded(name, allow_private),
        max_connections=4,
    )
    return httpx2.AsyncClient(
        transport=transport,
        headers={"accept-encoding": "identity", **headers},
        # The limit of the whole comes first, and has the better sentence.
        timeout=httpx2.Timeout(timeout_seconds + 1),
        event_hooks={"response": [_refuse_packed]},
        trust_env=False,
    )


async def _refuse_packed(response: Any) -> None:
    # A few packed bytes may be gigabytes.
    if response.headers.get("content-encoding", "identity") != "identity":
        raise httpx2.ReadError("it packs its answers although it was asked not to")


class _Guarded(AnyIOBackend):
    """Resolves once, checks every address, and connects to a checked one."""

    def __init__(self, name: str, allow_private: bool) -> None:
        self._name = name
        self._allow_private = allow_private

    async def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        trouble: Exception | None = None
        for place in await address.resolve(host, port, name=self._name, allow_private=self._allow_private):
            try:
                return _Bounded(await super().connect_tcp(place, port, *args, **kwargs))
            except httpcore2.ConnectError as error:
                trouble = error
        raise trouble or httpcore2.ConnectError(f"there is no way to {host}")


class _Bounded(httpcore2.AsyncNetworkStream):
    """A connection that brings no more than MAX_ANSWER_BYTES."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = MAX_ANSWER_BYTES

    async def read(self, max_bytes: int, *args: Any, **kwargs: Any) -> bytes:
        data: bytes = await self._stream.read(max_bytes, *args, **kwargs)
        self._left -= len(data)
        if self._left < 0:
            raise httpcore2.ReadError(f"it sends more than {MAX_ANSWER_BYTES:,} bytes")
        return data

    async def write(self, buffer: bytes, *args: Any, **kwargs: Any) -> None:
        await self._stream.write(buffer, *args, **kwargs)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *args: Any, **kwargs: Any) -> Any:
        return _Bounded(await self._stream.start_tls(*args, **kwargs))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
