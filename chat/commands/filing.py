"""Commands about where a conversation stands: in one person's list, or in the trash of its owners."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UNSET

from chat import policy, runs
from chat.commands.find import NOT_FOUND, OK, Done, RefusalError, changed, conversation_for, people_of
from chat.commands.folders import folder_of
from chat.database import in_thread
from chat.models import Conversation, Run, User, emptying
from chat.shown import listing
from chat.wire.commands import Command, ConversationDelete, ConversationFiling, ConversationRestore, ConversationTrash


async def _file(user: User, command: ConversationFiling) -> Done:
    def file() -> Done:
        row = policy.memberships_of(user).filter(conversation=command.conversation).first()
        if row is None:
            raise RefusalError(**NOT_FOUND)
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

    return await in_thread(file)


async def _trash(user: User, command: ConversationTrash) -> Done:
    def put() -> tuple[Done, list[int]]:
        conversation = conversation_for(user, command.conversation, policy.MANAGE)
        conversation.trash(user)
        live = Run.objects.filter(message__conversation=conversation, status__in=Run.LIVE)
        return changed(conversation.pk), list(live.values_list("pk", flat=True))

    done, live = await in_thread(put)
    for run in live:
        await runs.stop(run)
    return done


async def _restore(user: User, command: ConversationRestore) -> Done:
    def restore() -> Done:
        conversation = _trashed_for(user, command)
        conversation.restore()
        return changed(conversation.pk)

    return await in_thread(restore)


async def _delete(user: User, command: ConversationDelete) -> Done:
    def delete() -> Done:
        conversation = _trashed_for(user, command)
        people = people_of(conversation.pk)
        emptying.delete(conversation, user)
        return Done(OK, changed=conversation.pk, people=people)

    return await in_thread(delete)


def _trashed_for(user: User, command: ConversationRestore | ConversationDelete) -> Conversation:
    row = policy.trash_of(user).filter(conversation=command.conversation).select_related("conversation").first()
    if row is None:
        raise RefusalError(**NOT_FOUND)
    return row.conversation


def _require_room_on_top(user: User) -> None:
    if policy.memberships_of(user).filter(pinned_at__isnull=False).count() >= listing.MAX_PINNED:
        raise RefusalError(
            "limit", _("{count} conversations are pinned. Unpin one first.").format(count=listing.MAX_PINNED)
        )


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {
    ConversationFiling: _file,
    ConversationTrash: _trash,
    ConversationRestore: _restore,
    ConversationDelete: _delete,
}
