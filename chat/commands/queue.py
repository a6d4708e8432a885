"""Commands about messages that wait for an answer to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chat import policy, runs
from chat.commands.find import OK, Done, Handlers, RefusalError, changed, conversation_for, found
from chat.database import in_thread
from chat.models import QueuedMessage, User, queueing
from chat.models.post import PostRefusedError
from chat.wire.commands import MessageCancel, MessageHurry

T = TypeVar("T")


async def _cancel(user: User, command: MessageCancel) -> Done:
    def cancel() -> Done:
        conversation = conversation_for(user, command.conversation, policy.WRITE)
        conversation.cancel(user, command.client_id)
        return changed(conversation.pk)

    return await _posting(cancel)


async def _hurry(user: User, command: MessageHurry) -> Done:
    def find() -> QueuedMessage:
        conversation = conversation_for(user, command.conversation, policy.WRITE)
        return found(conversation.queue.select_related("after__run").filter(client_id=command.client_id).first())

    waiting = await in_thread(find)
    run = waiting.after.run
    if run is not None and run.is_live:
        await runs.stop(run.pk)
        return Done(OK)
    await runs.begin()
    process = runs.this_process().process
    posted = await _posting(lambda: queueing.release(waiting.after_id, process, policy.may_write, is_wanted=True))
    if posted is not None:
        await runs.start(posted.run)
    return await in_thread(changed, waiting.conversation_id)


async def _posting(verb: Callable[[], T]) -> T:
    try:
        return await in_thread(verb)
    except PostRefusedError as error:
        raise RefusalError(error.code, str(error)) from None


COMMANDS: Handlers = {
    MessageCancel: _cancel,
    MessageHurry: _hurry,
}
