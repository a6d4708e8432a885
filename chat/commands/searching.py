"""Commands that find."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chat import search
from chat.commands.find import Done
from chat.database import in_thread
from chat.models import User
from chat.wire.commands import Command, Search


async def _search(user: User, command: Search) -> Done:
    return Done("search.results", await in_thread(search.find, user, command.query, command.page))


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {
    Search: _search,
}
