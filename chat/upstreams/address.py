"""Where a connection may go: names are resolved once, every address is checked, and only a checked one is used."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from .errors import AddressForbiddenError, NameNotFoundError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# The addresses of a host and port. Raises NameNotFoundError.
LookUp = Callable[[str, int, str], Awaitable[list[str]]]

# What clouds tell a machine about itself, keys included, under an address that is not link-local: Alibaba, Azure, Oracle,
# Amazon, Google.
METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
# RFC 6052, RFC 8215 (whose prefix may be 48 or 96 bits long), RFC 2765.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_SIIT = ipaddress.IPv6Network("::ffff:0:0:0/96")
# RFC 5214: the last 64 bits of an ISATAP address, the local and the global form, before its IPv4 address.
_ISATAP = (0x5EFE, 0x0200_5EFE)
# The only IPv6 addresses that IANA has given out for the internet. Python takes everything that it does not know for public:
# segment routing (5f00::/16), what lies beside NAT64 (64:ff9b:2::).
_UNICAST = ipaddress.IPv6Network("2000::/3")
# Inside what Python 3.11 takes for public: IETF protocols (RFC 6890), the 6to4 relays (RFC 7526), documentation (RFC 9637).
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))


async def resolve(host: str, port: int, *, name: str, allow_private: bool, find: LookUp | None = None) -> list[str]:
    """The addresses of a host, each of them permitted.

    Raises NameNotFoundError, and AddressForbiddenError when a single one of them is not permitted: a name that points to
    both public and private addresses is probably an attack. `name` is the upstream's, for messages; `find` looks names up,
    by default the system does.
    """
    addresses = _literal(host) or await (find or look_up)(host, port, name)
    for address in addresses:
        found = ipaddress.ip_address(address.split("%")[0])
        if not permitted(found, allow_private=True):
            raise AddressForbiddenError(
                "Not connecting to {name}: {host} is an address that no upstream may have. Tell an administrator.",
                name=name,
                host=host,
            )
        if not permitted(found, allow_private=allow_private):
            raise AddressForbiddenError(
                "Not connecting to {name}: {host} is on a private network. An administrator can permit that for this "
                "upstream.",
                name=name,
                host=host,
            )
    return addresses


async def look_up_unchecked(host: str, port: int, name: str) -> list[str]:
    """The addresses of a host, unchecked: for the proxy, which an administrator named. Raises NameNotFoundError."""
    return _literal(host) or await look_up(host, port, name)


def is_public(address: str) -> bool:
    """Whether this is an address of the public internet."""
    return permitted(ipaddress.ip_address(address.split("%")[0]), allow_private=False)


def permitted(address: IPAddress, *, allow_private: bool) -> bool:
    """Whether a connection may go to this address; link-local ones, cloud metadata and multicast never."""
    return all(_permitted(inner, allow_private) for inner in _inner(address))


def _permitted(address: IPAddress, allow_private: bool) -> bool:
    if address.is_link_local or address.is_multicast or address in METADATA:
        return False
    return allow_private or _is_public(address)


def _is_public(address: IPAddress) -> bool:
    given_out = address.version == 4 or address in _UNICAST
    return given_out and address.is_global and not any(address in network for network in _NOT_PUBLIC)


def _inner(address: IPAddress) -> list[IPAddress]:
    """The IPv4 address that an IPv6 address stands for, if it does; all of them where it can be read in several ways."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    bits = int(address)
    low = bits & 0xFFFFFFFF
    if address.teredo is not None:
        return [address, *address.teredo]
    if bits >> 32 & 0xFFFF_FFFF in _ISATAP:
        return [address, ipaddress.IPv4Address(low)]
    if address in _LOCAL_NAT64:
        around_the_ninth_byte = (bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF
        readings = {number for number in (low, around_the_ninth_byte) if number} or {0}
        return [ipaddress.IPv4Address(number) for number in readings]
    if (
        address in _NAT64 or address in _SIIT or (bits >> 32 == 0 and bits > 1)
    ):  # the last: IPv4-compatible, but not ::1
        return [ipaddress.IPv4Address(low)]
    return [address]


def _literal(host: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return []


async def look_up(host: str, port: int, name: str) -> list[str]:
    """What the system says are the addresses of a host. Raises NameNotFoundError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NameNotFoundError(
            "Cannot reach {name}: there is no host named {host}. Check the address of this upstream, or the "
            "network's DNS.",
            name=name,
            host=host,
        )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
