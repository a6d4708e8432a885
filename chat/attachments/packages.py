"""ZIP archives: office documents, which are told by what is in them, and files that were put together.

Everything is checked before anything is unpacked. Nothing in a package is run, and no address in it is opened.
"""

import re
import zipfile
from typing import IO, BinaryIO

from chat.attachments import archives, sheets, slides, written
from chat.attachments.content import Content
from chat.attachments.limits import MAX_ENTRIES, MAX_UNPACKED_BYTES, UnreadableError

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# Programs that an office runs when the file is opened.
_MACROS = re.compile(r"(?:^|/)vbaProject\.bin$|^Basic/.+|^Scripts/.+", re.IGNORECASE)
# Parts of a document that an office fetches from elsewhere as soon as it is opened. Links that a person clicks are no harm.
_FETCHED = re.compile(rb"<Relationship\b[^>]*>", re.IGNORECASE)
_FETCHED_KIND = re.compile(rb"/(?:attachedTemplate|oleObject|frame|subDocument)[\"']", re.IGNORECASE)
_REMOTE = re.compile(rb"Target\s*=\s*[\"']\s*(?:mhtml:|https?:|ftp:)", re.IGNORECASE)
# A file of relations is short; a hostile one is not searched further.
_RELATIONS_BYTES = 1_000_000


def read(file: BinaryIO, max_chars: int) -> Content:
    """The text of an office document, or the list of an archive's files. Raises UnreadableError."""
    try:
        package = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise UnreadableError("broken_file") from error
    try:
        _require_harmless(package)
        return _read(package, file, max_chars)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zipfile.zlib.error, EOFError, OSError) as error:  # type: ignore[attr-defined]
        raise UnreadableError("broken_file") from error
    except (ValueError, KeyError, IndexError, TypeError, NotImplementedError, RecursionError, RuntimeError) as error:
        raise UnreadableError("broken_file") from error
    finally:
        package.close()


def _read(package: zipfile.ZipFile, file: BinaryIO, max_chars: int) -> Content:
    names = set(package.namelist())
    declared = _start_of(package, "mimetype", 100).decode("ascii", "replace").strip() if "mimetype" in names else ""
    if declared.startswith(_OPEN_DOCUMENT):
        _require_open(package)
        if "spreadsheet" in declared:
            return sheets.read(file, max_chars, declared[:100])
        return written.read_open(package, declared, max_chars)
    if "word/document.xml" in names:
        return written.read_word(package, max_chars)
    if "ppt/presentation.xml" in names:
        return slides.read(package, max_chars)
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return sheets.read(file, max_chars)
    return archives.read(package, max_chars)


def _require_harmless(package: zipfile.ZipFile) -> None:
    entries = package.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise UnreadableError("too_much_unpacked")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableError("encrypted_file")
    is_office = any(entry.filename in ("[Content_Types].xml", "mimetype") for entry in entries)
    if not is_office:
        return
    if any(_MACROS.search(entry.filename) for entry in entries):
        raise UnreadableError("macros")
    for entry in entries:
        if entry.filename.endswith(".rels") and _fetches(_start_of(package, entry, _RELATIONS_BYTES)):
            raise UnreadableError("fetches")


def _require_open(package: zipfile.ZipFile) -> None:
    """An encrypted OpenDocument says so in its manifest, and its entries look like damaged ones."""
    if "META-INF/manifest.xml" in package.namelist():
        manifest = _start_of(package, "META-INF/manifest.xml", _RELATIONS_BYTES)
        if b"encryption-data" in manifest:
            raise UnreadableError("encrypted_file")


def _fetches(relations: bytes) -> bool:
    return any(_FETCHED_KIND.search(each) and _REMOTE.search(each) for each in _FETCHED.findall(relations))


def _start_of(package: zipfile.ZipFile, entry: str | zipfile.ZipInfo, max_bytes: int) -> bytes:
    stream: IO[bytes]
    with package.open(entry) as stream:
        return stream.read(max_bytes)
