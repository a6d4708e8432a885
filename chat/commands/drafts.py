"""Commands about what somebody has written and not sent. Nobody else ever hears of it."""

from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from chat import policy
from chat.commands.find import Done, Handlers, conversation_for
from chat.database import threaded
from chat.models import Draft, User
from chat.models.refusal import RefusalError
from chat.shown.personal import draft_of
from chat.wire.commands import DraftGet, DraftSave


@threaded
def _save(user: User, command: DraftSave) -> Done:
    if len(command.text) > settings.MAX_MESSAGE_CHARS:
        raise RefusalError("too_large", _("This draft is too long to be saved for your other devices."))
    _require_role(user, command.conversation, policy.WRITE)
    draft = Draft.keep(user, command.conversation, command.text, command.revision)
    return Done("draft", draft.as_json(), personal="draft")


@threaded
def _get(user: User, command: DraftGet) -> Done:
    _require_role(user, command.conversation, policy.READ)
    return Done("draft", draft_of(user, command.conversation))


def _require_role(user: User, conversation: UUID | None, action: str) -> None:
    if conversation is not None:
        conversation_for(user, conversation, action)


COMMANDS: Handlers = {
    DraftSave: _save,
    DraftGet: _get,
}
