"""The sessions with MCP servers of this process: which of them end, and which servers are asked anew what they offer."""

from __future__ import annotations

import asyncio
import time
import uuid
import weakref
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from chat.database import in_thread
from chat.models import Conversation, McpServer
from chat.tools.mcp.offer import discover
from chat.tools.mcp.sessions import Sessions
from chat.tools.tool import ToolError
from chat.vault import VaultError

log = structlog.get_logger(__name__)

# How often the rows are looked at: a deleted conversation's program may run on for this long.
LOOK_SECONDS = 30.0
# What a server offers changes with its releases; those that can tell of changes are asked at once.
REFRESH_AFTER = timedelta(hours=1)

_sessions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Sessions] = weakref.WeakKeyDictionary()


def sessions() -> Sessions:
    """The sessions of the current event loop's process."""
    loop = asyncio.get_running_loop()
    found = _sessions.get(loop)
    if found is None:
        found = _sessions[loop] = Sessions(settings.MCP_SESSION_MINUTES * 60)
    return found


class Upkeep:
    """What is done for the sessions and the servers' lists at each heartbeat."""

    def __init__(self) -> None:
        self._next_look = 0.0
        self._asking: set[str] = set()

    async def beat(self, *, may_ask: bool) -> list[str]:
        """End what nobody uses or may use; returns the slugs of the servers that are to be asked anew.

        `may_ask`: this process stays, so it also asks those that were asked long ago.
        """
        kept = sessions()
        kept.sweep()
        due = kept.take_changed()
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_SECONDS
            if held := kept.conversations():
                kept.retain(*await in_thread(_living, held))
            if may_ask:
                due |= set(await in_thread(_take_due))
        due -= self._asking
        return sorted(due)

    async def refresh(self, slug: str) -> None:
        """Ask a server what it offers, and store it."""
        self._asking.add(slug)
        try:
            await refresh(slug)
        finally:
            self._asking.discard(slug)


async def refresh(slug: str) -> None:
    """Ask a server what it offers, and store that, or why it could not be asked."""
    row = await in_thread(McpServer.objects.filter(slug=slug, is_enabled=True).first)
    if row is None:
        return
    try:
        catalog = await discover(await in_thread(row.server))
    except (ToolError, VaultError) as error:
        log.info("mcp.not_refreshed", server=slug, error=str(error)[:200])
        await in_thread(row.note_problem, str(error))
    else:
        await in_thread(row.note_found, catalog)


def _living(conversations: set[str]) -> tuple[set[str], set[str]]:
    """The identities of the servers that are on, and those of the conversations that exist and are in nobody's trash."""
    ids = [uuid.UUID(each) for each in conversations]
    living = Conversation.objects.filter(pk__in=ids, trashed_at=None).values_list("pk", flat=True)
    return McpServer.identities(), {str(pk) for pk in living}


def _take_due() -> list[str]:
    """The servers that were asked long ago; each is given to one process."""
    now = timezone.now()
    due = McpServer.objects.filter(is_enabled=True, asked_at__lt=now - REFRESH_AFTER)
    taken = []
    for pk, slug, asked_at in due.values_list("pk", "slug", "asked_at"):
        if McpServer.objects.filter(pk=pk, asked_at=asked_at).update(asked_at=now):
            taken.append(slug)
    return taken
