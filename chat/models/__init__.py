"""What lasts: the rows, and the verbs on them. Nothing here knows sockets, frames or running tasks."""

from chat.models.audit import AuditEntry
from chat.models.conversation import Conversation, Membership
from chat.models.invitation import Invitation
from chat.models.message import Message
from chat.models.run import JournalEntry, Process, Run
from chat.models.upstream import Upstream
from chat.models.user import User

__all__ = [
    "AuditEntry",
    "Conversation",
    "Invitation",
    "JournalEntry",
    "Membership",
    "Message",
    "Process",
    "Run",
    "Upstream",
    "User",
]
