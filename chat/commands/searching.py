"""Commands that search what was said."""

from chat import search
from chat.commands.find import Done, Handlers
from chat.database import in_thread
from chat.models import User
from chat.wire.commands import Search


async def _search(user: User, command: Search) -> Done:
    return Done("search.results", await in_thread(search.find, user, command.query, command.page))


COMMANDS: Handlers = {
    Search: _search,
}
