"""Commands about the trash of messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.utils.translation import gettext as _

from chat import policy, runs
from chat.commands.find import NOT_FOUND, Done, RefusalError, changed, conversation_for, message_for
from chat.database import in_thread
from chat.models import Membership, Message, User
from chat.models.trash import OthersWroteThereError, StillBelowTrashError, restore, trash
from chat.wire.commands import Command, MessageRestore, MessageTrash


async def _trash(user: User, command: MessageTrash) -> Done:
    def put() -> tuple[Done, list[int]]:
        message = message_for(user, command.message)
        owns = message.conversation.role_of(user) == Membership.Role.OWNER
        try:
            live = trash(user, message, with_others=owns)
        except OthersWroteThereError:
            raise RefusalError(
                "not_allowed", _("This includes messages by others. Only an owner of the conversation can delete them.")
            ) from None
        return changed(message.conversation_id), live

    done, live = await in_thread(put)
    for run in live:
        await runs.stop(run)
    return done


async def _restore(user: User, command: MessageRestore) -> Done:
    def bring_back() -> Done:
        message = Message.objects.filter(pk=command.message, conversation__in=policy.visible_to(user)).first()
        if message is None:
            raise RefusalError(**NOT_FOUND)
        conversation = conversation_for(user, message.conversation_id, policy.WRITE)
        if message.trashed_by_id not in (None, user.pk) and conversation.role_of(user) != Membership.Role.OWNER:
            raise RefusalError("not_allowed", _("Somebody else deleted this. That person or an owner can restore it."))
        try:
            restore(message)
        except StillBelowTrashError:
            raise RefusalError(
                "not_allowed", _("The message before it is deleted as well. Restore that one first.")
            ) from None
        return changed(message.conversation_id)

    return await in_thread(bring_back)


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {
    MessageTrash: _trash,
    MessageRestore: _restore,
}
