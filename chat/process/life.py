"""The life of a server process: its name, its heartbeat, the loss of its name, and its end.

What the process works on is not known here; `Work` is told of each event.
"""

import asyncio
import os
import socket
import uuid
from typing import Any, Protocol

import structlog
from django.conf import settings

from chat import announce
from chat.database import DATABASE_TROUBLE, in_thread
from chat.models import Process
from chat.process import emptying, recovery
from chat.process.recovery import Beat, FencedError, Lookout
from chat.process.tasks import spawn

log = structlog.get_logger(__name__)

# One small write a second for each process. PROCESS_TIMEOUT_SECONDS, at least 2 and 10 by default, must span several beats,
# so that a slow one does not pass for a dead process.
BEAT_SECONDS = 1.0
# A stopping process waits no longer than this for a database that does not answer.
HAND_OVER_SECONDS = 5.0


class Work(Protocol):
    """What a process works on."""

    def begin_work(self) -> None:
        """The process is registered: begin what goes on until its end."""

    async def beat(self, beat: Beat) -> None:
        """A heartbeat was stored; this is what it found."""

    async def heard(self, message: dict[str, Any]) -> None:
        """Another process has rung."""

    async def fenced(self) -> None:
        """Another process owns all the work, and this one has a new name."""

    def busy(self) -> list[asyncio.Task[None]]:
        """The tasks that may end by themselves before the process does."""

    async def abandon(self) -> None:
        """Let go of all work without ending it; the next process goes on with it."""

    async def flush(self) -> None:
        """Commit what has not been committed."""


class Life:
    """One process, from its registration to the hand-over of its runs."""

    def __init__(self, work: Work, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self.name = uuid.uuid4().hex
        self.is_draining = False
        # Set to end the grace period of `drain`.
        self.hurry = asyncio.Event()
        # Off in a process that lives for one run only: what others left behind needs a process that stays.
        self.inherits = True
        self._work = work
        self._beat_seconds = beat_seconds
        self._begun: asyncio.Task[None] | None = None
        self._heartbeat: asyncio.Task[None] | None = None
        self._doorbell: asyncio.Task[None] | None = None
        self._emptying: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Register the process and let it live. Safe to call again."""
        if self._begun is None:
            self._begun = asyncio.create_task(self._begin(), name="begin")
        begun = self._begun
        try:
            await asyncio.shield(begun)
        except DATABASE_TROUBLE:
            # The next caller tries again: the database may be back by then.
            if self._begun is begun:
                self._begun = None
            raise

    async def drain(self, grace_seconds: float) -> None:
        """Start nothing new, let the work go on for `grace_seconds`, then hand the rest over to the next process."""
        self.is_draining = True
        busy = self._work.busy()
        if busy:
            ends = [
                asyncio.create_task(asyncio.wait(busy), name="end of the work"),
                asyncio.create_task(self.hurry.wait(), name="end of the grace period"),
            ]
            await asyncio.wait(ends, timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
        for task in (self._heartbeat, self._doorbell, self._emptying):
            if task is not None:
                task.cancel()
        await self._work.abandon()
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                await self._work.flush()
                await in_thread(recovery.hand_over, self.name)
        except (TimeoutError, FencedError, *DATABASE_TROUBLE) as error:
            # No reader has seen what is lost here, and the next process finds the runs because this one is silent.
            log.warning("runs.not_handed_over", error=str(error)[:200])

    async def _begin(self) -> None:
        await self._register(self.name)
        self._work.begin_work()
        self._heartbeat = spawn(self._beat(), "heartbeat")
        self._listen()
        if self.inherits:
            self._emptying = spawn(emptying.keep_emptying(), "trash")

    async def _register(self, name: str) -> None:
        host = recovery.host_of_this_process()
        await in_thread(Process.objects.create, id=name, host=host, pid=os.getpid())
        log.info("process.registered", process=name, host=socket.gethostname())

    def _listen(self) -> None:
        if self._doorbell is not None:
            self._doorbell.cancel()
        self._doorbell = spawn(announce.listen(announce.process(self.name), self._work.heard), "doorbell")

    async def _beat(self) -> None:
        lookout = self._lookout()
        while True:
            try:
                beat = await in_thread(lookout.beat, inherits=self.inherits and not self.is_draining)
                if not beat.is_mine:
                    await self._take_a_new_name()
                    lookout = self._lookout()
                await self._work.beat(beat)
            except DATABASE_TROUBLE as error:
                log.warning("heartbeat.not_stored", error=str(error)[:200])
            await asyncio.sleep(self._beat_seconds)

    def _lookout(self) -> Lookout:
        return Lookout(self.name, settings.PROCESS_TIMEOUT_SECONDS)

    async def _take_a_new_name(self) -> None:
        """Another process took this one for dead: give up all work, and go on under a new name."""
        log.warning("process.fenced", process=self.name)
        name = uuid.uuid4().hex
        await self._register(name)
        # Nothing may wait from here to the first await of `fenced`: a run that began in between would be lost with the rest.
        self.name = name
        self._listen()
        await self._work.fenced()
