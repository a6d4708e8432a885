"""Commands about what somebody has written and not sent. Nobody else ever hears of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from chat import policy
from chat.commands.find import Done, RefusalError, conversation_for
from chat.database import in_thread
from chat.models import Draft, User
from chat.shown.personal import draft_of
from chat.text import clean
from chat.wire.commands import Command, DraftGet, DraftSave


async def _save(user: User, command: DraftSave) -> Done:
    text = clean(command.text)
    if len(text) > settings.MAX_MESSAGE_CHARS:
        raise RefusalError("too_large", _("This draft is too long to be saved for your other devices."))

    def save() -> Draft:
        _require_role(user, command.conversation, policy.WRITE)
        return Draft.keep(user, command.conversation, text, command.revision)

    return Done("draft", (await in_thread(save)).as_json(), personal="draft")


async def _get(user: User, command: DraftGet) -> Done:
    def get() -> dict[str, Any]:
        _require_role(user, command.conversation, policy.READ)
        return draft_of(user, command.conversation)

    return Done("draft", await in_thread(get))


def _require_role(user: User, conversation: UUID | None, action: str) -> None:
    if conversation is not None:
        conversation_for(user, conversation, action)


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {
    DraftSave: _save,
    DraftGet: _get,
}
