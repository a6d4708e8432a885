"""The text of a PDF, page by page."""

from typing import BinaryIO, NamedTuple

import pypdf
from pypdf.errors import PyPdfError

from chat.attachments.limits import MAX_PDF_PAGES, UnreadableError
from chat.text import clean


class Document(NamedTuple):
    """What was read of a document; `is_cut` says that there is more."""

    text: str
    pages: int
    is_cut: bool


def read_document(file: BinaryIO, max_chars: int) -> Document:
    """The text of the pages, each after a line with its number. Raises UnreadableError."""
    try:
        reader = pypdf.PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("encrypted_pdf")
        pages = len(reader.pages)
        found: list[str] = []
        chars, has_words = 0, False
        for number in range(min(pages, MAX_PDF_PAGES)):
            text = clean(reader.pages[number].extract_text()).strip()
            has_words = has_words or bool(text)
            found.append(f"[Page {number + 1}]\n{text}")
            chars += len(found[-1]) + 2
            if chars > max_chars:
                break
    except UnreadableError:
        raise
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise UnreadableError("broken_pdf") from error
    except (NotImplementedError, AssertionError, ZeroDivisionError, ArithmeticError) as error:
        raise UnreadableError("broken_pdf") from error
    if not has_words:
        raise UnreadableError("scanned_pdf" if pages else "broken_pdf")
    return Document("\n\n".join(found)[:max_chars], pages, len(found) < pages or chars > max_chars)
