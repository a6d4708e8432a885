"""Where a connection may go: names are resolved once, every address is checked, and only a checked one is used."""

import asyncio
import ipaddress
import socket

from .errors import AddressForbidden, NameNotFound

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


async def resolve(host: str, port: int, *, name: str, allow_private: bool) -> list[str]:
    """The addresses of a host, each of them permitted.

    Raises NameNotFound, and AddressForbidden when a single one of them is not permitted: a name that points to both
    sides is somebody's trick. `name` is the upstream's, for messages.
    """
    addresses = _literal(host) or await _look_up(host, port, name)
    for address in addresses:
        if not permitted(ipaddress.ip_address(address.split("%")[0]), allow_private=allow_private):
            raise AddressForbidden(
                f"Not connecting to {name}: {host} is on a private network. An administrator can permit that for this upstream."
            )
    return addresses


def permitted(address: IPAddress, *, allow_private: bool) -> bool:
    """Whether a connection may go to this address; link-local ones (cloud metadata) and multicast never."""
    address = _inner(address)
    if address.is_link_local or address.is_multicast:
        return False
    return allow_private or address.is_global


def _inner(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):  # the latter: IPv4-compatible, but not ::1
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _literal(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return []


async def _look_up(host: str, port: int, name: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NameNotFound(
            f"Cannot reach {name}: there is no host named {host}. Check the address of this upstream, or the network's DNS."
        )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
