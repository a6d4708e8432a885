"""Rich text (RTF), as plain text."""

from typing import BinaryIO

from striprtf.striprtf import rtf_to_text

from chat.attachments.content import Content
from chat.attachments.limits import UnreadableError
from chat.text import clean


def read(file: BinaryIO, max_chars: int) -> Content:
    """The text, without formatting, pictures and embedded objects. Raises UnreadableError."""
    try:
        # RTF is ASCII; other letters are escaped with the code page that it names.
        text = clean(str(rtf_to_text(file.read().decode("latin-1"), errors="replace"))).strip()  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, TypeError, IndexError, RecursionError) as error:
        raise UnreadableError("broken_file") from error
    if not text:
        raise UnreadableError("no_text")
    return Content("document", "application/rtf", text[:max_chars], len(text) > max_chars)
