"""PDF documents: the text of each page, and a picture of each page that has none."""

import io
from typing import BinaryIO

import pypdf
import pypdfium2
from PIL import Image
from pypdf.errors import PyPdfError

from chat.attachments.content import Content, page_blob
from chat.attachments.limits import MAX_PDF_PAGES, MAX_SCANS, SCAN_EDGE_PX, UnreadableError
from chat.text import clean

PDF = "application/pdf"
# Blank paper scans to a few levels of one grey, a line of print to all of them.
_BLANK_LEVELS = 24


def read(file: BinaryIO, max_chars: int) -> Content:
    """The text of the pages, each after a line with its number, and pictures of scanned ones. Raises UnreadableError.

    The text is empty where every page is a scan.
    """
    texts, pages = _texts(file, max_chars)
    wordless = [number for number, text in enumerate(texts, 1) if not text]
    blobs = _scans(file, wordless)
    if len(wordless) == len(texts):
        if not blobs:
            raise UnreadableError("no_text" if pages else "broken_pdf")
        return Content("pdf", PDF, "", len(blobs) < pages, pages, scans=[*blobs], blobs=_named(blobs))
    found = [f"[Page {number}]\n{text or _instead(number in blobs)}".rstrip() for number, text in enumerate(texts, 1)]
    text = "\n\n".join(found)
    is_cut = len(texts) < pages or len(text) > max_chars
    return Content("pdf", PDF, text[:max_chars], is_cut, pages, scans=[*blobs], blobs=_named(blobs))


def _texts(file: BinaryIO, max_chars: int) -> tuple[list[str], int]:
    """The text of each page as far as `max_chars` reach, and the number of pages."""
    try:
        reader = pypdf.PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("encrypted_pdf")
        pages = len(reader.pages)
        found: list[str] = []
        chars = 0
        for number in range(min(pages, MAX_PDF_PAGES)):
            found.append(clean(reader.pages[number].extract_text()).strip())
            chars += len(found[-1]) + 2
            if chars > max_chars:
                break
    except UnreadableError:
        raise
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise UnreadableError("broken_pdf") from error
    except (NotImplementedError, AssertionError, ZeroDivisionError, ArithmeticError) as error:
        raise UnreadableError("broken_pdf") from error
    return found, pages


def _scans(file: BinaryIO, numbers: list[int]) -> dict[int, bytes]:
    """JPEG pictures of these pages, by their numbers, without the blank ones; at most MAX_SCANS."""
    if not numbers:
        return {}
    file.seek(0)
    found: dict[int, bytes] = {}
    try:
        document = pypdfium2.PdfDocument(file)
        for number in numbers[: 2 * MAX_SCANS]:
            if len(found) == MAX_SCANS:
                break
            if picture := _picture(document[number - 1]):
                found[number] = picture
    except (pypdfium2.PdfiumError, ValueError, IndexError, OSError):
        pass  # the text of the other pages can be read all the same
    return found


def _picture(page: pypdfium2.PdfPage) -> bytes:
    width, height = page.get_size()
    if not (1 <= width < 20_000 and 1 <= height < 20_000):
        return b""
    image: Image.Image = page.render(scale=SCAN_EDGE_PX / max(width, height), may_draw_forms=False).to_pil()
    image = image.convert("RGB")
    darkest, lightest = image.convert("L").getextrema()
    if lightest - darkest < _BLANK_LEVELS:  # type: ignore[operator]
        return b""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


def _instead(is_scan: bool) -> str:
    return "(This page is a picture.)" if is_scan else ""


def _named(blobs: dict[int, bytes]) -> dict[str, bytes]:
    return {page_blob(number): data for number, data in blobs.items()}
