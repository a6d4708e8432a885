"""Office files from before 2007: Excel's are read; of others it is said what to save them as."""

from typing import BinaryIO

from chat.attachments import sheets
from chat.attachments.content import Content
from chat.attachments.limits import UnreadableError

# The names of streams in the directory of such a file, in UTF-16: newer formats with a password are wrapped in one.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_BOOKS = ("Workbook".encode("utf-16-le"), "Book\0".encode("utf-16-le"))


def read(file: BinaryIO, max_chars: int) -> Content:
    """The sheets of an Excel file. Raises UnreadableError."""
    data = file.read()
    if _ENCRYPTED in data:
        raise UnreadableError("encrypted_file")
    if not any(name in data for name in _BOOKS):
        raise UnreadableError("old_format")
    if _MACROS in data:
        raise UnreadableError("macros")
    return sheets.read(file, max_chars, "application/vnd.ms-excel")
