"""Decodes bytes: finds out their encoding, and whether they are text at all. Pure."""

import codecs
import re

from chat.attachments.limits import UnreadableError
from chat.text import clean

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The control characters that no text has: all but tab, line ends, form feed, backspace and escape.
_CONTROL = re.compile("[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f]")
# A stray one occurs in logs; with more than one in a hundred characters, the file is not text.
_MOST_CONTROL = 0.01


def read_text(data: bytes) -> str:
    """The text, with \\n for every line end and without NUL. Raises UnreadableError if it is not text."""
    text = _decoded(data)
    sample = text[:100_000]
    if len(_CONTROL.findall(sample)) > _MOST_CONTROL * len(sample):
        raise UnreadableError("unknown_kind")
    return clean(text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if encoding := _wide(data[:4000]):
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _wide(sample: bytes) -> str:
    """Recognises UTF-16 without a byte order mark: in most languages nearly every second byte is 0."""
    even, odd = sample[0::2], sample[1::2]
    if not odd:
        return ""
    if odd.count(0) > 0.6 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.6 * len(even) and not odd.count(0) else ""
