"""One request and its response on a connection: the only file through which HTTP to upstreams goes.

httpx's transport does it, on the one connection that was opened for it: no pool, which walks all its connections at every
open and close and, when limited, dies of cancelled requests; no redirects, and nothing from the environment. HTTP/2 is
off: a connection carries one answer, and closing it is how an answer is stopped, so streams that share a connection would
gain nothing and cost three more packages and a frame parser in Python.
"""

import asyncio
import contextlib
import functools
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import msgspec

from .errors import (
    BrokenOffError,
    CannotReachError,
    LimitReachedError,
    NotAStreamError,
    NotHttpError,
    RequestRefusedError,
    UpstreamError,
)
from .http1 import Connection
from .route import Target
from .unpack import PACKINGS, STEP_BYTES, TooMuchError, Unpacker


def target_of(url: str, name: str, **about: Any) -> Target:
    """Where a connection for this address leads, as the client itself reads it; `about`: the fields of a Target.

    Raises CannotReachError for something that is not a web address.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise CannotReachError(
            "The address of {name} is not a web address. Tell an administrator.", name=name, retryable=False
        )
    host, port = parsed.raw_host.decode("ascii"), parsed.port or (443 if parsed.scheme == "https" else 80)
    target = Target(parsed.scheme, host, port, name, **about)
    if target.tls is None and (parsed.scheme == "https" or target.proxies.use_tls):
        target = msgspec.structs.replace(target, tls=_tls_context())
    return target


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """The one TLS context of this process: making one takes 30 ms, sharing it is free and safe."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()  # the system's certificates as well: companies install their own authority there
    context.set_alpn_protocols(["http/1.1"])
    return context


class Exchange:
    """send(), then read() until b"", then aclose(). `name` is the upstream's, for messages."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.connection = connection
        self._name = name
        self._transport = _OneConnection(connection)
        self._response = httpx.Response(0)
        self._pieces: AsyncIterator[bytes] | None = None
        self._unpacker: Unpacker | None = None
        self._rest = b""  # of the last network read
        self._bytes_in_turn = 0

    @property
    def status(self) -> int:
        """The status, once send() has returned."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The response's headers; names in any case."""
        return self._response.headers

    @property
    def request_id(self) -> str | None:
        """The provider's own name of this request, for its support."""
        given = self.headers.get("x-request-id") or self.headers.get("request-id")
        return given[:200] if given else None

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> None:
        """Send the request and wait for the head of the response.

        Raises RequestRefusedError for a header that cannot be sent, CannotReachError when the other side closed without
        a word, BrokenOffError when it closed within the head, NotHttpError for what is no HTTP, and TimeoutError.
        """
        before = self.connection.network.received_bytes
        self.connection.read_much(False)  # the head's last read may bring much of a packed body
        try:
            request = httpx.Request(method, url, headers=dict(headers), content=body)
            self._response = await self._transport.handle_async_request(request)
        except (httpx.LocalProtocolError, UnicodeEncodeError) as error:
            raise RequestRefusedError(
                "A header set for {name} cannot be sent. Tell an administrator.", name=self._name
            ) from error
        except httpx.TransportError as error:
            raise self._no_head(self.connection.network.received_bytes > before) from error
        self._choose_reading()

    @property
    def has_more(self) -> bool:
        """A part of the last network read was not given yet."""
        return bool(self._rest)

    async def read(self) -> bytes:
        """What a network read brings of the body, unpacked, in steps of at most STEP_BYTES; b"" at its end.

        After each step's worth of bytes everybody else has a turn. Raises BrokenOffError, LimitReachedError for what is too large when
        unpacked, NotAStreamError for what cannot be unpacked, and TimeoutError when the connection's patience ends.
        """
        if self._pieces is None:
            raise NotAStreamError(
                "{name} compressed its answer in a way that was not requested. Tell an administrator.", name=self._name
            )
        if self._bytes_in_turn >= STEP_BYTES:
            self._bytes_in_turn = 0
            await asyncio.sleep(0)
        try:
            data = await self._next_step() if self._rest or self._unpacker is None else await self._unpacked()
        except zlib.error as error:
            raise BrokenOffError("{name} sent an answer that cannot be unpacked.", name=self._name) from error
        except TooMuchError as error:
            raise LimitReachedError(
                "{name} sent a packed answer that is far too large. Tell an administrator.", name=self._name
            ) from error
        except httpx.TransportError as error:
            if self.connection.network.ended:
                raise BrokenOffError(
                    "The connection to {name} ended in the middle of the answer.", name=self._name
                ) from error
            raise BrokenOffError("{name} sent an answer whose pieces do not fit together.", name=self._name) from error
        self._bytes_in_turn += len(data)
        return data

    async def _next_step(self) -> bytes:
        data = self._rest or await self._received()
        self._rest = data[STEP_BYTES:]
        return data[:STEP_BYTES] if self._rest else data

    async def _unpacked(self) -> bytes:
        assert self._unpacker is not None
        while not (data := self._unpacker.take()):
            packed = await self._received()
            if not packed:
                return b""
            self._unpacker.feed(packed)
        return data

    async def _received(self) -> bytes:
        """One network read of the body, as it came."""
        assert self._pieces is not None
        return await self.connection.read_chunks() or await anext(self._pieces, b"")

    async def read_all(self, max_bytes: int) -> bytes:
        """The body, unpacked, cut at `max_bytes`; where it breaks off, what came. Raises what read() raises else."""
        pieces, size = [], 0
        with contextlib.suppress(BrokenOffError):  # what there is may say enough
            while size < max_bytes and (data := await self.read()):
                pieces.append(data)
                size += len(data)
        return b"".join(pieces)[:max_bytes]

    async def finish(self, patience_seconds: float) -> bool:
        """Read the end of the body, which has nothing more in it; whether the connection can carry another request."""
        self.connection.network.be_patient(patience_seconds)
        try:
            return not await self.read() and self.connection.is_reusable
        except (UpstreamError, TimeoutError):
            return False

    async def aclose(self) -> None:
        """Close the connection at once, then let the library's generators come to their end."""
        self.connection.close()
        if self._pieces is not None:
            with contextlib.suppress(httpx.HTTPError, TimeoutError):
                async for _ in self._pieces:
                    pass
        await self._response.aclose()

    def _choose_reading(self) -> None:
        packing = self.headers.get("content-encoding", "").strip().lower()
        if packing in ("", "identity"):
            self.connection.read_much(True)
        elif packing in PACKINGS:
            self._unpacker = Unpacker(packing)
        else:
            return
        self._pieces = self._response.aiter_raw()

    def _no_head(self, began: bool) -> UpstreamError:
        if not self.connection.network.ended:
            return NotHttpError(
                "What answers at the address of {name} does not speak HTTP. Check its address and port.",
                name=self._name,
            )
        if began:
            return BrokenOffError("The connection to {name} ended before its answer began.", name=self._name)
        return CannotReachError(
            "{name} closed the connection without an answer. Try again in a while.", name=self._name
        )


class _OneConnection(httpx.AsyncHTTPTransport):
    """httpx's transport with a connection where it has its pool: it uses only the methods that both have."""

    def __init__(self, connection: Connection) -> None:
        self._pool = connection  # type: ignore[assignment]
