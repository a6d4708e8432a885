"""What a socket sends without being asked: one task for each run and each conversation that its reader watches.

A pump asks the rows and waits for its reader; it knows no commands and no other pumps.
"""

import asyncio
from contextlib import aclosing
from uuid import UUID

import structlog
from django.conf import settings

from chat import runs, wire
from chat.database import DATABASE_TROUBLE, in_thread
from chat.models import Membership, User
from chat.runs.feed import Patch
from chat.runs.feeds import NoSuchRunError
from chat.shown.conversation import conversation_told
from chat.sockets.connection import Connection

log = structlog.get_logger(__name__)

# How long to wait after the database did not answer; about as long as the sweep of the sockets.
AGAIN_SECONDS = 0.5


class RunPump:
    """Sends what happens in one run, to its end; membership of `conversation` gives the right to see it."""

    task: asyncio.Task[None]

    def __init__(self, connection: Connection, run: int, after: int, conversation: UUID) -> None:
        self._connection = connection
        self.run = run
        self.conversation = conversation
        self._after = after
        self._is_done = False

    async def work(self) -> None:
        """Send patches until the run has ended."""
        while not self._is_done:
            try:
                await self._follow()
            except NoSuchRunError:
                return
            except DATABASE_TROUBLE as error:
                log.warning("socket.run_not_read", run=self.run, error=str(error)[:200])
            if not self._is_done:
                await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self) -> None:
        # A little less than the interval: commits are that far apart already, and a full one would miss every other commit.
        pause = 0.8 * settings.FLUSH_INTERVAL_MS / 1000
        async with aclosing(runs.watch(self.run, self._after)) as patches:
            async for patch in patches:
                await self._connection.wait_for_room()
                if not isinstance(patch, Patch):
                    await self._connection.send("run.paused", run=self.run, why=patch.why)
                    continue
                text = wire.run_patch(self.run, patch.after, patch.seq, patch.changes, done=patch.done)
                self._after, self._is_done = patch.seq, patch.done
                await self._connection.send_text(text)
                if patch.has_content and not patch.done:
                    await asyncio.sleep(pause)


class ConversationPump:
    """Sends what is new in one conversation each time it is rung, and keeps what it has shown."""

    task: asyncio.Task[None]

    def __init__(self, connection: Connection, user: User, conversation: UUID, role: str, revision: int) -> None:
        self._connection = connection
        self._user = user
        self.conversation = conversation
        self.role = role
        self.revision = revision
        self.present: frozenset[int] = frozenset()
        self.ring = asyncio.Event()

    def differs(self, revision: int, role: str | None, present: frozenset[int]) -> bool:
        """Whether the database says something else than what was shown."""
        return (revision, role, present) != (self.revision, self.role, self.present)

    async def work(self) -> None:
        """Send patches until the reader may not see the conversation any more."""
        self.ring.set()
        while True:
            await self.ring.wait()
            self.ring.clear()
            await self._connection.wait_for_room()
            try:
                found = await in_thread(conversation_told, self._user, self.conversation, self.revision)
            except DATABASE_TROUBLE as error:
                log.warning("socket.conversation_not_read", error=str(error)[:200])
                continue  # the sweep rings again
            if found is None:
                return
            patch, membership = found
            # Again: while the rows were read, other pumps of this socket may have filled the window.
            await self._connection.wait_for_room()
            self.revision, self.role = patch["revision"], patch["role"]
            self.present = frozenset(member["user"] for member in patch["members"] if member["present"])
            if await self._connection.send("conversation.patch", **patch) and self.revision > membership.read_revision:
                await self._mark_read(membership, self.revision)

    async def _mark_read(self, membership: Membership, revision: int) -> None:
        try:
            await in_thread(membership.saw, revision)
        except DATABASE_TROUBLE as error:
            log.warning("socket.not_marked_read", error=str(error)[:200])
