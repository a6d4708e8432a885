"""Permanent deletion of conversations and messages that were in the trash for TRASH_DAYS, or that an owner deletes there.

Everything is deleted in bounded pieces, each in a transaction of its own: a conversation of 10,000 messages holds no lock
for long. The memberships go first: from then on nobody sees the conversation or restores it, and any process may finish
its deletion. One row of the audit trail remains, without any of the text. Files of attachments go with their rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chat.models.audit import AuditEntry
from chat.models.conversation import Conversation
from chat.models.message import Message

if TYPE_CHECKING:
    from chat.models.user import User

# With journals and runs, about 50 ms on SQLite.
PIECE_MESSAGES = 200
# Replaces `trashed_at` of a conversation whose deletion has begun.
BEGUN = datetime(1970, 1, 1, tzinfo=UTC)


def delete(conversation: Conversation, user: User) -> None:
    """Delete a conversation that is in the trash, at the request of its owner."""
    if _begin(conversation.pk, "conversation.deleted", user):
        while _delete_piece(conversation.pk):
            pass


def empty() -> bool:
    """Delete one piece of what is due; returns whether there may be more."""
    return _empty_conversation() or _empty_message()


def _empty_conversation() -> bool:
    due = Conversation.objects.filter(trashed_at__lte=_limit()).order_by("trashed_at")
    pk = due.values_list("pk", flat=True).first()
    if pk is not None and _begin(pk, "conversation.purged", None):
        _delete_piece(pk)
    return pk is not None


def _empty_message() -> bool:
    """Delete a piece of a message and of everything below it; whether there was one."""
    top = Message.objects.filter(trashed_at__lte=_limit()).order_by("trashed_at", "pk").first()
    if top is None:
        return False
    with transaction.atomic():
        Conversation.locked(top.conversation_id)
        if not Message.objects.filter(pk=top.pk, trashed_at__isnull=False).exists():
            return True  # it was restored meanwhile
        piece = top.subtree()[-PIECE_MESSAGES:]
        Message.objects.filter(pk__in=piece).delete()
        if top.pk in piece:
            detail = {"message": top.pk}
            AuditEntry.objects.create(action="message.purged", conversation=top.conversation_id, detail=detail)
    return True


def _limit() -> datetime:
    """What was put into the trash before this is due; with TRASH_DAYS 0 only deletions that have begun are."""
    return timezone.now() - timedelta(days=settings.TRASH_DAYS) if settings.TRASH_DAYS else BEGUN


def _begin(pk: UUID, action: str, actor: User | None) -> bool:
    """Delete its memberships; False if it is no longer in the trash."""
    with transaction.atomic():
        row = Conversation.objects.select_for_update().filter(pk=pk, trashed_at__isnull=False).first()
        if row is None:
            return False
        if row.trashed_at != BEGUN:
            detail = {"messages": row.messages.count(), "people": row.memberships.count()}
            AuditEntry.objects.create(actor=actor, action=action, conversation=pk, detail=detail)
            row.memberships.all().delete()
            row.trashed_at = BEGUN
            row.save(update_fields=["trashed_at"])
    return True


def _delete_piece(pk: UUID) -> bool:
    """Delete its newest messages, or the conversation where none is left; whether there may be more."""
    # The newest first: a reply is newer than its message, so no deletion cascades through a long chain of replies.
    piece = list(Message.objects.filter(conversation=pk).order_by("-pk").values_list("pk", flat=True)[:PIECE_MESSAGES])
    if piece:
        with transaction.atomic():
            Message.objects.filter(pk__in=piece).delete()
    else:
        Conversation.objects.filter(pk=pk, trashed_at=BEGUN).delete()
    return bool(piece)
