"""The command that files a conversation in one person's list: pinned, archived, in a folder."""

from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UNSET

from chat import policy
from chat.commands.find import OK, Done, Handlers, found
from chat.commands.folders import folder_of
from chat.database import threaded
from chat.models import User
from chat.models.refusal import RefusalError
from chat.shown import listing
from chat.wire.commands import ConversationFiling


@threaded
def _file(user: User, command: ConversationFiling) -> Done:
    row = found(policy.memberships_of(user).filter(conversation=command.conversation).first())
    now = timezone.now()
    if command.pinned is not None:
        if command.pinned and row.pinned_at is None:
            _require_room_on_top(user)
        row.pinned_at = (row.pinned_at or now) if command.pinned else None
    if command.archived is not None:
        row.archived_at = (row.archived_at or now) if command.archived else None
    if command.folder is not UNSET:
        row.folder = None if command.folder is None else folder_of(user, command.folder)
    row.save(update_fields=["pinned_at", "archived_at", "folder"])
    return Done(OK, changed=command.conversation, people=(user.pk,))


def _require_room_on_top(user: User) -> None:
    if policy.memberships_of(user).filter(pinned_at__isnull=False).count() >= listing.MAX_PINNED:
        raise RefusalError(
            "limit", _("{count} conversations are pinned. Unpin one first.").format(count=listing.MAX_PINNED)
        )


COMMANDS: Handlers = {ConversationFiling: _file}
