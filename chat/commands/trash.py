"""Commands about both kinds of trash: a conversation's, which its owners see, and a message's, inside the conversation."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chat import policy, runs
from chat.commands.find import OK, Done, Handlers, changed, conversation_for, found, message_for, people_of
from chat.database import in_thread, threaded
from chat.models import Conversation, Membership, Message, User, emptying
from chat.models.refusal import RefusalError
from chat.models.trash import restore, trash
from chat.wire.commands import (
    ConversationDelete,
    ConversationRestore,
    ConversationTrash,
    MessageRestore,
    MessageTrash,
)


async def _trash_conversation(user: User, command: ConversationTrash) -> Done:
    def put() -> tuple[Done, list[int]]:
        conversation = conversation_for(user, command.conversation, policy.MANAGE)
        live = conversation.trash(user)
        return changed(conversation.pk), live

    return await _stop_all(*await in_thread(put))


@threaded
def _restore_conversation(user: User, command: ConversationRestore) -> Done:
    conversation = _trashed_for(user, command)
    conversation.restore()
    return changed(conversation.pk)


@threaded
def _delete_conversation(user: User, command: ConversationDelete) -> Done:
    conversation = _trashed_for(user, command)
    people = people_of(conversation.pk)
    emptying.delete(conversation, user)
    return Done(OK, changed=conversation.pk, people=people)


async def _trash_message(user: User, command: MessageTrash) -> Done:
    def put() -> tuple[Done, list[int]]:
        message = message_for(user, command.message)
        owns = message.conversation.role_of(user) == Membership.Role.OWNER
        live = trash(user, message, with_others=owns)
        return changed(message.conversation_id), live

    return await _stop_all(*await in_thread(put))


@threaded
def _restore_message(user: User, command: MessageRestore) -> Done:
    message = found(Message.objects.filter(pk=command.message, conversation__in=policy.visible_to(user)).first())
    conversation = conversation_for(user, message.conversation_id, policy.WRITE)
    if message.trashed_by_id not in (None, user.pk) and conversation.role_of(user) != Membership.Role.OWNER:
        raise RefusalError("not_allowed", _("Somebody else deleted this. That person or an owner can restore it."))
    restore(message)
    return changed(message.conversation_id)


async def _stop_all(done: Done, live: list[int]) -> Done:
    """Stop the runs of what was put into the trash; what to answer."""
    for run in live:
        await runs.stop(run)
    return done


def _trashed_for(user: User, command: ConversationRestore | ConversationDelete) -> Conversation:
    row = found(policy.trash_of(user).filter(conversation=command.conversation).select_related("conversation").first())
    return row.conversation


COMMANDS: Handlers = {
    ConversationTrash: _trash_conversation,
    ConversationRestore: _restore_conversation,
    ConversationDelete: _delete_conversation,
    MessageTrash: _trash_message,
    MessageRestore: _restore_message,
}
