"""How a conversation grows: a message and its answer, a regeneration, a continuation. Each is one transaction.

Each is idempotent by the client's own id: the same id again gives the rows that the first call made.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.attachment import Attachment, AttachmentGone, DayIsFull
from chat.models.conversation import Conversation
from chat.models.indexed import IndexedText
from chat.models.message import Message
from chat.models.queued import QueuedMessage
from chat.models.run import Run

if TYPE_CHECKING:
    from chat.models.user import User

T = TypeVar("T")

FIRST_WORDS_CHARS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model is to answer, and which process starts the run; `options` and `persona` are those of a conversation that begins."""

    upstream: str
    model: str
    owner: str
    options: dict[str, Any] = field(default_factory=dict)
    persona: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of it; `is_new` is False when the same client id was there already."""

    conversation: uuid.UUID
    message: int
    answer: int
    run: Run
    is_new: bool


class NotPosted(Exception):
    """Nothing was stored; `code` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def post(
    user: User,
    client_id: str,
    text: str,
    choice: Choice,
    *,
    conversation: uuid.UUID | None,
    parent: int | None,
    attachments: Sequence[uuid.UUID] = (),
) -> Posted:
    """Store a person's message and a queued run for its answer; `conversation=None` starts one.

    The caller has checked that `user` may write in `conversation`. An edit is a post with the parent of the message
    that it replaces. `attachments` are what own() gave. Raises NotPosted.
    """
    return or_earlier(user, client_id, lambda: _post(user, client_id, text, choice, conversation, parent, attachments))


def below(
    row: Conversation,
    before: Message | None,
    user: User,
    client_id: str,
    text: str,
    choice: Choice,
    attachments: Sequence[uuid.UUID],
) -> Posted:
    """post() in a conversation that the surrounding transaction has locked, below what followed() gave.

    Not idempotent by itself: or_earlier() around the transaction is. Raises NotPosted, IntegrityError.
    """
    _require_room(user)
    _require_in_use(row)
    _require_settled(before)
    row.updated_at = timezone.now()
    model = row.note_model(choice.upstream, choice.model)
    row.title = row.title or _title(text, attachments)
    row.advance(*model, "updated_at", "title", by=user)
    return _store(row, before.pk if before else None, user, client_id, text, choice, attachments)


def followed(row: Conversation, parent: int | None) -> Message | None:
    """The message that one with this parent follows, and its run. Raises NotPosted where it is not in the conversation."""
    if parent is None:
        return None
    found = row.messages.select_related("run").filter(pk=parent).first()
    if found is None:
        raise NotPosted("not_found", _("The message this one answers is not in this conversation."))
    return found


def or_earlier(user: User, client_id: str, make: Callable[[], T]) -> T | Posted:
    """What `make` gives, in one transaction; or what came of this client id earlier, where that is why it cannot."""
    try:
        with transaction.atomic():
            return make()
    except (IntegrityError, NotPosted):
        # Not asked before: nearly every post is new, and the constraint refuses the others, whoever stores them meanwhile.
        found = earlier(user, client_id)
        if found:
            return found
        raise


def earlier(user: User, client_id: str) -> Posted | None:
    """What came of that client id, if there is a run of it."""
    for run in Run.objects.filter(requested_by=user, client_id=client_id).select_related("message"):
        answer = run.message
        return Posted(answer.conversation_id, answer.parent_id or answer.pk, answer.pk, run, is_new=False)
    return None


def own(
    user: User, client_id: str, attachments: Sequence[uuid.UUID], conversation: uuid.UUID | None
) -> list[uuid.UUID]:
    """The attachments for a message that is to be posted or to wait: unused ones of `user`'s, copies where an edit keeps some.

    Copies bytes, so it is no part of the transaction. None for a message that is stored already. Raises NotPosted.
    """
    if not attachments or _is_known(user, client_id):
        return []
    try:
        return Attachment.for_post(user, attachments, conversation)
    except DayIsFull:
        words = _("You have reached the daily limit for uploads. Try again tomorrow.")
        raise NotPosted("day_full", words) from None
    except AttachmentGone:
        if _is_known(user, client_id):  # by another socket, a moment ago
            return []
        raise _gone() from None


def _is_known(user: User, client_id: str) -> bool:
    waits = QueuedMessage.objects.filter(author=user, client_id=client_id)
    return waits.exists() or earlier(user, client_id) is not None


def _gone() -> NotPosted:
    return NotPosted("not_found", _("A file of this message no longer exists. Remove it and attach it again."))


def retry(user: User, client_id: str, message: Message, choice: Choice) -> Posted:
    """One more answer with a run of its own: beside `message`, or below it where that is a question."""
    return _once(user, client_id, lambda: _retry(user, client_id, message, choice))


def resume(user: User, client_id: str, answer: Message, choice: Choice) -> Posted:
    """A new run on `answer` itself, which goes on from its parts."""
    return _once(user, client_id, lambda: _resume(user, client_id, answer, choice))


def _once(user: User, client_id: str, make: Callable[[], Posted]) -> Posted:
    found = earlier(user, client_id)
    if found:
        return found
    return or_earlier(user, client_id, make)


