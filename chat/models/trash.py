"""The trash of messages: a message goes there together with everything below it, and is restored the same way.

Messages that are trashed together share one `trashed_at`, so that what was in the trash before stays there when they
are restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.conversation import Conversation
from chat.models.message import Message
from chat.models.refusal import RefusalError
from chat.models.run import Run

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from chat.models.user import User

# Some builds of SQLite allow only 999 values in a statement.
AT_A_TIME = 500


def trash(user: User, message: Message, *, with_others: bool) -> list[int]:
    """Put `message` and everything below it into the trash; the live runs among them, which the caller stops.

    Nothing can be written below it afterwards. Where people other than `user` wrote some of it, this raises
    RefusalError, unless `with_others` is set. A message that is in the trash already stays as it is.
    """
    with transaction.atomic():
        row = Conversation.locked(message.conversation_id)
        message.refresh_from_db()
        if message.trashed_at is not None:
            return []
        below = message.subtree()
        people = Message.objects.filter(role=Message.Role.USER, trashed_at__isnull=True).exclude(author=user)
        if not with_others and any(rows.exists() for rows in _in_pieces(people, below)):
            words = _("This includes messages by others. Only an owner of the conversation can delete them.")
            raise RefusalError("not_allowed", words)
        moment = timezone.now()
        for rows in _in_pieces(Message.objects.filter(trashed_at__isnull=True), below):
            rows.update(trashed_at=moment, trashed_by=user)
        # Readers are told of this one, and remove what is below it themselves.
        Message.objects.filter(pk=message.pk).update(revision=row.advance())
        live = Run.objects.filter(status__in=Run.LIVE)
        return [run for ids in _pieces(below) for run in live.filter(message__in=ids).values_list("pk", flat=True)]


def restore(message: Message) -> None:
    """Restore `message` with everything that went into the trash together with it. Raises RefusalError."""
    with transaction.atomic():
        row = Conversation.locked(message.conversation_id)
        message.refresh_from_db()
        if message.trashed_at is None:
            return
        if message.parent is not None and message.parent.trashed_at is not None:
            words = _("The message before it is deleted as well. Restore that one first.")
            raise RefusalError("not_allowed", words)
        revision = row.advance()
        for rows in _in_pieces(Message.objects.filter(trashed_at=message.trashed_at), message.subtree()):
            rows.update(trashed_at=None, trashed_by=None, revision=revision)


def _in_pieces(rows: QuerySet[Message], ids: list[int]) -> Iterator[QuerySet[Message]]:
    return (rows.filter(pk__in=piece) for piece in _pieces(ids))


def _pieces(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + AT_A_TIME] for start in range(0, len(ids), AT_A_TIME))
