"""The one door to the stored bytes: in the default file storage, under the attachment's id and never under its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

WHOLE, SMALL = "whole", "small"
CHUNK_BYTES = 64 * 1024


def save(id: UUID, which: str, data: bytes | IO[bytes]) -> int:
    """Store bytes; how many they are. Raises OSError, with nothing left behind."""
    place = _place(id, which)
    content: File[bytes] = ContentFile(data) if isinstance(data, bytes) else File(data)
    try:
        default_storage.save(place, content)
        return default_storage.size(place)
    except OSError:
        _delete(place)
        raise


def open_file(id: UUID, which: str = WHOLE) -> IO[bytes]:
    """The stored bytes, to be read. Raises FileNotFoundError."""
    return default_storage.open(_place(id, which))


def size_of(file: IO[bytes]) -> int:
    """How many bytes an opened file has; it is at its beginning again."""
    size = file.seek(0, 2)
    file.seek(0)
    return size


def read_all(id: UUID) -> bytes:
    """All stored bytes, b"" where there are none any more."""
    try:
        with open_file(id) as file:
            return file.read()
    except FileNotFoundError:
        return b""


def copy(old: UUID, new: UUID, kinds: Iterable[str]) -> None:
    """Store the same bytes under another id. Raises OSError."""
    for which in kinds:
        with open_file(old, which) as file:
            save(new, which, file)


def remove(id: UUID) -> None:
    """Delete whatever is stored under the id."""
    for which in (WHOLE, SMALL):
        _delete(_place(id, which))


def _delete(place: str) -> None:
    default_storage.delete(place)


def _place(id: UUID, which: str) -> str:
    # 256 folders: a directory of a hundred thousand files is slow to back up and to look at.
    return str(PurePosixPath("attachments", id.hex[:2], f"{id.hex}.{which}"))
