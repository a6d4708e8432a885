"""Files of messages. The bytes are in the file storage under the id; the name is only text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from chat.attachments import files
from chat.attachments.content import page_blob
from chat.attachments.names import NAME_MAX_CHARS
from chat.models.queued import QueuedMessage

if TYPE_CHECKING:
    from chat.models.user import User


# An upload that no message has used for this long is deleted.
KEEP_UNUSED = timedelta(days=1)
# At most this many at once, so that the heartbeat that calls it is not delayed.
PURGE_AT_ONCE = 50


class AttachmentGoneError(Exception):
    """One of the attachments does not exist, is not this person's, or is part of another message."""


class DayIsFullError(Exception):
    """This person has reached the daily limit of stored bytes."""


class Attachment(models.Model):
    """A file that somebody uploaded. Until it belongs to a message, only its uploader may see it."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        TEXT = "text"
        PDF = "pdf"
        DOCUMENT = "document"
        SHEETS = "sheets"
        SLIDES = "slides"
        MAIL = "mail"
        ARCHIVE = "archive"
        AUDIO = "audio"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    message = models.ForeignKey("chat.Message", null=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=NAME_MAX_CHARS)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    media_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    text = models.TextField(blank=True, help_text="What was read out of it.")
    encoding = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="What a text was decoded from."
    )
    count = models.PositiveIntegerField(null=True, help_text="Pages, sheets, slides, attachments or files in it.")
    scans = models.JSONField(null=True, help_text="Numbers of the pages that are stored as pictures.")
    scan_bytes = models.PositiveBigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def usable_by(cls, user: User, ids: Sequence[uuid.UUID], conversation: uuid.UUID | None) -> list[dict[str, Any]]:
        """The parts of unused attachments of `user` for a new message: uploads, and copies of files that an edit keeps.

        An edit may keep any file of a message of the same conversation. It copies bytes: call it outside of a
        transaction. Raises AttachmentGoneError, DayIsFullError.
        """
        wanted = list(dict.fromkeys(ids))
        uploads = cls.objects.filter(uploader=user, message=None).defer("text").in_bulk(wanted)
        rest = [pk for pk in wanted if pk not in uploads]
        # With None the filter would find the uploads of other people, which have no message.
        there = (
            cls.objects.filter(pk__in=rest, message__conversation=conversation, message__trashed_at=None)
            if conversation
            else cls.objects.none()
        )
        kept = there.defer("text").in_bulk()
        if len(kept) < len(rest):
            raise AttachmentGoneError
        # A copy needs space on the disk like an upload.
        if kept and not cls.has_room(user, sum(row.size_bytes + row.scan_bytes for row in kept.values())):
            raise DayIsFullError
        return [(uploads[pk] if pk in uploads else kept[pk]._copy_for(user)).as_part() for pk in wanted]

    @classmethod
    def has_room(cls, user: User, size_bytes: int) -> bool:
        """Whether `user` may store `size_bytes` more today."""
        recent = cls.objects.filter(uploader=user, created_at__gt=timezone.now() - timedelta(days=1))
        used = recent.aggregate(total=Sum(F("size_bytes") + F("scan_bytes")))["total"] or 0
        return bool(used + size_bytes <= settings.MAX_ATTACHMENT_BYTES_PER_DAY)

    @classmethod
    def claim(cls, user: User, parts: Sequence[dict[str, Any]], message: int) -> None:
        """Make the unused attachments of `user` with these parts belong to their message, inside its transaction.

        Raises AttachmentGoneError.
        """
        unused = cls.objects.filter(pk__in=[part["id"] for part in parts], uploader=user, message=None)
        if unused.update(message=message) < len(parts):
            raise AttachmentGoneError

    @classmethod
    def purge(cls) -> int:
        """Delete some of the uploads that no message has used for a day; returns their number."""
        old = cls.objects.filter(message=None, created_at__lt=timezone.now() - KEEP_UNUSED)
        unused = set(old.order_by("created_at").values_list("pk", flat=True)[:PURGE_AT_ONCE])
        if unused:
            # A queued message may wait for days behind an answer that failed.
            queued = QueuedMessage.objects.only("parts")
            unused.difference_update(uuid.UUID(part["id"]) for message in queued for part in message.attachments)
        # The DELETE checks again, because one of them may have become part of a message meanwhile.
        cls.objects.filter(pk__in=unused, message=None).delete()
        return len(unused)

    @classmethod
    def pictures_alone(cls) -> Q:
        """Pictures and documents of scanned pages: what a model that takes no pictures has nothing of."""
        return Q(kind=cls.Kind.IMAGE) | Q(text="", scans__isnull=False)

    def as_part(self) -> dict[str, Any]:
        """The part of its message that refers to it."""
        more = {"encoding": self.encoding, "count": self.count, "scans": self.scans}
        more["is_scan"] = bool(self.scans) and not self.text
        return {
            "type": "attachment",
            "id": str(self.pk),
            "name": self.name,
            "media_type": self.media_type,
            "kind": self.kind,
            "size_bytes": self.size_bytes,
            "width": self.width,
            "height": self.height,
            **{name: value for name, value in more.items() if value},
        }

    @property
    def blobs(self) -> list[str]:
        """The names under which its bytes are stored."""
        small = [files.SMALL] if self.kind == self.Kind.IMAGE else []
        return [files.WHOLE, *small, *map(page_blob, self.scans or ())]

    def _copy_for(self, user: User) -> Attachment:
        old = self.pk
        twin = Attachment.objects.get(pk=old)
        twin.pk, twin.uploader, twin.message = uuid.uuid4(), user, None
        twin.save(force_insert=True)
        try:
            files.copy(old, twin.pk, self.blobs)
        except OSError as error:
            twin.delete()
            raise AttachmentGoneError from error
        return twin


@receiver(post_delete, sender=Attachment)
def _remove_files(instance: Attachment, **_: Any) -> None:
    """Delete the bytes of a deleted row, after the transaction has committed."""
    id, blobs = instance.pk, instance.blobs
    transaction.on_commit(lambda: files.remove(id, blobs))
