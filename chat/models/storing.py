"""Stores a file as an attachment: an upload of a person, or what a model or a tool gave for an answer."""

from __future__ import annotations

import shutil
import tempfile
import time
from typing import IO, TYPE_CHECKING

from django.core.cache import cache
from django.utils.translation import gettext as _

from chat.attachments import files, reading
from chat.attachments.content import Content, page_blob
from chat.attachments.encodings import UTF_8
from chat.attachments.names import shown_name
from chat.models.attachment import Attachment

if TYPE_CHECKING:
    from chat.models.user import User


class NotStoredError(Exception):
    """Nothing was stored; `code` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


# A sixth of a core for one person. A photograph takes half a second, a long PDF three.
CPU_SECONDS_AN_HOUR = 600
_HOUR_SECONDS = 3600
# What models and tools give is nobody's upload: all of it has one place together.
_NOBODY = 0


def store(
    user: User | None, name: str, file: IO[bytes], size_bytes: int, *, message: int | None = None
) -> tuple[Attachment, str]:
    """Read and store an upload; returns the attachment and a remark for people. Raises NotStoredError.

    With `message` it is a file of that message at once; otherwise its uploader's, until a message uses it.
    """
    _require_room(user, size_bytes)
    read = _read(user, file)
    content = read.content
    if content.kind == Attachment.Kind.AUDIO and message is None:
        # No model is sent a person's sound.
        raise NotStoredError("unknown_kind", str(reading.SENTENCES["unknown_kind"]))
    attachment = Attachment(
        uploader=user,
        message_id=message,
        name=shown_name(name),
        kind=content.kind,
        media_type=content.media_type,
        size_bytes=size_bytes,
        width=content.width,
        height=content.height,
        text=content.text,
        encoding=_shown(content.encoding),
        count=content.count,
        scans=content.scans or None,
    )
    # The row comes first, because nothing would ever delete bytes without a row.
    attachment.save()
    try:
        _store(attachment, content, file)
    except OSError as error:
        attachment.delete()
        raise NotStoredError(
            "disk_full", _("The server could not store this file: its disk may be full. Nothing else is lost.")
        ) from error
    return attachment, read.note


def read_again(user: User, attachment: Attachment, encoding: str) -> str:
    """Read the stored bytes of a text in another of ENCODINGS; returns a remark for people. Raises NotStoredError, OSError."""
    with tempfile.TemporaryFile() as copy:
        with files.open_file(attachment.pk) as stored:
            shutil.copyfileobj(stored, copy, files.CHUNK_BYTES)
        copy.seek(0)
        read = _read(user, copy, encoding)
    # It may have become part of a message meanwhile, which was sent with the text as it was.
    unused = Attachment.objects.filter(pk=attachment.pk, message=None)
    if not unused.update(text=read.content.text, encoding=encoding):
        raise NotStoredError("not_found", _("This file has been sent already."))
    attachment.text, attachment.encoding = read.content.text, encoding
    return read.note


def _read(user: User | None, file: IO[bytes], encoding: str = "") -> reading.Reading:
    person = user.pk if user else _NOBODY
    spent = f"reading.{person}.{int(time.time()) // _HOUR_SECONDS}"
    if cache.get(spent, 0) > CPU_SECONDS_AN_HOUR * 1000:
        raise NotStoredError(
            "hour_full", _("Reading your files has taken up the time that an hour allows. Try again in an hour.")
        )
    try:
        read = reading.read(file, person, encoding=encoding)
    except reading.RefusedError as error:
        _add(spent, error.cpu_seconds)
        raise NotStoredError(error.code, str(error)) from error
    _add(spent, read.cpu_seconds)
    return read


def _add(spent: str, seconds: float) -> None:
    cache.add(spent, 0, _HOUR_SECONDS)
    try:
        cache.incr(spent, round(seconds * 1000))
    except ValueError:
        pass  # the hour has ended


def _shown(encoding: str) -> str:
    """UTF-8 is not worth a word: what is valid UTF-8 is nothing else."""
    return "" if encoding == UTF_8 else encoding


def _store(attachment: Attachment, content: Content, file: IO[bytes]) -> None:
    sizes = {which: files.save(attachment.pk, which, data) for which, data in content.blobs.items()}
    if files.WHOLE not in sizes:
        file.seek(0)
        sizes[files.WHOLE] = files.save(attachment.pk, files.WHOLE, file)
    attachment.size_bytes = sizes[files.WHOLE]
    attachment.scan_bytes = sum(sizes[page_blob(number)] for number in content.scans)
    attachment.save(update_fields=["size_bytes", "scan_bytes"])


def _require_room(user: User | None, size_bytes: int) -> None:
    if user is not None and not Attachment.has_room(user, size_bytes):
        raise NotStoredError("day_full", _("You have reached the daily limit for uploads. Try again tomorrow."))
