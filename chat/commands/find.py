"""What every command stands on: find what it names through the person, check the policy, or refuse."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat import policy
from chat.models import Conversation, Membership, Message, User
from chat.models.refusal import RefusalError
from chat.wire.commands import Command

T = TypeVar("T")

# Lazy, because it is translated into the language of the person who is refused.
NOT_FOUND: dict[str, Any] = {
    "code": "not_found",
    "message": gettext_lazy("Not found, or you do not have access to it."),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What to answer; which conversation has changed, and for whom; the personal event whose content has changed."""

    frame: str
    fields: dict[str, Any] = field(default_factory=dict)
    changed: UUID | None = None
    people: tuple[int, ...] = ()
    personal: str = ""


OK = "ok"
# The command's class -> what obeys it.
Handlers = dict[type[Command], Callable[[User, Any], Awaitable[Done]]]


def found(row: T | None) -> T:
    """The row that a query gave. Raises RefusalError if it gave none."""
    if row is None:
        raise RefusalError(**NOT_FOUND)
    return row


def role_in(user: User, conversation: UUID) -> str:
    """The role of `user`, who must be a member. Raises RefusalError."""
    for role in _membership(user, conversation).values_list("role", flat=True):
        return role
    raise RefusalError(**NOT_FOUND)


def conversation_of_run(user: User, run: int) -> UUID:
    """The conversation of a run that `user` may see. Raises RefusalError."""
    for conversation in policy.runs_visible_to(user).filter(pk=run).values_list("message__conversation", flat=True):
        return conversation
    raise RefusalError(**NOT_FOUND)


def conversation_for(user: User, pk: UUID, action: str) -> Conversation:
    """The conversation, in which `user` may do `action`. Raises RefusalError."""
    for membership in _membership(user, pk).select_related("conversation"):
        if not policy.may(membership.role, action):
            raise RefusalError("not_allowed", _("Your role in this conversation does not allow that."))
        return membership.conversation
    raise RefusalError(**NOT_FOUND)


def _membership(user: User, conversation: UUID) -> QuerySet[Membership]:
    # Asked of the row, too: the person in memory was read when the socket opened.
    return policy.memberships_of(user).filter(conversation=conversation, user__is_active=True)


def answer_for(user: User, pk: int) -> Message:
    """The answer with that id, in a conversation in which `user` may write. Raises RefusalError."""
    message = message_for(user, pk)
    if message.role != Message.Role.ASSISTANT:
        raise RefusalError(**NOT_FOUND)
    return message


def message_for(user: User, pk: int) -> Message:
    """The message with that id, in a conversation in which `user` may write. Raises RefusalError."""
    message = found(policy.messages_visible_to(user).select_related("conversation").filter(pk=pk).first())
    conversation_for(user, message.conversation_id, policy.WRITE)
    return message


def changed(conversation: UUID) -> Done:
    """Done: the conversation has changed, and its members are told."""
    return Done(OK, changed=conversation, people=people_of(conversation))


def people_of(conversation: UUID) -> tuple[int, ...]:
    """The ids of its members."""
    return tuple(Membership.objects.filter(conversation=conversation).values_list("user_id", flat=True))
