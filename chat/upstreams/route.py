"""The way to an upstream: look its name up, check every address, connect directly or through a proxy, encrypt.

Must know nothing of requests. A proxy is asked for a tunnel (CONNECT) to the checked address, for http as for https: an
address that it looked up itself could be another one.
"""

import asyncio
import ssl
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from . import address
from .errors import CannotReachError, CertificateProblemError, ConnectTimeoutError, NameNotFoundError, ProxyRefusedError
from .http1 import Connection, ask_for_tunnel
from .network import Stream, open_stream
from .proxies import DIRECT, Proxies, Proxy

# How many addresses of a host a proxy is asked for, one after the other.
_MAX_TUNNELS = 3


class Target(msgspec.Struct, frozen=True):
    """Where a connection leads.

    `name` is the upstream's, for messages. `tls` encrypts where the scheme is https, and on the way to a proxy that asks for
    it. `find` looks names up; without it, the system does.
    """

    scheme: str
    host: str
    port: int
    name: str
    allow_private: bool
    proxies: Proxies = DIRECT
    tls: ssl.SSLContext | None = None
    find: address.LookUp | None = None


class Route(msgspec.Struct, frozen=True):
    """Where to connect: checked addresses, or the name alone where a trusted proxy looks it up; `proxy` leads there, if any."""

    addresses: tuple[str, ...]
    proxy: Proxy | None = None


_Result = TypeVar("_Result")


async def within(seconds: float, target: Target, step: Coroutine[Any, Any, _Result]) -> _Result:
    """The step's result, or ConnectTimeoutError."""
    try:
        async with asyncio.timeout(seconds):
            return await step
    except TimeoutError as error:
        raise ConnectTimeoutError(
            "Cannot reach {name}: no answer within {time}. Check its address, or a firewall on the way.",
            name=target.name,
            time=seconds,
        ) from error


async def connect(target: Target, timeout_seconds: float) -> Connection:
    """Resolve, check, connect and encrypt, all within the timeout. Raises CannotReachError; leaves nothing open."""
    return await within(timeout_seconds, target, _connect(target))


async def _connect(target: Target) -> Connection:
    stream = await open_route(target, await find_route(target))
    try:
        if target.scheme == "https":
            await secure(stream, target)
        return Connection(stream, target.scheme, target.host, target.port)
    except BaseException:
        stream.close()
        raise


async def find_route(target: Target) -> Route:
    """The permitted addresses of the target, and the proxy on the way; none to an address that is not public.

    Raises NameNotFoundError or AddressForbiddenError: also behind a proxy a name is looked up and checked here, unless the proxy is
    trusted with it.
    """
    proxy = target.proxies.to(target.scheme, target.host, target.port)
    trusted = proxy is not None and target.proxies.resolve_names
    try:
        addresses = await address.resolve(
            target.host, target.port, name=target.name, allow_private=target.allow_private, find=target.find
        )
    except NameNotFoundError as error:
        if proxy is None:
            raise
        if trusted:
            return Route((target.host,), proxy)
        raise NameNotFoundError(
            "Cannot reach {name}: {host} cannot be looked up here, so that its address cannot be checked. Where the proxy "
            "may do both, an administrator can set PROXY_RESOLVES_NAMES.",
            name=target.name,
            host=target.host,
        ) from error
    if not all(address.is_public(each) for each in addresses):
        return Route(tuple(addresses))
    return Route((target.host,) if trusted else tuple(addresses), proxy)


async def open_route(target: Target, route: Route) -> Stream:
    """A stream to the target on this route, not yet encrypted. Raises CannotReachError; leaves nothing open."""
    if route.proxy is None:
        return await open_tcp(target, list(route.addresses))
    refusal: ProxyRefusedError | None = None
    for each in route.addresses[:_MAX_TUNNELS]:
        try:
            return await _open_tunnel(target, route.proxy, each)
        except ProxyRefusedError as error:
            refusal = error
            if not error.retryable:
                break
    assert refusal is not None
    raise refusal


async def _open_tunnel(target: Target, proxy: Proxy, to: str) -> Stream:
    """A stream through the proxy to this address. Raises ProxyRefusedError, retryable where the proxy did not get there."""
    where, name = f"{proxy}", target.name
    found = await address.look_up_unchecked(proxy.host, proxy.port, name)
    stream = await open_tcp(Target("http", proxy.host, proxy.port, name, True), found)
    try:
        if proxy.scheme == "https":
            await secure(stream, msgspec.structs.replace(target, scheme="https", host=proxy.host, port=proxy.port))
        status = await ask_for_tunnel(stream, to, target.port, proxy.authorization)
        if 200 <= status < 300:
            return stream
    except ConnectionError as error:
        stream.close()
        raise ProxyRefusedError(
            "Cannot reach {name}: the proxy {proxy} does not answer as a proxy does. Tell an administrator.",
            name=name,
            proxy=where,
        ) from error
    except BaseException:
        stream.close()
        raise
    stream.close()
    if status == 407:
        raise ProxyRefusedError(
            "Cannot reach {name}: the proxy {proxy} requires a username and a password. Tell an administrator.",
            name=name,
            proxy=where,
        )
    raise ProxyRefusedError(
        "Cannot reach {name}: the proxy {proxy} refuses the connection ({answer}). Tell an administrator.",
        retryable=status >= 500,
        name=name,
        proxy=where,
        answer=status,
    )


async def open_tcp(target: Target, addresses: list[str]) -> Stream:
    """A TCP connection to the first of these addresses that takes one. Raises CannotReachError."""
    where = f"{target.host}, port {target.port}"
    try:
        return await open_stream(addresses, target.port)
    except ConnectionRefusedError as error:
        raise CannotReachError(
            "Cannot reach {name}: nothing answers at {where}. Is it running there?", name=target.name, where=where
        ) from error
    except OSError as error:
        raise CannotReachError(
            "Cannot reach {name}: there is no way to {where}. Check the network.", name=target.name, where=where
        ) from error


async def secure(stream: Stream, target: Target) -> None:
    """TLS on top of the stream. Raises CertificateProblemError or CannotReachError; never goes on unverified."""
    assert target.tls is not None
    name = target.name
    try:
        await stream.start_tls(target.tls, target.host)
    except ssl.SSLCertVerificationError as error:
        raise CertificateProblemError(
            "There is a certificate problem with {name}: {problem} ({host}). Tell an administrator.",
            name=name,
            problem=error.verify_message,
            host=target.host,
        ) from error
    except ssl.SSLError as error:
        reason = (error.reason or "unknown").replace("_", " ").lower()
        raise CertificateProblemError(
            "{name} does not speak TLS that we understand ({reason}). Check whether its address begins with "
            "https or http.",
            name=name,
            reason=reason,
        ) from error
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise CannotReachError(
            "Cannot reach {name}: {host} closed the connection before it was encrypted.", name=name, host=target.host
        ) from error
