"""Who may what: one table of role x action, and the querysets that enforce it. The same for every door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from chat.models import Attachment, Conversation, Membership, Message, Run, User

READ, WRITE, MANAGE = "read", "write", "manage"

# read: see everything in it. write: post, edit, regenerate, continue, stop, choose the model, rename.
# manage: members, and the trash.
MAY: dict[str, frozenset[str]] = {
    "owner": frozenset({READ, WRITE, MANAGE}),
    "editor": frozenset({READ, WRITE}),
    "viewer": frozenset({READ}),
}


def may(role: str | None, action: str) -> bool:
    """Whether a member with `role` (None: not a member) may do `action`."""
    return action in MAY.get(role or "", frozenset())


def administers(user: User) -> bool:
    """Whether `user` is an administrator now. Asked of the row: the person in memory was read when the socket opened."""
    from chat.models import User

    return User.objects.filter(pk=user.pk, is_active=True, is_superuser=True).exists()


def roles_that_may(action: str) -> list[str]:
    """The roles that include `action`, for use in a query."""
    return [role for role, actions in MAY.items() if action in actions]


def visible_to(user: Any, action: str = READ) -> QuerySet[Conversation]:
    """The conversations in which `user` may do `action`. Nobody else's, none in the trash, and none for somebody deactivated."""
    from chat.models import Conversation

    if not user.is_authenticated or not user.is_active:
        return Conversation.objects.none()
    return Conversation.objects.filter(
        memberships__user=user, memberships__role__in=roles_that_may(action), trashed_at=None
    )


def places_of(user: User) -> QuerySet[Membership]:
    """This person's own place in each of the conversations visible to them."""
    return _memberships_of(user, READ).filter(conversation__trashed_at=None)


def trash_of(user: User) -> QuerySet[Membership]:
    """The same of the conversations in the trash, which only those see who may put them there."""
    return _memberships_of(user, MANAGE).filter(conversation__trashed_at__isnull=False)


def _memberships_of(user: User, action: str) -> QuerySet[Membership]:
    from chat.models import Membership

    if not user.is_authenticated or not user.is_active:
        return Membership.objects.none()
    return Membership.objects.filter(user=user, role__in=roles_that_may(action))


def messages_visible_to(user: User, action: str = READ) -> QuerySet[Message]:
    """The messages of those conversations, without those in the trash."""
    from chat.models import Message

    return Message.objects.filter(conversation__in=visible_to(user, action), trashed_at__isnull=True)


def runs_visible_to(user: User, action: str = READ) -> QuerySet[Run]:
    """The runs of those messages. Asked for each answer that a page opens: by joins, which cost half of query in query."""
    from chat.models import Run

    if not user.is_authenticated or not user.is_active:
        return Run.objects.none()
    return Run.objects.filter(
        message__trashed_at=None,
        message__conversation__trashed_at=None,
        message__conversation__memberships__user=user,
        message__conversation__memberships__role__in=roles_that_may(action),
    )


def attachments_visible_to(user: Any) -> QuerySet[Attachment]:
    """The attachments of those messages, and the person's own that no message has yet."""
    from chat.models import Attachment

    if not user.is_authenticated or not user.is_active:
        return Attachment.objects.none()
    return Attachment.objects.filter(Q(message=None, owner=user) | Q(message__in=messages_visible_to(user)))
