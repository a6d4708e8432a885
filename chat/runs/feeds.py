"""The feeds of one process: of the runs at work here, and of runs that work elsewhere or have ended and are read here."""

import asyncio
from collections.abc import AsyncGenerator, Container
from contextlib import aclosing

import structlog

from chat.database import DATABASE_TROUBLE, in_thread
from chat.process.tasks import spawn
from chat.runs import stored
from chat.runs.feed import Feed, Patch, Paused

log = structlog.get_logger(__name__)

# How often a run that works in another process is read from the database while it is watched here.
REMOTE_SECONDS = 0.1
# An ended run stays in memory this long for readers on the way; after that it comes from the database.
LINGER_SECONDS = 30.0


class NoSuchRunError(Exception):
    """The run does not exist, or does not exist any more."""


class Feeds:
    """Feeds by run. `at_work` holds the runs whose journal is in this process; all others are read from the database."""

    def __init__(self, at_work: Container[int]) -> None:
        self._at_work = at_work
        self._feeds: dict[int, Feed] = {}
        self._loading: dict[int, asyncio.Task[Feed | None]] = {}
        self._following: asyncio.Task[None] | None = None

    def follow(self) -> None:
        """Read the runs of other processes for as long as they are watched here, until `end`."""
        self._following = spawn(self._follow(), "remote runs")

    def end(self) -> None:
        """Follow no longer."""
        if self._following is not None:
            self._following.cancel()

    async def watch(self, run: int, after: int) -> AsyncGenerator[Patch | Paused, None]:
        """What happened in a run after position `after`, and what happens from now on. Raises NoSuchRunError."""
        feed = await self.load(run)
        if feed is None:
            raise NoSuchRunError(run)
        if after > feed.seq and run not in self._at_work:
            # The reader comes from a process that knows more: it must not see its text shrink until the next look.
            await self.catch_up([feed])
            if not feed.done:
                feed = self.remember(feed)  # it was not read meanwhile, so it may have been dropped
        async with aclosing(feed.watch(after)) as patches:
            async for patch in patches:
                yield patch

    async def load(self, run: int) -> Feed | None:
        """The feed of a run, read from the database when it is not known here; None where there is no such run."""
        feed = self._feeds.get(run)
        if feed is not None:
            return feed
        loading = self._loading.get(run)
        if loading is None:
            loading = self._loading[run] = asyncio.create_task(in_thread(stored.load, run), name=f"load {run}")
            loading.add_done_callback(lambda _: self._loading.pop(run, None))
        loaded = await asyncio.shield(loading)
        # Another reader may have been faster; an ended run is not worth remembering.
        if loaded is None or loaded.done:
            return self._feeds.get(run, loaded)
        return self.remember(loaded)

    def remember(self, feed: Feed) -> Feed:
        """Keep `feed` for readers; returns the one that they have already, if there is one."""
        return self._feeds.setdefault(feed.run, feed)

    def forget_soon(self, run: int) -> None:
        """Drop the feed of a run that has ended, once the readers on the way have come."""
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._feeds.pop, run, None)

    def forget_all(self) -> list[Feed]:
        """Drop all feeds; returns them for the caller to close."""
        dropped = list(self._feeds.values())
        self._feeds.clear()
        return dropped

    async def catch_up(self, feeds: list[Feed]) -> bool:
        """Read what other processes have committed for these; False when the database does not answer."""
        try:
            found, over = await in_thread(stored.catch_up, {feed.run: feed.seq for feed in feeds})
        except DATABASE_TROUBLE as error:
            log.warning("remote_runs.not_read", error=str(error)[:200])
            return False
        for feed in feeds:
            if feed.run in self._at_work:
                continue  # it began here meanwhile: its journal feeds it, and would feed it twice
            for entry in found[feed.run]:
                if entry.seq == feed.seq + 1:
                    feed.extend(entry)
            if feed.run in over:
                if self._feeds.get(feed.run) is feed:
                    self._feeds.pop(feed.run)
                if feed.seq >= over[feed.run]:
                    feed.finish()
                else:
                    feed.close()  # its journal was swept meanwhile: the readers ask again, and get it from the message
        return True

    async def _follow(self) -> None:
        while True:
            remote = [feed for run, feed in self._feeds.items() if run not in self._at_work and not feed.done]
            read = [feed for feed in remote if feed.is_read]
            if read:
                await self.catch_up(read)
            await asyncio.sleep(REMOTE_SECONDS)
            for feed in remote:
                if not feed.is_read and feed.run not in self._at_work:
                    self._feeds.pop(feed.run, None)
