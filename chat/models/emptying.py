"""What leaves for good: conversations and messages that were in the trash for TRASH_DAYS, or that an owner deleted there.

Everything goes in bounded pieces, each a transaction of its own: a conversation of 10,000 messages holds no lock for long.
It begins with the memberships: from then on nobody sees it, nobody brings it back, and who finds it begun goes on. What
remains is one row of the audit trail, without a word of what was said. The files of attachments go with their rows.
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
# Stands where the time of the trash was: its end has begun.
BEGUN = datetime(1970, 1, 1, tzinfo=UTC)


def delete(conversation: Conversation, user: User) -> None:
    """Delete a conversation that is in the trash, because its owner says so."""
    if _begin(conversation.pk, "conversation.deleted", user):
        while _delete_piece(conversation.pk):
            pass


def empty() -> bool:
    """Delete one piece of what is due; whether there may be more."""
    return _empty_conversation() or _empty_message()


def _empty_conversation() -> bool:
    due = Conversation.objects.filter(trashed_at__lte=_limit()).order_by("trashed_at")
    pk = due.values_list("pk", flat=True).first()
    if pk is not None and _begin(pk, "conversation.purged", None):
        _delete_piece(pk)
    return pk is not None


def _empty_message() -> bool:
    """A message, and all below it."""
    top = Message.objects.filter(trashed_at__lte=_limit()).order_by("trashed_at", "pk").first()
    if top is None:
        return False
    with transaction.atomic():
        Conversation.locked(top.conversation_id)
        if not Message.objects.filter(pk=top.pk, trashed_at__isnull=False).exists():
            return True  # it was brought back meanwhile
        piece = _with_all_below(top)[-PIECE_MESSAGES:]
        Message.objects.filter(pk__in=piece).delete()
        if top.pk in piece:
            detail = {"message": top.pk}
            AuditEntry.objects.create(action="message.purged", conversation=top.conversation_id, detail=detail)
    return True


def _limit() -> datetime:
    """What was put into the trash until then has been there long enough; with TRASH_DAYS 0 only what is begun."""
    return timezone.now() - timedelta(days=settings.TRASH_DAYS) if settings.TRASH_DAYS else BEGUN


def _begin(pk: UUID, action: str, actor: User | None) -> bool:
    """Make it nobody's; False when it has left the trash."""
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
    """The newest of its messages, or, where there is none any more, the conversation; whether there may be more."""
    # The newest first: what answers a message is newer than it, so nothing drags a long chain of answers along.
    piece = list(Message.objects.filter(conversation=pk).order_by("-pk").values_list("pk", flat=True)[:PIECE_MESSAGES])
    if piece:
        with transaction.atomic():
            Message.objects.filter(pk__in=piece).delete()
    else:
        Conversation.objects.filter(pk=pk, trashed_at=BEGUN).delete()
    return bool(piece)


def _with_all_below(top: Message) -> list[int]:
    """The ids of a message and of everything that follows it, rising."""
    found = {top.pk}
    newer = Message.objects.filter(conversation=top.conversation_id, pk__gt=top.pk).order_by("pk")
    for pk, parent in newer.values_list("pk", "parent"):
        if parent in found:
            found.add(pk)
    return sorted(found)
