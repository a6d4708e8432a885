"""Messages that wait: sent while an answer was being written, and posted one after the other as the answers end.

Every step is one transaction under the conversation's lock, so a message that waits is posted exactly once, whichever
process does it, and however often it is tried.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import posting
from chat.models.attachment import Attachment
from chat.models.conversation import Conversation, Membership
from chat.models.message import Message
from chat.models.posting import Choice, NotPosted, Posted
from chat.models.queued import QueuedMessage
from chat.models.run import Run

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from chat.models.user import User

# More is no queue of thoughts but a batch; each of them is in every patch of its conversation.
MAX_QUEUED = 10
# After these the next message goes out by itself; after a failure a person decides.
GOES_ON = (Run.Status.DONE, Run.Status.STOPPED)


@dataclass(frozen=True, slots=True)
class Queued:
    """The message waits in that conversation."""

    conversation: uuid.UUID
    client_id: str


def send(
    user: User,
    client_id: str,
    text: str,
    choice: Choice,
    *,
    conversation: uuid.UUID | None,
    parent: int | None,
    behind: bool = False,
    attachments: Sequence[uuid.UUID] = (),
) -> Posted | Queued:
    """Post a message, or let it wait where the answer above it is still being written.

    With `behind`, the writer saw messages waiting below `parent`: this one follows them, wherever they have gone
    meanwhile. Idempotent by the client's id, like a post. Raises NotPosted.
    """
    if conversation is None or parent is None:
        return posting.post(
            user, client_id, text, choice, conversation=conversation, parent=parent, attachments=attachments
        )

    def post_or_wait() -> Posted | Queued:
        row = Conversation.locked(conversation)
        waiting = list(row.queue.values_list("author", "client_id", "after"))
        if any((author, name) == (user.pk, client_id) for author, name, _after in waiting):
            return Queued(row.pk, client_id)
        before = posting.followed(row, _end_of(row, parent) if behind else parent)
        assert before is not None
        is_awaited = any(after == before.pk for _author, _name, after in waiting)
        if _must_wait(before, is_awaited):
            return posting.earlier(user, client_id) or _enqueue(
                row, user, client_id, text, choice, before.pk, attachments
            )
        posted = posting.below(row, before, user, client_id, text, choice, attachments)
        if is_awaited:
            # What waits behind an answer that failed goes on waiting, for the answer that people went on to.
            row.queue.filter(after=before).update(after=posted.answer)
        return posted

    return posting.or_earlier(user, client_id, post_or_wait)


def cancel(user: User, conversation: uuid.UUID, client_id: str) -> None:
    """Take one of one's own messages out of the queue. Raises NotPosted where it does not wait (any more)."""
    with transaction.atomic():
        row = Conversation.locked(conversation)
        deleted, _rows = row.queue.filter(author=user, client_id=client_id).delete()
        if not deleted:
            raise NotPosted("not_found", _("That message is no longer queued: it was sent or taken back."))
        _advance(row, user)


def release(
    after: int, owner: str, may_write: Callable[[User, Conversation], bool], *, is_wanted: bool = False
) -> Posted | None:
    """Post the first message that waits for the answer `after`, once that has ended; None where nothing is to be done.

    The process `owner` is to work on the run. A message whose author may no longer write is deleted. `is_wanted`: a
    person asked for it, so that it goes out after a failed answer too, and NotPosted is raised; otherwise what cannot
    be posted yet waits on.
    """
    # Every run's end asks this, and what waits for it was stored before that end: mostly there is nothing to lock for.
    if not QueuedMessage.objects.filter(after=after).exists():
        return None
    with transaction.atomic():
        row = Conversation.objects.select_for_update(of=("self",)).filter(messages=after).first()
        answer = Message.objects.select_related("run").filter(pk=after, trashed_at=None).first()
        if row is None or row.trashed_at or answer is None or not _is_over(answer.run, is_wanted):
            return None
        for waiting in row.queue.filter(after=answer).select_related("author"):
            if not may_write(waiting.author, row):
                # Its author may no longer write in this conversation.
                waiting.delete()
                _advance(row)
                continue
            try:
                posted = _post(waiting, owner)
            except NotPosted:
                if is_wanted:
                    raise
                return None
            row.queue.filter(after=answer).update(after=posted.answer)
            return posted if posted.is_new else None
    return None


def ready() -> list[int]:
    """The answers that have ended and below which a message waits to be posted."""
    waiting = QueuedMessage.objects.filter(
        after__run__status__in=GOES_ON, after__trashed_at=None, conversation__trashed_at=None
    )
    return list(waiting.order_by("after").values_list("after", flat=True).distinct())


def _post(waiting: QueuedMessage, owner: str) -> Posted:
    choice = Choice(waiting.upstream, waiting.model, owner)
    posted = posting.post(
        waiting.author,
        waiting.client_id,
        waiting.text,
        choice,
        conversation=waiting.conversation_id,
        parent=waiting.after_id,
        attachments=waiting.attachments,
    )
    waiting.delete()
    return posted


def _enqueue(
    row: Conversation,
    user: User,
    client_id: str,
    text: str,
    choice: Choice,
    parent: int,
    attachments: Sequence[uuid.UUID],
) -> Queued:
    _require_room(row.queue.all(), text)
    try:
        with transaction.atomic():
            QueuedMessage.objects.create(
                conversation=row,
                author=user,
                after_id=parent,
                client_id=client_id,
                parts=[*Attachment.parts_of(user, attachments), *([{"type": "text", "text": text}] if text else [])],
                upstream=choice.upstream,
                model=choice.model,
            )
    except IntegrityError:
        raise NotPosted("bad_frame", _("This client_id is queued in another conversation.")) from None
    _advance(row, user)
    return Queued(row.pk, client_id)


def _advance(row: Conversation, reader: User | None = None) -> None:
    """The conversation is another now; `reader` has seen it, because it is their doing."""
    row.updated_at = timezone.now()
    row.advance("updated_at")
    if reader is not None:
        Membership.objects.filter(conversation=row, user=reader).update(read_revision=row.revision)


def _must_wait(before: Message, is_awaited: bool) -> bool:
    # What is in the trash is nothing to wait for: its post is refused.
    if before.role != Message.Role.ASSISTANT or before.run is None or before.trashed_at is not None:
        return False
    # Between the end of an answer and the post of the first that waits for it, nobody may slip in.
    return before.run.is_live or (before.run.status in GOES_ON and is_awaited)


def _is_over(run: Run | None, is_wanted: bool) -> bool:
    if run is None or run.is_live:
        return run is None
    return is_wanted or run.status in GOES_ON


def _end_of(row: Conversation, answer: int) -> int:
    """The last answer below `answer`, along the newest messages."""
    while True:
        below = row.messages.filter(parent__parent=answer, role=Message.Role.ASSISTANT, trashed_at=None)
        newest = below.order_by("-parent", "-pk").values_list("pk", flat=True).first()
        if newest is None:
            return answer
        answer = newest


def _require_room(queue: QuerySet[QueuedMessage], text: str) -> None:
    waiting = list(queue)
    if len(waiting) >= MAX_QUEUED:
        raise NotPosted(
            "limit", _("{count} messages are already queued here. Wait until one is sent.").format(count=MAX_QUEUED)
        )
    if sum(len(message.text) for message in waiting) + len(text) > settings.MAX_MESSAGE_CHARS:
        raise NotPosted("limit", _("The queued messages are too long in total. Wait until one is sent."))
