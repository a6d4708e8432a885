"""What lasts: the rows, and the verbs on them. Nothing here knows sockets, frames or running tasks."""

from chat.models.attachment import Attachment
from chat.models.audit import AuditEntry
from chat.models.conversation import Conversation
from chat.models.draft import Draft
from chat.models.feedback import Feedback
from chat.models.folder import Folder
from chat.models.indexed import IndexedText
from chat.models.invitation import Invitation
from chat.models.mcp_server import McpServer
from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.model_trait import ModelTrait
from chat.models.persona import Persona, PersonaVersion
from chat.models.prompt import Prompt
from chat.models.queued import QueuedMessage
from chat.models.run import JournalEntry, Process, Run
from chat.models.tool_call import ToolCall
from chat.models.tool_policy import ToolPolicy
from chat.models.upstream import Upstream
from chat.models.user import User

__all__ = [
    "Attachment",
    "AuditEntry",
    "Conversation",
    "Draft",
    "Feedback",
    "Folder",
    "IndexedText",
    "Invitation",
    "JournalEntry",
    "McpServer",
    "Membership",
    "Message",
    "ModelTrait",
    "Persona",
    "PersonaVersion",
    "Process",
    "Prompt",
    "QueuedMessage",
    "Run",
    "ToolCall",
    "ToolPolicy",
    "Upstream",
    "User",
]
