"""The network beneath HTTP: TCP, then TLS, then bytes. Works on asyncio's loop and on uvloop.

It does what the library's own backend cannot: it reads only on request, so that bytes which arrive meanwhile stay with
the kernel and one read brings many events; it connects to addresses, which were checked, and never to names; and it closes
at once. Must know nothing of HTTP.
"""

import asyncio
import contextlib
import ssl
import sys
from collections.abc import Callable
from typing import Any, cast

import httpcore

# After this time the next address of the same host is tried: a dead IPv6 route must not use up the whole connect timeout.
_NEXT_ADDRESS_SECONDS = 2.0


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A byte stream with one reader: read() gives bytes, b"" at the end; close() works at any time, at once.

    `ended`: the other side has closed or reset the connection, before we did. `received_bytes`: how many bytes read() gave so
    far; more than `max_bytes` of them raise ConnectionError.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._give_up_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._on_end: Callable[[], None] | None = None
        self._closed = False
        self.ended = False
        self.received_bytes = 0
        self.max_bytes = sys.maxsize

    def be_patient(self, seconds: float) -> None:
        """From now on a read() waits at most this long, then raises TimeoutError.

        One timer looks at the clock now and then: a timeout of its own for each read took a sixth of all CPU.
        """
        self._give_up_at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._give_up_at:
            self._stop_timer()
            self._timer = self._loop.call_later(max(seconds, 0), self._look_at_clock)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The bytes that are there, waiting for the first; a reset is an end like any other. Raises TimeoutError.

        `timeout` belongs to the library, which passes none; see be_patient().
        """
        while not (self._chunks or self.ended or self._closed):
            self._waiter = self._loop.create_future()
            self._pause(False)
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        if len(data) > max_bytes:
            self._chunks.append(data[max_bytes:])
            data = data[:max_bytes]
        self.received_bytes += len(data)
        if self.received_bytes > self.max_bytes:
            raise ConnectionError(f"it sends more than {self.max_bytes:,} bytes")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hand over bytes to be sent; what is not sent yet waits in memory."""
        if self._transport is not None:
            self._transport.write(buffer)

    def close(self) -> None:
        """Close at once, without waiting for the other side; read() gives b"" from here on."""
        self._stop_timer()
        self._chunks.clear()
        self._closed = True
        self._wake()
        if self._transport is not None:
            # Before Python 3.11.5, TLS that has ended within TLS (https through an https:// proxy) knew no transport.
            with contextlib.suppress(AttributeError):
                self._transport.abort()

    async def aclose(self) -> None:
        """close(), as the library calls it."""
        self.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Encrypt from here on. Raises ssl.SSLError or OSError."""
        assert self._transport is not None
        self._pause(False)
        self._transport = await self._loop.start_tls(
            self._transport, self, ssl_context, server_hostname=server_hostname
        )
        self._pause(True)
        return self

    def get_extra_info(self, info: str) -> Any:
        """What the library asks: whether a read would not wait, and the TLS object."""
        if info == "is_readable":
            return bool(self._chunks) or self.ended or self._closed
        return self._transport.get_extra_info(info) if self._transport is not None else None

    def hold(self) -> None:
        """From here on, read only when asked."""
        self._pause(True)

    def rest(self, on_end: Callable[[], None]) -> None:
        """Nobody reads for now: whatever comes, even the end, closes the stream and is told with on_end()."""
        self._stop_timer()
        self._on_end = on_end
        self._pause(False)

    def resume(self) -> None:
        """The rest is over: somebody reads again."""
        self._on_end = None
        self._pause(True)

    def end_rest(self) -> None:
        """Close a stream at rest."""
        if self._on_end is not None:
            on_end, self._on_end = self._on_end, None
            self.close()
            on_end()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._pause(True)
        self._wake()
        self.end_rest()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()
        self.end_rest()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = self.ended or not self._closed
        self._wake()
        self.end_rest()

    def _look_at_clock(self) -> None:
        self._timer = None
        left = self._give_up_at - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look_at_clock)
        elif self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TimeoutError())

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _pause(self, paused: bool) -> None:
        transport = self._transport
        if paused == self._paused or transport is None or transport.is_closing():
            return
        self._paused = paused
        if paused:
            transport.pause_reading()
        else:
            transport.resume_reading()


async def open_stream(addresses: list[str], port: int) -> Stream:
    """A TCP connection to the first of these addresses that takes one; reads only when asked. Raises OSError."""
    loop = asyncio.get_running_loop()
    failure = OSError("no address")
    for index, address in enumerate(addresses):
        seconds = None if index == len(addresses) - 1 else _NEXT_ADDRESS_SECONDS
        try:
            async with asyncio.timeout(seconds):
                _, stream = await loop.create_connection(Stream, address, port)
                stream.hold()
                return stream
        except OSError as error:  # TimeoutError is one
            failure = error
    raise failure
