"""The way to an upstream: look its name up, check every address, connect, encrypt. Must know nothing of requests."""

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from . import address
from .errors import CannotReach, CertificateProblem, ConnectTimeout
from .http1 import Connection
from .network import Stream, open_stream


class Target(msgspec.Struct, frozen=True):
    """Where a connection leads.

    `name` is the upstream's, for messages. `tls` is None where nothing is encrypted. `find` looks names up; without it, the
    system does.
    """

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
    stream = await open_tcp(target, await resolve(target))
    try:
        if target.tls is not None:
            await secure(stream, target)
        return connection_over(stream, target)
    except BaseException:
        stream.close()
        raise


def connection_over(stream: Stream, target: Target) -> Connection:
    """HTTP/1.1 on a stream that leads to the target."""
    return Connection(stream, "http" if target.tls is None else "https", target.host, target.port)


async def resolve(target: Target) -> list[str]:
    """The permitted addresses of the target. Raises NameNotFound or AddressForbidden."""
    return await address.resolve(
        target.host, target.port, name=target.name, allow_private=target.allow_private, find=target.find
    )


async def open_tcp(target: Target, addresses: list[str]) -> Stream:
    """A TCP connection to the first of these addresses that takes one. Raises CannotReach."""
    where = f"{target.host}, port {target.port}"
    try:
        return await open_stream(addresses, target.port)
    except ConnectionRefusedError as error:
        raise CannotReach(
            "Cannot reach {name}: nothing answers at {where}. Is it running there?", name=target.name, where=where
        ) from error
    except OSError as error:
        raise CannotReach(
            "Cannot reach {name}: there is no way to {where}. Check the network.", name=target.name, where=where
        ) from error


async def secure(stream: Stream, target: Target) -> None:
    """TLS on top of the stream. Raises CertificateProblem or CannotReach; never goes on unverified."""
    assert target.tls is not None
    name = target.name
    try:
        await stream.start_tls(target.tls, target.host)
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
