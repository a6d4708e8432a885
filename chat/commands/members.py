"""Commands about who is in a conversation."""

from django.utils.translation import gettext as _

from chat import policy
from chat.commands.find import OK, Done, Handlers, changed, conversation_for, people_of
from chat.database import threaded
from chat.models import Conversation, User
from chat.models.refusal import RefusalError
from chat.wire.commands import MemberAdd, MemberRemove, MemberRole


@threaded
def _add(user: User, command: MemberAdd) -> Done:
    conversation = conversation_for(user, command.conversation, policy.MANAGE)
    newcomer = User.objects.filter(username__iexact=command.name.strip(), is_active=True).first()
    if newcomer is None:
        raise RefusalError(
            "not_found", _("Nobody with the username “{name}” was found.").format(name=command.name[:40])
        )
    if conversation.role_of(newcomer) is not None:
        raise RefusalError("bad_frame", _("{name} is in this conversation already.").format(name=newcomer.display_name))
    conversation.admit(newcomer, command.role)
    return changed(conversation.pk)


@threaded
def _set_role(user: User, command: MemberRole) -> Done:
    conversation = conversation_for(user, command.conversation, policy.MANAGE)
    member = _member(conversation, command.user)
    conversation.admit(member, command.role)
    return changed(conversation.pk)


@threaded
def _remove(user: User, command: MemberRemove) -> Done:
    # Everybody may leave; only owners may send others away.
    action = policy.READ if command.user == user.pk else policy.MANAGE
    conversation = conversation_for(user, command.conversation, action)
    member = _member(conversation, command.user)
    before = people_of(conversation.pk)
    conversation.dismiss(member)
    return Done(OK, changed=conversation.pk, people=before)


def _member(conversation: Conversation, user_id: int) -> User:
    member = User.objects.filter(pk=user_id, memberships__conversation=conversation).first()
    if member is None:
        raise RefusalError("not_found", _("That person is not in this conversation."))
    return member


COMMANDS: Handlers = {
    MemberAdd: _add,
    MemberRole: _set_role,
    MemberRemove: _remove,
}
