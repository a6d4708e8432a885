"""Commands about what a page remembers for a person, on every device."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chat.commands.find import Done
from chat.database import in_thread
from chat.models import User
from chat.shown.personal import preferences_of
from chat.wire.commands import Command, PreferencesSave


async def _save(user: User, command: PreferencesSave) -> Done:
    given = msgspec.to_builtins(command.preferences)

    def save() -> Done:
        user.prefer(given)
        return Done("preferences", preferences_of(user), personal="preferences")

    return await in_thread(save)


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {
    PreferencesSave: _save,
}
