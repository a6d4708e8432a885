"""The names of tools as every provider takes them, distinct, and the way back. Pure."""

import hashlib
import re
from collections.abc import Iterable

MAX_CHARS = 64
# What OpenAI, Anthropic and Gemini take; the last wants a letter or an underscore in front.
_FITS = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{MAX_CHARS - 1}}}")
_ODD = re.compile(r"[^A-Za-z0-9_-]")
_HASH_CHARS = 8


def wire_name(name: str) -> str:
    """The name itself where it fits; otherwise what fits of it, and a hash that keeps it apart from others like it.

    It follows from the name alone, so that a conversation says the same in each of its requests.
    """
    if _FITS.fullmatch(name):
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARS]
    fitting = _ODD.sub("_", name)
    if not re.match(r"[A-Za-z_]", fitting):
        fitting = f"_{fitting}"
    return f"{fitting[: MAX_CHARS - 1 - _HASH_CHARS]}_{mark}"


def names_back(names: Iterable[str]) -> dict[str, str]:
    """Our names by those that the provider is given, in order."""
    return {wire_name(name): name for name in names}
