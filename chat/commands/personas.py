"""Commands about personas: named settings of who answers. People change only their own; administrators change the team's."""

from django.utils import timezone
from django.utils.translation import gettext as _

from chat import policy
from chat.commands.asked import options_of, require_model, version_of
from chat.commands.find import Done, Handlers, changed, conversation_for, found
from chat.database import threaded
from chat.models import Persona, User
from chat.models.persona import MAX_PERSONAS
from chat.models.refusal import RefusalError
from chat.shown.personas import persona_list
from chat.wire.commands import ConversationPersona, PersonaDelete, PersonaList, PersonaSave


@threaded
def _list(user: User, command: PersonaList) -> Done:
    return Done("persona.list", persona_list(user))


@threaded
def _save(user: User, command: PersonaSave) -> Done:
    name = " ".join(command.name.split())
    if not name:
        raise RefusalError("bad_frame", _("A persona needs a name."))
    if command.model:
        require_model(command.upstream, command.model)
    known = policy.personas_changeable_by(user)
    persona = _new(user, command.team) if command.persona is None else found(known.filter(pk=command.persona).first())
    upstream = command.upstream if command.model else ""
    persona.become(user, name, upstream=upstream, model=command.model, options=options_of(command.options))
    return _listed(user)


@threaded
def _delete(user: User, command: PersonaDelete) -> Done:
    persona = found(policy.personas_changeable_by(user).filter(pk=command.persona).first())
    persona.deleted_at = timezone.now()
    persona.save(update_fields=["deleted_at"])
    return _listed(user)


@threaded
def _choose(user: User, command: ConversationPersona) -> Done:
    conversation = conversation_for(user, command.conversation, policy.WRITE)
    version = None if command.persona is None else version_of(user, command.persona)
    if version is not None and version.model:
        require_model(version.upstream, version.model)
    conversation.choose_persona(version)
    return changed(conversation.pk)


def _listed(user: User) -> Done:
    return Done("persona.list", persona_list(user), personal="persona.list")


def _new(user: User, is_the_teams: bool) -> Persona:
    if is_the_teams and not policy.administers(user):
        raise RefusalError("not_allowed", _("Only administrators can share personas with the team."))
    author = None if is_the_teams else user
    if Persona.objects.filter(author=author, deleted_at=None).count() >= MAX_PERSONAS:
        raise RefusalError(
            "limit", _("There are {count} personas already. Delete one first.").format(count=MAX_PERSONAS)
        )
    return Persona(author=author)


COMMANDS: Handlers = {
    PersonaList: _list,
    PersonaSave: _save,
    PersonaDelete: _delete,
    ConversationPersona: _choose,
}
