"""What each command does: find what it names through the person, check the policy, call one verb, say what to answer.

COMMANDS is the one visible table, put together from one file for each subject; a frame never selects code in any other way.
"""

from chat.commands import (
    conversations,
    drafts,
    feedback,
    filing,
    folders,
    members,
    messages,
    personas,
    preferences,
    prompts,
    queue,
    searching,
    servers,
    tools,
    trash,
)
from chat.commands.find import NOT_FOUND, OK, Done, Handlers, conversation_of_run, role_in
from chat.models.refusal import RefusalError

COMMANDS: Handlers = {
    **conversations.COMMANDS,
    **feedback.COMMANDS,
    **filing.COMMANDS,
    **folders.COMMANDS,
    **members.COMMANDS,
    **messages.COMMANDS,
    **preferences.COMMANDS,
    **searching.COMMANDS,
    **servers.COMMANDS,
    **queue.COMMANDS,
    **tools.COMMANDS,
    **trash.COMMANDS,
    **drafts.COMMANDS,
    **personas.COMMANDS,
    **prompts.COMMANDS,
}

__all__ = ["COMMANDS", "NOT_FOUND", "OK", "Done", "RefusalError", "conversation_of_run", "role_in"]
