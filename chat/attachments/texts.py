"""Decodes bytes: finds out their encoding, and whether they are text at all. Pure."""

import codecs
import re
from typing import BinaryIO, NamedTuple

import chardet

from chat.attachments.content import Content
from chat.attachments.encodings import ENCODINGS, UTF_8
from chat.attachments.limits import UnreadableError
from chat.text import clean

_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The control characters that no text has: all but tab, line ends, form feed, backspace and escape.
_CONTROL = re.compile("[\x00-\x07\x0b\x0e-\x1a\x1c-\x1f]")
# A stray one occurs in logs; with more than one in a hundred characters, the file is not text.
_MOST_CONTROL = 0.01
# Scripts and signs of Chinese, Japanese and Korean text, with ASCII: what UTF-16 without a mark is recognised by.
_EAST_ASIAN = re.compile("[\t\n\r -~\u2010-\u2026\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef]")
_MOSTLY = 0.95
# The detector looks at the beginning; more would take longer than it helps.
_SAMPLE_BYTES = 200_000
_GUESSED = tuple(name for name in ENCODINGS if not name.startswith("utf-16"))
_USUAL = "cp1252"
_ESCAPE = b"\x1b$"


class Text(NamedTuple):
    """Decoded text, and the encoding that it was in."""

    text: str
    encoding: str


def read(file: BinaryIO, max_chars: int, encoding: str = "") -> Content:
    """The text of a file, in the encoding that a person chose, or else in the one that it seems to be in. Raises UnreadableError."""
    text = read_text(file.read(), encoding)
    if not text.text.strip():
        raise UnreadableError("empty")
    return Content("text", "text/plain", text.text[:max_chars], len(text.text) > max_chars, encoding=text.encoding)


def read_text(data: bytes, encoding: str = "") -> Text:
    """The text, with \\n for every line end and without NUL. Raises UnreadableError if it is not text."""
    encoding = encoding or _encoding_of(data)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    sample = text[:100_000]
    if len(_CONTROL.findall(sample)) > _MOST_CONTROL * len(sample):
        raise UnreadableError("unknown_kind")
    return Text(clean(text.replace("\r\n", "\n").replace("\r", "\n")), encoding)


def _encoding_of(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if encoding := _wide(data[:4000]):
        return encoding
    # Japanese mail is ASCII with escapes, so it is valid UTF-8, too.
    if _ESCAPE not in data[:_SAMPLE_BYTES]:
        try:
            data.decode("utf-8")
            return UTF_8
        except UnicodeDecodeError:
            pass
    return _guessed(data[:_SAMPLE_BYTES])


def _guessed(sample: bytes) -> str:
    found = chardet.detect(sample, include_encodings=_GUESSED, no_match_encoding=_USUAL, compat_names=False)["encoding"]
    return found if found in ENCODINGS else _USUAL


def _wide(sample: bytes) -> str:
    """Recognises UTF-16 without a byte order mark: nearly every second byte is 0, or what it encodes is East Asian."""
    even, odd = sample[0::2], sample[1::2]
    if not odd:
        return ""
    if odd.count(0) > 0.6 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and not odd.count(0):
        return "utf-16-be"
    # Only where no encoding of single bytes is possible: two ASCII letters are a Chinese one in UTF-16, too.
    if len(_CONTROL.findall(sample.decode("latin-1"))) <= _MOST_CONTROL * len(sample):
        return ""
    return next((encoding for encoding in ("utf-16-le", "utf-16-be") if _is_east_asian(sample, encoding)), "")


def _is_east_asian(sample: bytes, encoding: str) -> bool:
    text = sample[: len(sample) & ~1].decode(encoding, "replace")
    return len(_EAST_ASIAN.findall(text)) > _MOSTLY * len(text)
