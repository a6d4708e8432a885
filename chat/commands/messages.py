"""Commands about messages, and about the runs that answer them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from chat import catalogue, policy, runs
from chat.commands import attached, personas
from chat.commands.find import (
    OK,
    Done,
    RefusalError,
    answer_for,
    conversation_for,
    conversation_of_run,
    message_for,
    options_of,
    people_of,
    require_model,
)
from chat.database import in_thread
from chat.models import Attachment, Message, User, posting, queueing
from chat.text import clean
from chat.wire.commands import Command, MessagePost, MessageRetry, Options, RunContinue, RunStop


async def _post(user: User, command: MessagePost) -> Done:
    text = clean(command.text) if command.text.strip() else ""
    attached.require_few(command.attachments)
    if not text and not command.attachments:
        raise RefusalError("bad_frame", _("Write a message first."))
    if len(text) > settings.MAX_MESSAGE_CHARS:
        limit, count = (number_format(n, force_grouping=True) for n in (settings.MAX_MESSAGE_CHARS, len(text)))
        words = _("A message has at most {limit} characters. Yours has {count}.")
        raise RefusalError("too_large", words.format(limit=limit, count=count))

    def post(owner: str) -> posting.Posted | queueing.Queued:
        row = conversation_for(user, command.conversation, policy.WRITE) if command.conversation else None
        upstream, model = command.upstream, command.model
        if not upstream and row is not None:
            upstream, model = row.upstream, row.model
        choice = replace(chosen(upstream, model, owner), options=options_of(command.options or Options()))
        if command.persona is not None and row is None:
            choice = personas.as_chosen(user, command.persona, choice)
        if command.attachments:
            attached.require_accepted(policy.attachments_visible_to(user).filter(pk__in=command.attachments), choice)
        return queueing.send(
            user,
            command.client_id,
            text,
            choice,
            conversation=command.conversation,
            parent=command.parent,
            behind=command.behind,
            attachments=posting.own(user, command.client_id, command.attachments, command.conversation),
        )

    return await _posted(command.client_id, post)


async def _retry(user: User, command: MessageRetry) -> Done:
    def retry(owner: str) -> posting.Posted:
        message = message_for(user, command.message)
        # A question knows no model: whoever answers next in the conversation is asked.
        is_answer = message.role == Message.Role.ASSISTANT
        before = message if is_answer else message.conversation
        choice = chosen(command.upstream or before.upstream, command.model or before.model, owner)
        question = message.parent_id if is_answer else message.pk
        attached.require_accepted(Attachment.objects.filter(message=question), choice)
        return posting.retry(user, command.client_id, message, choice)

    return await _posted(command.client_id, retry)


async def _continue(user: User, command: RunContinue) -> Done:
    def resume(owner: str) -> posting.Posted:
        answer = answer_for(user, command.message)
        return posting.resume(user, command.client_id, answer, chosen(answer.upstream, answer.model, owner))

    return await _posted(command.client_id, resume)


async def _stop(user: User, command: RunStop) -> Done:
    def permit() -> UUID:
        conversation = conversation_of_run(user, command.run)
        conversation_for(user, conversation, policy.WRITE)
        return conversation

    await in_thread(permit)
    await runs.stop(command.run)
    return Done(OK)


async def _posted(client_id: str, make: Callable[[str], posting.Posted | queueing.Queued]) -> Done:
    if runs.this_process().life.is_draining:
        raise RefusalError("stopping", _("The server is restarting. Your message will be sent as soon as it is back."))
    await runs.begin()
    try:
        posted, people = await in_thread(_made, make, runs.this_process().process)
    except posting.NotPosted as error:
        raise RefusalError(error.code, str(error)) from None
    if isinstance(posted, queueing.Queued):
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


def _made(
    make: Callable[[str], posting.Posted | queueing.Queued], owner: str
) -> tuple[posting.Posted | queueing.Queued, tuple[int, ...]]:
    posted = make(owner)
    return posted, people_of(posted.conversation)


def chosen(upstream: str, model: str, owner: str) -> posting.Choice:
    """That model, or the default one where none is named. Raises RefusalError."""
    if not upstream:
        default = catalogue.default()
        if default is None:
            raise RefusalError("no_model", _why_no_model())
        upstream, model = default.upstream, default.model
    require_model(upstream, model)
    return posting.Choice(upstream, model, owner)


def _why_no_model() -> str:
    silent = catalogue.without_models()
    if silent is None:
        return _("No model is connected yet. An administrator can add one under Upstreams.")
    return _(
        "{name} is connected, but its models could not be listed. An administrator can see why under Upstreams."
    ).format(name=silent.name)


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {
    MessagePost: _post,
    MessageRetry: _retry,
    RunContinue: _continue,
    RunStop: _stop,
}
