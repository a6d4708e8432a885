"""The headers that an administrator adds to every request of an upstream: what may be set, and how it is written. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

MAX_HEADERS = 20
MAX_VALUE_CHARS = 4096
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
# What the connection itself says; another value would break it, or send the request to somebody else.
FORBIDDEN = frozenset(
    {"accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
     "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)  # fmt: skip
_FORBIDDEN_PREFIXES = ("proxy-", "sec-", ":")


class BadHeaderError(ValueError):
    """A header that cannot be set; `name` is its name, as far as it can be shown."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def of_lines(text: str) -> dict[str, str]:
    """The headers of lines such as `X-Title: Parley`. Raises BadHeaderError."""
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return _checked((name, value) for name, _, value in pairs)


def of_pairs(text: str) -> dict[str, str]:
    """The headers of `name=value,name=value`, the values percent-encoded where needed. Raises BadHeaderError."""
    pairs = (pair.partition("=") for pair in text.split(",") if pair.strip())
    return _checked((name, unquote(value)) for name, _, value in pairs)


def _checked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for given_name, given_value in pairs:
        name, value = given_name.strip().lower(), given_value.strip()
        fits = _NAME.fullmatch(name) and name not in FORBIDDEN and not name.startswith(_FORBIDDEN_PREFIXES)
        if not fits or not value or len(value) > MAX_VALUE_CHARS or not (value.isascii() and value.isprintable()):
            raise BadHeaderError(name[:40])
        found[name] = value
    if len(found) > MAX_HEADERS:
        raise BadHeaderError("")
    return found
