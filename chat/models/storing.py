"""Stores a file as an attachment: an upload of a person, or what a model or a tool gave for an answer."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext as _

from chat.attachments import files, reading
from chat.attachments.names import shown_name
from chat.models.attachment import Attachment

if TYPE_CHECKING:
    from chat.models.user import User


class NotStoredError(Exception):
    """Nothing was stored; `code` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def store(
    user: User | None, name: str, file: IO[bytes], size_bytes: int, *, message: int | None = None
) -> tuple[Attachment, str]:
    """Read and store an upload; returns the attachment and a remark for people. Raises NotStoredError.

    With `message` it is a file of that message at once; otherwise its uploader's, until a message uses it.
    """
    _require_room(user, size_bytes)
    try:
        read = reading.read(file)
    except reading.RefusedError as error:
        raise NotStoredError(error.code, str(error)) from error
    attachment = Attachment(
        uploader=user,
        message_id=message,
        name=shown_name(name),
        kind=read.kind,
        media_type=read.media_type,
        size_bytes=size_bytes,
        width=read.width,
        height=read.height,
        text=read.text,
    )
    # The row comes first, because nothing would ever delete bytes without a row.
    attachment.save()
    try:
        _store(attachment, read, file)
    except OSError as error:
        attachment.delete()
        raise NotStoredError(
            "disk_full", _("The server could not store this file: its disk may be full. Nothing else is lost.")
        ) from error
    return attachment, read.note


def _store(attachment: Attachment, read: reading.Reading, file: IO[bytes]) -> None:
    sizes = {which: files.save(attachment.pk, which, data) for which, data in read.blobs.items()}
    if files.WHOLE not in sizes:
        file.seek(0)
        sizes[files.WHOLE] = files.save(attachment.pk, files.WHOLE, file)
    attachment.size_bytes = sizes[files.WHOLE]
    attachment.save(update_fields=["size_bytes"])


def _require_room(user: User | None, size_bytes: int) -> None:
    if user is not None and not Attachment.has_room(user, size_bytes):
        raise NotStoredError("day_full", _("You have reached the daily limit for uploads. Try again tomorrow."))
