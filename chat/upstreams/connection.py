"""One connection to an upstream: TCP, then TLS, then bytes. Works on asyncio's loop and on uvloop.

Reads only while somebody asks: what arrives meanwhile stays with the kernel, so that one read brings many events. Must
know nothing of HTTP.
"""

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import msgspec

from . import address
from .errors import CannotReach, CertificateProblem, ConnectTimeout

# Before another address of the same host is tried: a dead IPv6 route must not eat the whole connect timeout.
_NEXT_ADDRESS_SECONDS = 2.0


class Connection(asyncio.Protocol):
    """A byte stream with one reader. read() -> bytes, b"" at the end; close() at any time, at once."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._ended = False
        self._error: Exception | None = None
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._give_up_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def be_patient(self, seconds: float) -> None:
        """From now on a read() waits at most so long, then raises TimeoutError.

        One timer looks at the clock now and then: a timeout of its own for each read took a sixth of all CPU.
        """
        self._give_up_at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._give_up_at:
            self._stop_timer()
            self._timer = self._loop.call_later(max(seconds, 0), self._look_at_clock)

    async def read(self) -> bytes:
        """All bytes that are there, waiting for the first. Raises OSError (a reset), TimeoutError or ssl.SSLError."""
        while not self._chunks and not self._ended:
            self._waiter = self._loop.create_future()
            self._pause(False)
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self._chunks:
            data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            self._chunks.clear()
            return data
        if self._error is not None:
            raise self._error
        return b""

    def write(self, data: bytes) -> None:
        """Hand over bytes to be sent; what is not sent yet waits in memory."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Close at once, without waiting for the other side."""
        self._stop_timer()
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt from here on. Raises ssl.SSLError or OSError."""
        assert self._transport is not None
        self._pause(False)
        self._transport = await self._loop.start_tls(self._transport, self, context, server_hostname=host)
        self._pause(True)

    def hold(self) -> None:
        """From here on, read only when asked."""
        self._pause(True)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._chunks.append(data)
        self._pause(True)
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._error = error
        self._wake()

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


class Target(msgspec.Struct, frozen=True):
    """Whom to connect to; `name` is the upstream's, for messages. `tls` is None where nothing is encrypted; `find` looks names up."""

    host: str
    port: int
    name: str
    allow_private: bool
    tls: ssl.SSLContext | None
    find: address.LookUp | None = None


_Result = TypeVar("_Result")


async def within(seconds: float, target: Target, step: Coroutine[Any, Any, _Result]) -> _Result:
    """The step's result, or ConnectTimeout."""
    try:
        async with asyncio.timeout(seconds):
            return await step
    except TimeoutError as error:
        raise ConnectTimeout(
            "Cannot reach {name}: no answer within {time}. Check its address, or a firewall on the way.",
            name=target.name,
            time=seconds,
        ) from error


async def connect(target: Target, timeout_seconds: float) -> Connection:
    """Resolve, check, connect and encrypt, all within the timeout. Raises CannotReach; leaves nothing open."""
    return await within(timeout_seconds, target, _connect(target))


async def _connect(target: Target) -> Connection:
    connection = await open_tcp(target, await resolve(target))
    if target.tls is not None:
        try:
            await secure(connection, target)
        except BaseException:
            connection.close()
            raise
    return connection


async def resolve(target: Target) -> list[str]:
    """The permitted addresses of the target. Raises NameNotFound or AddressForbidden."""
    return await address.resolve(
        target.host, target.port, name=target.name, allow_private=target.allow_private, find=target.find
    )


async def open_tcp(target: Target, addresses: list[str]) -> Connection:
    """A TCP connection to the first of these addresses that takes one. Raises CannotReach."""
    loop = asyncio.get_running_loop()
    failure: OSError | None = None
    for place, ip in enumerate(addresses):
        seconds = None if place == len(addresses) - 1 else _NEXT_ADDRESS_SECONDS
        try:
            async with asyncio.timeout(seconds):
                _, connection = await loop.create_connection(Connection, ip, target.port)
                connection.hold()
                return connection
        except OSError as error:  # TimeoutError is one
            failure = error
    where = f"{target.host}, port {target.port}"
    if isinstance(failure, ConnectionRefusedError):
        raise CannotReach(
            "Cannot reach {name}: nothing answers at {where}. Is it running there?", name=target.name, where=where
        ) from failure
    raise CannotReach(
        "Cannot reach {name}: there is no way to {where}. Check the network.", name=target.name, where=where
    ) from failure


async def secure(connection: Connection, target: Target) -> None:
    """TLS on top of the connection. Raises CertificateProblem or CannotReach; never goes on unverified."""
    assert target.tls is not None
    name = target.name
    try:
        await connection.start_tls(target.tls, target.host)
    except ssl.SSLCertVerificationError as error:
        raise CertificateProblem(
            "There is a certificate problem with {name}: {problem} ({host}). Tell an administrator.",
            name=name,
            problem=error.verify_message,
            host=target.host,
        ) from error
    except ssl.SSLError as error:
        reason = (error.reason or "unknown").replace("_", " ").lower()
        raise CertificateProblem(
            "{name} does not speak TLS that we understand ({reason}). Check whether its address begins with "
            "https or http.",
            name=name,
            reason=reason,
        ) from error
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise CannotReach(
            "Cannot reach {name}: {host} closed the connection before it was encrypted.", name=name, host=target.host
        ) from error
