"""Which proxy leads to an address, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say it. Pure: values in, a proxy or none out."""

import base64
import ipaddress
from urllib.parse import unquote, urlsplit

import msgspec


class Proxy(msgspec.Struct, frozen=True):
    """A proxy that opens tunnels (CONNECT). `authorization` is a secret, and shows neither in repr() nor in str()."""

    scheme: str
    host: str
    port: int
    authorization: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Proxy({str(self)!r})"


class Proxies(msgspec.Struct, frozen=True):
    """The proxies for both schemes, and the hosts that are reached without one.

    `none_for`: entries of NO_PROXY. `resolve_names`: the proxy is trusted to look names up, which are then handed to it.
    """

    https: Proxy | None = None
    http: Proxy | None = None
    none_for: tuple[str, ...] = ()
    resolve_names: bool = False

    @property
    def use_tls(self) -> bool:
        """Whether the way to one of them is encrypted."""
        return any(proxy is not None and proxy.scheme == "https" for proxy in (self.https, self.http))

    def to(self, scheme: str, host: str, port: int) -> Proxy | None:
        """The proxy for this address; None for a direct connection."""
        proxy = self.https if scheme == "https" else self.http
        if proxy is None or any(_matches(entry, host.lower().rstrip("."), port) for entry in self.none_for):
            return None
        return proxy


DIRECT = Proxies()


def parse(url: str) -> Proxy:
    """The proxy of an address such as `http://user:password@proxy.example:3128`. Raises ValueError, without the password."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not the address of a proxy") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("has a scheme that is neither http nor https")
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("is not the address of a proxy")
    authorization = ""
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(secret.encode()).decode()
    return Proxy(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), authorization)


def is_entry(entry: str) -> bool:
    """Whether this may stand in NO_PROXY: `*`, a host, a domain with or without its dot, an address, a network, each with a port."""
    name, port = _split(entry.lower())
    if name == "*" or _network(name) is not None:
        return port != 0
    return port != 0 and bool(name) and not set(name) & set("/:@*[] ")


def _matches(entry: str, host: str, port: int) -> bool:
    name, only_port = _split(entry.lower())
    if only_port not in (None, port):
        return False
    if name == "*":
        return True
    network = _network(name)
    if network is None:
        return host == name or host.endswith(f".{name}")
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def _split(entry: str) -> tuple[str, int | None]:
    """The host of an entry, without the dot or `*.` before a domain, and its port; 0 for a port that is none."""
    name, colon, port = entry.rpartition(":")
    if not colon or (":" in name.partition("]")[0] and not name.endswith("]")):
        name, port = entry, ""
    name = name.removeprefix("[").removesuffix("]")
    name = name.removeprefix("*").lstrip(".").rstrip(".") if name != "*" else name
    if not port:
        return name, None
    return name, int(port) if port.isascii() and port.isdecimal() and int(port) < 65536 else 0


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None
