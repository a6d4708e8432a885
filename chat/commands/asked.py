"""What a command asks of which model: found through the person, checked against what the catalogue offers, or refused."""

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from chat import catalogue
from chat.commands.find import NOT_FOUND
from chat.models import Conversation, Persona, User
from chat.models.persona import PersonaVersion
from chat.models.post import Asked
from chat.models.refusal import RefusalError
from chat.wire.commands import MessagePost, Options


def asked_by(user: User, command: MessagePost, row: Conversation | None) -> Asked:
    """What a message asks, in `row` or in a new conversation, of the model that it, its persona or `row` names.

    Raises RefusalError.
    """
    if row is not None:
        named = command if command.upstream else row
        return asked_of(named.upstream, named.model)
    version = version_of(user, command.persona) if command.persona is not None else None
    upstream, model = (
        (version.upstream, version.model) if version and version.model else (command.upstream, command.model)
    )
    asked = asked_of(upstream, model)
    if version is not None:
        return Asked(asked.upstream, asked.model, version.options, version.pk)
    return Asked(asked.upstream, asked.model, options_of(command.options or Options()))


def asked_of(upstream: str, model: str) -> Asked:
    """That model, or the default one where none is named. Raises RefusalError."""
    if not upstream:
        default = catalogue.default()
        if default is None:
            raise RefusalError("no_model", _why_no_model())
        upstream, model = default.upstream, default.model
    require_model(upstream, model)
    return Asked(upstream, model)


def require_model(upstream: str, model: str) -> None:
    """Raises RefusalError for a model that cannot be chosen."""
    if not model or not catalogue.offers(upstream, model):
        raise RefusalError("no_model", _("That model is no longer available. Choose another one."))


def version_of(user: User, persona: int) -> PersonaVersion:
    """The current version of a persona that `user` can choose. Raises RefusalError."""
    found = Persona.of(user).filter(pk=persona).first()
    if found is None or found.current is None:
        raise RefusalError(**NOT_FOUND)
    return found.current


def options_of(options: Options) -> dict[str, Any]:
    """The options that are set, as they are stored."""
    system = (options.system or "").strip() or None
    # By way of JSON, as the database will give them back: they are compared.
    given: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(options, system=system)))
    return given


def _why_no_model() -> str:
    silent = catalogue.without_models()
    if silent is None:
        return _("No model is connected yet. An administrator can add one under Upstreams.")
    return _(
        "{name} is connected, but its models could not be listed. An administrator can see why under Upstreams."
    ).format(name=silent.name)
