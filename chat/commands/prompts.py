"""Commands about prompts: texts that are called by a name after a slash. People change only their own; administrators change the team's."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat import policy
from chat.commands.find import Done, Handlers, found
from chat.database import threaded
from chat.models import Prompt, User
from chat.models.prompt import MAX_PROMPTS
from chat.models.refusal import RefusalError
from chat.shown.servers import offers
from chat.wire.commands import PromptDelete, PromptList, PromptSave


@threaded
def _list(user: User, command: PromptList) -> Done:
    return _listed(user)


@threaded
def _save(user: User, command: PromptSave) -> Done:
    text = command.text.strip()
    if not text:
        raise RefusalError("bad_frame", _("A prompt needs a text."))
    prompt = _prompt_of(user, command.prompt) if command.prompt is not None else _new(user, command.team)
    prompt.name, prompt.text = command.name, text
    try:
        with transaction.atomic():
            prompt.save()
    except IntegrityError:
        words = _("There is already a prompt named {name}.")
        raise RefusalError("bad_frame", words.format(name=f"/{command.name}")) from None
    return _listed(user)


@threaded
def _delete(user: User, command: PromptDelete) -> Done:
    _prompt_of(user, command.prompt).delete()
    return _listed(user)


def _listed(user: User) -> Done:
    prompts = [prompt.as_json() for prompt in Prompt.of(user).order_by("name", "id")]
    return Done("prompt.list", {"prompts": prompts, "team": policy.administers(user), "offers": offers()})


def _prompt_of(user: User, pk: int) -> Prompt:
    return found(policy.prompts_changeable_by(user).filter(pk=pk).first())


def _new(user: User, is_the_teams: bool) -> Prompt:
    if is_the_teams and not policy.administers(user):
        raise RefusalError("not_allowed", _("Only administrators can share prompts with the team."))
    author = None if is_the_teams else user
    if Prompt.objects.filter(author=author).count() >= MAX_PROMPTS:
        words = _("There are {count} prompts already. Delete one first.")
        raise RefusalError("limit", words.format(count=MAX_PROMPTS))
    return Prompt(author=author)


COMMANDS: Handlers = {
    PromptList: _list,
    PromptSave: _save,
    PromptDelete: _delete,
}
