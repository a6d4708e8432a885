"""Commands about folders: each person's own, and nobody else's."""

from django.db import transaction
from django.utils.translation import gettext as _

from chat.commands.find import Done, Handlers, found
from chat.database import threaded
from chat.models import Folder, User
from chat.models.folder import MAX_FOLDERS
from chat.models.refusal import RefusalError
from chat.shown import listing
from chat.text import cleaned_name
from chat.wire.commands import FolderDelete, FolderList, FolderSave


@threaded
def _list(user: User, command: FolderList) -> Done:
    return Done("folder.list", listing.folder_list(user))


@threaded
def _save(user: User, command: FolderSave) -> Done:
    folder = folder_of(user, command.folder) if command.folder is not None else Folder(user=user)
    if command.name is not None:
        folder.name = cleaned_name(command.name)
    if not folder.name:
        raise RefusalError("bad_frame", _("A folder needs a name."))
    if command.open is not None:
        folder.is_open = command.open
    with transaction.atomic():
        # The person's row is the lock: of two pages that make the last folder at once, one is too late.
        User.objects.select_for_update().get(pk=user.pk)
        if folder.pk is None and user.folders.count() >= MAX_FOLDERS:
            raise RefusalError("limit", _("There can be at most {count} folders.").format(count=MAX_FOLDERS))
        folder.save()
    return _saved(user, folder.pk)


@threaded
def _delete(user: User, command: FolderDelete) -> Done:
    folder_of(user, command.folder).delete()
    return _saved(user, None)


def folder_of(user: User, pk: int) -> Folder:
    """One of this person's folders. Raises RefusalError."""
    return found(user.folders.filter(pk=pk).first())


def _saved(user: User, folder: int | None) -> Done:
    return Done("folder.list", {**listing.folder_list(user), "folder": folder}, personal="folder.list")


COMMANDS: Handlers = {
    FolderList: _list,
    FolderSave: _save,
    FolderDelete: _delete,
}
