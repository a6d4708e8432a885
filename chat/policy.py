"""Who may do what: one table of roles and actions, and the querysets that enforce it. All commands and views use it."""

from collections.abc import Mapping
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q, QuerySet

from chat.models import Attachment, Conversation, Invitation, Membership, Message, Persona, Prompt, Run, User

READ, WRITE, MANAGE = "read", "write", "manage"

# read: see everything in the conversation. write: post, edit, regenerate, continue, stop, choose the model, rename.
# manage: change its members, and put it into the trash.
MAY: dict[str, frozenset[str]] = {
    "owner": frozenset({READ, WRITE, MANAGE}),
    "editor": frozenset({READ, WRITE}),
    "viewer": frozenset({READ}),
}


def may(role: str | None, action: str) -> bool:
    """Whether a member with `role` (None: not a member) may do `action`."""
    return action in MAY.get(role or "", frozenset())


def roles_that_may(action: str) -> list[str]:
    """The roles that include `action`, for use in a query."""
    return [role for role, actions in MAY.items() if action in actions]


def administers(user: User) -> bool:
    """Whether `user` is an administrator now. It asks the row: the object in memory is as old as its socket."""
    return User.objects.filter(pk=user.pk, is_active=True, is_superuser=True).exists()


def may_invite(user: User, *, administrators: bool) -> bool:
    """Whether `user` may invite people now; to invite administrators, one has to be one."""
    if not user.is_active or user.is_superuser or administrators:
        return user.is_active and user.is_superuser
    return user.is_staff and user.has_perm("chat.add_invitation")


def still_stands(invitation: Invitation) -> bool:
    """Whether the person who made the invitation may still make it; the setup link has no maker."""
    maker = invitation.created_by
    return maker is None or may_invite(maker, administrators=invitation.is_administrator)


def open_invitation(token: str) -> Invitation | None:
    """The invitation with this token, if it is open; it ends with the right of the person who made it."""
    invitation = Invitation.find(token)
    return invitation if invitation and still_stands(invitation) else None


def needs_second_factor(user: Any, session: Mapping[str, Any]) -> bool:
    """Whether this person has to add a second factor before anything else (REQUIRE_SECOND_FACTOR).

    Somebody who came by single sign-on has shown the provider what it asks for.
    """
    required = settings.REQUIRE_SECOND_FACTOR
    if required == "nobody" or not user.is_authenticated:
        return False
    if required == "administrators" and not (user.is_staff or user.is_superuser):
        return False
    if any(record.get("method") == "socialaccount" for record in session.get(AUTHENTICATION_METHODS_SESSION_KEY, ())):
        return False
    # Recovery codes come with a factor, and alone are none.
    return not Authenticator.objects.filter(user_id=user.pk, type__in=("totp", "webauthn")).exists()


def visible_to(user: Any, action: str = READ) -> QuerySet[Conversation]:
    """The conversations, outside the trash, in which `user` may do `action`; none for a deactivated account."""
    if not user.is_authenticated or not user.is_active:
        return Conversation.objects.none()
    return Conversation.objects.filter(
        memberships__user=user, memberships__role__in=roles_that_may(action), trashed_at=None
    )


def may_write(user: User, conversation: Conversation) -> bool:
    """Whether `user` may write in `conversation` now."""
    return visible_to(user, WRITE).filter(pk=conversation.pk).exists()


def memberships_of(user: User) -> QuerySet[Membership]:
    """This person's memberships of the conversations visible to them."""
    return _memberships(user, READ).filter(conversation__trashed_at=None)


def trash_of(user: User) -> QuerySet[Membership]:
    """This person's memberships of the conversations in the trash; only those who may put one there see it."""
    return _memberships(user, MANAGE).filter(conversation__trashed_at__isnull=False)


def _memberships(user: User, action: str) -> QuerySet[Membership]:
    if not user.is_authenticated or not user.is_active:
        return Membership.objects.none()
    return Membership.objects.filter(user=user, role__in=roles_that_may(action))


def messages_visible_to(user: User, action: str = READ) -> QuerySet[Message]:
    """The messages, outside the trash, of the conversations in which `user` may do `action`."""
    return Message.objects.filter(conversation__in=visible_to(user, action), trashed_at__isnull=True)


def runs_visible_to(user: User, action: str = READ) -> QuerySet[Run]:
    """The runs of those messages. A page asks for each answer that it opens: joins cost half of nested queries."""
    if not user.is_authenticated or not user.is_active:
        return Run.objects.none()
    return Run.objects.filter(
        message__trashed_at=None,
        message__conversation__trashed_at=None,
        message__conversation__memberships__user=user,
        message__conversation__memberships__role__in=roles_that_may(action),
    )


def attachments_visible_to(user: Any) -> QuerySet[Attachment]:
    """The attachments of those messages, and the person's uploads that no message uses yet."""
    if not user.is_authenticated or not user.is_active:
        return Attachment.objects.none()
    return Attachment.objects.filter(Q(message=None, uploader=user) | Q(message__in=messages_visible_to(user)))


def personas_changeable_by(user: User) -> QuerySet[Persona]:
    """This person's personas, and the team's for an administrator."""
    return Persona.of(user) if administers(user) else Persona.of(user).filter(author=user)


def prompts_changeable_by(user: User) -> QuerySet[Prompt]:
    """This person's prompts, and the team's for an administrator."""
    return Prompt.of(user) if administers(user) else Prompt.of(user).filter(author=user)
