"""Commands about messages that wait for an answer to end."""

from __future__ import annotations

from chat import policy, runs
from chat.commands.find import OK, Done, Handlers, changed, conversation_for, found
from chat.database import in_thread, threaded
from chat.models import QueuedMessage, User, queueing
from chat.wire.commands import MessageCancel, MessageHurry


@threaded
def _cancel(user: User, command: MessageCancel) -> Done:
    conversation = conversation_for(user, command.conversation, policy.WRITE)
    conversation.cancel(user, command.client_id)
    return changed(conversation.pk)


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
    posted = await in_thread(queueing.release, waiting.after_id, process, policy.may_write, is_wanted=True)
    if posted is not None:
        await runs.start(posted.run)
    return await in_thread(changed, waiting.conversation_id)


COMMANDS: Handlers = {
    MessageCancel: _cancel,
    MessageHurry: _hurry,
}
