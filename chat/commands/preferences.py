"""Commands about what a page remembers for a person, on every device."""

import msgspec

from chat.commands.find import Done, Handlers
from chat.database import threaded
from chat.models import User
from chat.shown.personal import preferences_of
from chat.wire.commands import PreferencesSave


@threaded
def _save(user: User, command: PreferencesSave) -> Done:
    given = msgspec.to_builtins(command.preferences)
    user.prefer(given)
    return Done("preferences", preferences_of(user), personal="preferences")


COMMANDS: Handlers = {
    PreferencesSave: _save,
}