def _post(
    user: User,
    client_id: str,
    text: str,
    choice: Choice,
    conversation: uuid.UUID | None,
    parent: int | None,
    attachments: Sequence[uuid.UUID],
) -> Posted:
    if conversation is not None:
        row = Conversation.locked(conversation)
        return below(row, followed(row, parent), user, client_id, text, choice, attachments)
    if parent is not None:
        raise NotPosted("not_found", _("A new conversation has no message that this one could follow."))
    _require_room(user)
    row = Conversation.start(
        user,
        upstream=choice.upstream,
        model=choice.model,
        title=_title(text, attachments),
        options=choice.options,
        persona=choice.persona,
    )
    return _store(row, None, user, client_id, text, choice, attachments)


def _store(
    row: Conversation,
    parent: int | None,
    user: User,
    client_id: str,
    text: str,
    choice: Choice,
    attachments: Sequence[uuid.UUID],
) -> Posted:
    message = Message.objects.create(
        conversation=row,
        parent_id=parent,
        role=Message.Role.USER,
        author=user,
        client_id=client_id,
        parts=[{"type": "text", "text": text}] if text else [],
        revision=row.revision,
    )
    if attachments:
        try:
            message.parts = [*Attachment.claim(message, attachments), *message.parts]
        except AttachmentGone:
            raise _gone() from None
        message.save(update_fields=["parts"])
    IndexedText.keep(message)
    answer = _answer(row, message.pk, choice)
    return Posted(row.pk, message.pk, answer.pk, _queue(answer, user, client_id, choice), is_new=True)


def _retry(user: User, client_id: str, message: Message, choice: Choice) -> Posted:
    row = _in_use(message.conversation_id)
    _require_room(user)
    _require_there(message)
    row.updated_at = timezone.now()
    row.advance("updated_at")
    parent = message.parent_id if message.role == Message.Role.ASSISTANT else message.pk
    answer = _answer(row, parent, choice)
    # What waits for the old answer waits for the new one.
    row.queue.filter(after=message).update(after=answer)
    run = _queue(answer, user, client_id, choice)
    return Posted(row.pk, parent or answer.pk, answer.pk, run, is_new=True)


def _resume(user: User, client_id: str, answer: Message, choice: Choice) -> Posted:
    row = _in_use(answer.conversation_id)
    _require_room(user)
    _require_there(answer)
    if answer.run is not None and answer.run.is_live:
        raise NotPosted("busy", _("This answer is still being written."))
    row.updated_at = timezone.now()
    answer.revision = row.advance("updated_at")
    answer.save(update_fields=["revision"])
    answer.conversation = row
    run = _queue(answer, user, client_id, choice)
    return Posted(row.pk, answer.parent_id or answer.pk, answer.pk, run, is_new=True)


def _in_use(conversation: uuid.UUID) -> Conversation:
    row = Conversation.locked(conversation)
    _require_in_use(row)
    return row


def _require_in_use(row: Conversation) -> None:
    if row.trashed_at is not None:
        raise NotPosted("not_found", _("This conversation is in the trash."))


def _answer(row: Conversation, parent: int | None, choice: Choice) -> Message:
    return Message.objects.create(
        conversation=row,
        parent_id=parent,
        role=Message.Role.ASSISTANT,
        upstream=choice.upstream,
        model=choice.model,
        revision=row.revision,
    )


def _queue(answer: Message, user: User, client_id: str, choice: Choice) -> Run:
    run = Run.objects.create(
        message=answer,
        requested_by=user,
        client_id=client_id,
        upstream=choice.upstream,
        model=choice.model,
        options=answer.conversation.options,
        persona_id=answer.conversation.persona_id,
        process=choice.owner,
    )
    Message.objects.filter(pk=answer.pk).update(run=run)
    return run


def _require_room(user: User) -> None:
    if Run.objects.filter(requested_by=user, status__in=Run.LIVE).count() >= settings.MAX_RUNS_PER_PERSON:
        words = _("You have {count} answers running. Wait until one is complete, or stop one.")
        raise NotPosted("limit", words.format(count=settings.MAX_RUNS_PER_PERSON))


def _require_there(message: Message) -> None:
    # Under the conversation's lock: what went into the trash meanwhile gets nothing new.
    message.refresh_from_db()
    if message.trashed_at is not None:
        raise NotPosted("not_found", _("That message was deleted."))


def _require_settled(before: Message | None) -> None:
    if before is None:
        return
    if before.trashed_at is not None:
        raise NotPosted("not_found", _("The message this one answers is not in this conversation."))
    if before.role == Message.Role.USER:
        raise NotPosted("bad_frame", _("A message follows an answer, or nothing. To edit one, post with its parent."))
    if before.run is not None and before.run.is_live:
        raise NotPosted("busy", _("The answer above is still being written. Wait until it is complete, or stop it."))


def _title(text: str, attachments: Sequence[uuid.UUID]) -> str:
    # Without words, a conversation is called after its file.
    title = first_words(text)
    if title or not attachments:
        return title
    names = Attachment.objects.filter(pk__in=attachments[:1]).values_list("name", flat=True)
    return first_words(names.first() or "")


def first_words(text: str) -> str:
    """The title a conversation has until a model finds a better one."""
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS_CHARS else line[:FIRST_WORDS_CHARS].rsplit(" ", 1)[0] + "…"
