"""Commands about messages, and about the runs that answer them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chat import policy, runs
from chat.commands import attached
from chat.commands.asked import asked_by, asked_of
from chat.commands.find import (
    OK,
    Done,
    Handlers,
    answer_for,
    conversation_for,
    conversation_of_run,
    message_for,
    people_of,
)
from chat.database import in_thread
from chat.models import Attachment, Conversation, Message, User
from chat.models.post import Post, Posted, Queued
from chat.models.refusal import RefusalError
from chat.text import is_seen
from chat.wire.commands import MessagePost, MessageRetry, RunContinue, RunStop


async def _post(user: User, command: MessagePost) -> Done:
    text = command.text if is_seen(command.text) else ""
    if not text and not command.attachments:
        raise RefusalError("bad_frame", _("Write a message first."))
    if len(text) > settings.MAX_MESSAGE_CHARS:
        limit, count = (number_format(n, force_grouping=True) for n in (settings.MAX_MESSAGE_CHARS, len(text)))
        words = _("A message has at most {limit} characters. Yours has {count}.")
        raise RefusalError("too_large", words.format(limit=limit, count=count))

    def store(process: str) -> Posted | Queued:
        row = conversation_for(user, command.conversation, policy.WRITE) if command.conversation else None
        asked = asked_by(user, command, row)
        post = Post(user, command.client_id, text, asked, attached.usable_by(user, command, asked))
        if row is not None:
            return row.post(post, process, below=command.parent, behind=command.behind)
        if command.parent is not None:
            raise RefusalError("not_found", _("A new conversation has no message that this one could follow."))
        return Conversation.start_with(post, process)

    return await _posted(command.client_id, store)


async def _retry(user: User, command: MessageRetry) -> Done:
    def retry(process: str) -> Posted:
        message = message_for(user, command.message)
        # A question knows no model: the one that answers next in the conversation is asked.
        is_answer = message.role == Message.Role.ASSISTANT
        before = message if is_answer else message.conversation
        asked = asked_of(command.upstream or before.upstream, command.model or before.model)
        question = message.parent_id if is_answer else message.pk
        attached.require_accepted(Attachment.objects.filter(message=question), asked)
        return message.retry(asked, user, command.client_id, process)

    return await _posted(command.client_id, retry)


async def _continue(user: User, command: RunContinue) -> Done:
    def resume(process: str) -> Posted:
        answer = answer_for(user, command.message)
        return answer.resume(asked_of(answer.upstream, answer.model), user, command.client_id, process)

    return await _posted(command.client_id, resume)


async def _stop(user: User, command: RunStop) -> Done:
    def permit() -> UUID:
        conversation = conversation_of_run(user, command.run)
        conversation_for(user, conversation, policy.WRITE)
        return conversation

    await in_thread(permit)
    await runs.stop(command.run)
    return Done(OK)


async def _posted(client_id: str, make: Callable[[str], Posted | Queued]) -> Done:
    if runs.this_process().life.is_draining:
        raise RefusalError("stopping", _("The server is restarting. Your message will be sent as soon as it is back."))
    await runs.begin()
    posted, people = await in_thread(made, make, runs.this_process().process)
    if isinstance(posted, Queued):
        waits = {"client_id": client_id, "conversation": str(posted.conversation)}
        return Done("message.queued", waits, posted.conversation, people)
    if posted.is_new:
        await runs.start(posted.run)
    fields = {
        "client_id": client_id,
        "conversation": str(posted.conversation),
        "message": posted.message,
        "answer": posted.answer,
        "run": posted.run.pk,
    }
    return Done("message.posted", fields, posted.conversation, people)


def made(make: Callable[[str], Posted | Queued], process: str) -> tuple[Posted | Queued, tuple[int, ...]]:
    """What `make` stores for that process, and who is told of it."""
    posted = make(process)
    return posted, people_of(posted.conversation)


COMMANDS: Handlers = {
    MessagePost: _post,
    MessageRetry: _retry,
    RunContinue: _continue,
    RunStop: _stop,
}
