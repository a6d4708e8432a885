"""Commands about conversations and the models that answer in them."""

from django.utils.translation import gettext as _

from chat import catalogue, policy
from chat.commands.asked import options_of, require_model
from chat.commands.find import Done, Handlers, changed, conversation_for, found
from chat.database import in_thread, threaded
from chat.models import User
from chat.models.refusal import RefusalError
from chat.shown import listing
from chat.shown.conversation import conversation_history
from chat.shown.models import model_list
from chat.shown.one_message import conversation_around
from chat.text import cleaned_name
from chat.wire.commands import (
    ConversationAround,
    ConversationHistory,
    ConversationList,
    ConversationModel,
    ConversationOptions,
    ConversationRename,
    ModelList,
)


async def _list(user: User, command: ConversationList) -> Done:
    return Done(
        "conversation.list",
        await in_thread(listing.conversation_list, user, command.shelf, command.folder, command.before),
    )


async def _history(user: User, command: ConversationHistory) -> Done:
    if (command.before is None) == (command.after is None):
        raise RefusalError("bad_frame", "conversation.history: give either before or after.")
    page = found(await in_thread(conversation_history, user, command.conversation, command.before, command.after))
    return Done("conversation.history", page)


async def _around(user: User, command: ConversationAround) -> Done:
    page = found(await in_thread(conversation_around, user, command.conversation, command.message))
    return Done("conversation.around", page)


@threaded
def _rename(user: User, command: ConversationRename) -> Done:
    title = cleaned_name(command.title)
    conversation = conversation_for(user, command.conversation, policy.WRITE)
    if not title:
        raise RefusalError("bad_frame", _("A title needs at least one visible character."))
    conversation.rename(title)
    return changed(conversation.pk)


@threaded
def _choose_model(user: User, command: ConversationModel) -> Done:
    conversation = conversation_for(user, command.conversation, policy.WRITE)
    require_model(command.upstream, command.model)
    conversation.choose_model(command.upstream, command.model)
    return changed(conversation.pk)


@threaded
def _choose_options(user: User, command: ConversationOptions) -> Done:
    conversation = conversation_for(user, command.conversation, policy.WRITE)
    conversation.choose_options(options_of(command.options))
    return changed(conversation.pk)


async def _models(user: User, command: ModelList) -> Done:
    await catalogue.refresh()
    return Done("model.list", await in_thread(model_list))


COMMANDS: Handlers = {
    ConversationList: _list,
    ConversationHistory: _history,
    ConversationAround: _around,
    ConversationRename: _rename,
    ConversationModel: _choose_model,
    ConversationOptions: _choose_options,
    ModelList: _models,
}
