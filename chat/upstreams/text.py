"""Foreign text made harmless: what may not be stored, what may not be shown, and how much of it is enough.

The one place that says what happens to NUL and lone surrogates (neither database takes both): they become U+FFFD.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

MAX_ERROR_CHARS = 200
# A request id, a model's name, a finish reason: they are kept and shown with every answer, and none is longer.
MAX_LABEL_CHARS = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
_KEY_SHAPED = re.compile(r"\b(?:sk|pk|rk|key|gsk|xai|or)-[A-Za-z0-9_\-]{12,200}|(?<=Bearer )[A-Za-z0-9._\-]{8,500}")
_TAG = re.compile(r"<(?:!--|/?[A-Za-z!])[^<>]{0,2000}>")
# An element that is never closed hides all the rest, so each character is looked at once.
_UNSEEN = re.compile(r"<(script|style|head)\b[^<>]{0,2000}>.*?(?:</\1>|\Z)", re.IGNORECASE | re.DOTALL)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD; any other text comes back as it is."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", text)


def label(text: str) -> str:
    """A name or id that an upstream gave: clean, and cut to MAX_LABEL_CHARS."""
    return clean(text[:MAX_LABEL_CHARS])


def clean_json(value: Any, levels: int = 40) -> Any:
    """A JSON value whose texts are clean, keys too; NaN, infinities and what lies deeper than so many levels become None."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it, and PostgreSQL takes none
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return None
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(inner, levels - 1) for key, inner in value.items()}
    return [clean_json(inner, levels - 1) for inner in value]


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text without the given secrets, and without what looks like a key."""
    for secret in secrets:
        text = text.replace(secret, "[hidden]")
        text = _without_half_of(secret, text)
    return _KEY_SHAPED.sub("[hidden]", text)


def _without_half_of(secret: str, text: str) -> str:
    """A body that was cut may end in the first half of a secret: take that off, too."""
    for length in range(min(len(secret) - 1, len(text)), 5, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + "[hidden]"
    return text


def shorten(text: str, max_chars: int = MAX_ERROR_CHARS) -> str:
    """One line of printable text, at most so long: tags, control characters and runs of blanks are gone."""
    if "<" in text:
        text = _TAG.sub(" ", _UNSEEN.sub(" ", text))
    text = " ".join(_UNPRINTABLE.sub(" ", clean(text)).split())
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"


def in_words(seconds: float) -> str:
    """A span of time for a person: "3 minutes"."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return f"{seconds:.0f} seconds"


def phrase(sentence: str) -> str:
    """Marks a sentence for bin/messages that is said elsewhere, in the language of who reads it."""
    return sentence
