"""JSON from servers that get it nearly right: decoded without a schema, and read field by field without trust. Pure."""

import json
import math
from typing import Any

import msgspec

from .errors import BadJsonError


def decode(data: bytes, name: str) -> Any:
    """Any JSON value, also one with NaN, 1e400, raw control characters, lone surrogates or broken UTF-8 in it.

    Raises BadJsonError for the rest: no JSON, nested too deep, numbers of thousands of digits.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise _bad(name) from None
    try:
        return json.loads(data.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        raise _bad(name) from None


def _bad(name: str) -> BadJsonError:
    return BadJsonError(
        "{name} sent something in the middle of its answer that cannot be read. Try again, or tell an administrator.",
        name=name,
    )


def text(value: Any) -> str | None:
    """The value if it is a string, else None."""
    return value if isinstance(value, str) else None


def count(value: Any) -> int | None:
    """The value as a token count: a whole number from 0 to 2**53, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return int(value) if 0 <= value <= 2**53 else None


def index(value: Any) -> int | None:
    """The value as an index, also where it came as digits in a string."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return count(value)


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []
