"""The only access to the stored bytes: in the default file storage, under the attachment's id, never under its name."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

WHOLE, SMALL = "whole", "small"
CHUNK_BYTES = 64 * 1024


def save(id: UUID, which: str, data: bytes | IO[bytes]) -> int:
    """Store bytes and return their number. Raises OSError, with nothing left behind."""
    path = _path(id, which)
    content: File[bytes] = ContentFile(data) if isinstance(data, bytes) else File(data)
    try:
        default_storage.save(path, content)
        return default_storage.size(path)
    except OSError:
        _delete(path)
        raise


def open_file(id: UUID, which: str = WHOLE) -> IO[bytes]:
    """Open the stored bytes for reading. Raises FileNotFoundError."""
    return default_storage.open(_path(id, which))


def size_of(file: IO[bytes]) -> int:
    """The size of an open file in bytes; afterwards its position is 0."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def read_all(id: UUID, which: str = WHOLE) -> bytes:
    """All stored bytes, or b"" if they have been deleted."""
    try:
        with open_file(id, which) as file:
            return file.read()
    except FileNotFoundError:
        return b""


def copy(old: UUID, new: UUID, kinds: Iterable[str]) -> None:
    """Store the same bytes under another id. Raises OSError."""
    for which in kinds:
        with open_file(old, which) as file:
            save(new, which, file)


def remove(id: UUID, blobs: Iterable[str]) -> None:
    """Delete what is stored under the id."""
    for which in blobs:
        _delete(_path(id, which))


def _delete(path: str) -> None:
    default_storage.delete(path)


def _path(id: UUID, which: str) -> str:
    # 256 folders, because a single one with a hundred thousand files is slow to back up and to list.
    return str(PurePosixPath("attachments", id.hex[:2], f"{id.hex}.{which}"))
