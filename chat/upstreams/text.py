"""What an upstream says, made fit to be shown: short, on one line, without secrets."""

import re
from collections.abc import Iterable

from chat.text import clean

MAX_ERROR_CHARS = 200
# A request id, a model's name and a finish reason are stored and shown with every answer; real ones are shorter.
MAX_LABEL_CHARS = 200
_KEY_SHAPED = re.compile(r"\b(?:sk|pk|rk|key|gsk|xai|or)-[A-Za-z0-9_\-]{12,200}|(?<=Bearer )[A-Za-z0-9._\-]{8,500}")
_TAG = re.compile(r"<(?:!--|/?[A-Za-z!])[^<>]{0,2000}>")
# An element that is never closed hides the rest of the text, so that each character is looked at once.
_UNSEEN = re.compile(r"<(script|style|head)\b[^<>]{0,2000}>.*?(?:</\1>|\Z)", re.IGNORECASE | re.DOTALL)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def label(text: str) -> str:
    """A name or id that an upstream gave: clean, and cut to MAX_LABEL_CHARS."""
    return clean(text[:MAX_LABEL_CHARS])


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text without the given secrets and without anything that looks like a key."""
    for secret in secrets:
        text = text.replace(secret, "[hidden]")
        text = _without_half_of(secret, text)
    return _KEY_SHAPED.sub("[hidden]", text)


def _without_half_of(secret: str, text: str) -> str:
    """Remove the beginning of a secret from the end of a text, where a body may have been cut."""
    for length in range(min(len(secret) - 1, len(text)), 5, -1):
        if text.endswith(secret[:length]):
            return text[:-length] + "[hidden]"
    return text


def shorten(text: str, max_chars: int = MAX_ERROR_CHARS) -> str:
    """One line of printable text of at most `max_chars`: tags, control characters and runs of blanks are gone."""
    if "<" in text:
        text = _TAG.sub(" ", _UNSEEN.sub(" ", text))
    text = " ".join(_UNPRINTABLE.sub(" ", clean(text)).split())
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
