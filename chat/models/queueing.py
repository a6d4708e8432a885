"""Queued messages: sent while an answer was being written, and posted one after the other as the answers end.

Every step is one transaction under the conversation's lock, so a queued message is posted exactly once, whichever
process does it, and however many times it is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import transaction

from chat.models.conversation import Conversation
from chat.models.message import Message
from chat.models.post import Asked, Post, Posted, once
from chat.models.queued import QueuedMessage
from chat.models.refusal import RefusalError
from chat.models.run import Run

if TYPE_CHECKING:
    from chat.models.user import User


def release(
    after: int, process: str, may_write: Callable[[User, Conversation], bool], *, is_wanted: bool = False
) -> Posted | None:
    """Post the first message queued after the answer `after`, once that has ended; None if there is nothing to do.

    `process` is to work on the run. A message whose author may no longer write is deleted. With `is_wanted` a person
    asked for it: then it is posted after a failed answer too, and RefusalError is raised. Otherwise a message that
    cannot be posted yet stays queued.
    """
    # Every run's end calls this, mostly without a queue, so it looks before it locks.
    # A message that must wait for this run is always stored before the run ends.
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
                row.queue_changed()
                continue
            try:
                posted = _post(row, answer, waiting, process)
            except RefusalError:
                if is_wanted:
                    raise
                return None
            row.queue.filter(after=answer).update(after=posted.answer)
            return posted if posted.is_new else None
    return None


def ready() -> list[int]:
    """The answers that have ended and after which a message is queued."""
    waiting = QueuedMessage.objects.filter(
        after__run__status__in=Run.GOES_ON, after__trashed_at=None, conversation__trashed_at=None
    )
    return list(waiting.order_by("after").values_list("after", flat=True).distinct())


def _post(row: Conversation, answer: Message, waiting: QueuedMessage, process: str) -> Posted:
    asked = Asked(waiting.upstream, waiting.model)
    post = Post(waiting.author, waiting.client_id, waiting.text, asked, waiting.attachments)
    posted = once(post.author, post.client_id, lambda: row.add_message(post, process, answer))
    waiting.delete()
    return posted


def _is_over(run: Run | None, is_wanted: bool) -> bool:
    if run is None or run.is_live:
        return run is None
    return is_wanted or run.status in Run.GOES_ON
