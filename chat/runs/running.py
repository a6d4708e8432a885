"""All runs of this process: which are at work, which are read here, and the tasks that keep both going."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any

import structlog
from django.conf import settings

from chat import announce, metrics, policy
from chat.database import DATABASE_TROUBLE, in_thread
from chat.models import Membership, Process, QueuedMessage, Run, queueing
from chat.process import emptying, recovery
from chat.process.slot import Slot
from chat.runs import stored, titles
from chat.runs.feed import Feed, Patch, Paused
from chat.runs.journal import Fenced, Journal
from chat.runs.live import LiveRun
from chat.runs.tool_round import stopped

log = structlog.get_logger(__name__)

BEAT_SECONDS = 1.0
# A run that works in another process is read from the database so often while somebody here watches it.
REMOTE_SECONDS = 0.1
# An ended run stays in memory for readers on the way, then comes from the database.
LINGER_SECONDS = 30.0
# A stopping process waits no longer than this for a database that does not answer.
HAND_OVER_SECONDS = 5.0


class NoSuchRun(Exception):
    """The run does not exist (any more)."""


class Running:
    """The runs of one process and of one event loop."""

    def __init__(self) -> None:
        self.process = uuid.uuid4().hex
        self.is_draining = False
        # Set by who will not wait for the grace period.
        self.hurry = asyncio.Event()
        # Off in a process that is here for one run only: what others left needs one that stays.
        self.inherits = True
        self._live: dict[int, LiveRun] = {}
        self._feeds: dict[int, Feed] = {}
        self._loading: dict[int, asyncio.Task[Feed | None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._slots = asyncio.Semaphore(settings.MAX_RUNS_PER_PROCESS)
        self._idle: set[int] = set()
        self._begun: asyncio.Task[None] | None = None
        self.journal = self._new_journal()

    # --- the process ---

    async def begin(self) -> None:
        """Register the process, take over what others left behind, and keep going. Safe to call again."""
        if self._begun is None:
            self._begun = asyncio.create_task(self._begin(), name="runs begin")
        begun = self._begun
        try:
            await asyncio.shield(begun)
        except DATABASE_TROUBLE:
            # The next caller tries again: the database may be back by then.
            if self._begun is begun:
                self._begun = None
            raise

    async def _begin(self) -> None:
        await self._register(self.process)
        self.spawn(self.journal.keep(), "journal")
        self.spawn(self._beat(), "heartbeat")
        self.spawn(self._follow_remote(), "remote runs")
        self.spawn(announce.listen(announce.process(self.process), self._heard), "doorbell")
        if self.inherits:
            self.spawn(emptying.keep_emptying(), "trash")

    async def _register(self, name: str) -> None:
        host = recovery.host_of_this_process()
        await in_thread(Process.objects.create, id=name, host=host, pid=os.getpid())
        log.info("process.registered", process=name, host=socket.gethostname())

    async def drain(self, grace_seconds: float) -> None:
        """Start nothing new, let runs end for `grace_seconds`, then hand the rest over to whoever comes next."""
        self.is_draining = True
        at_work = [live.task for live in self._live.values() if live.task is not None and not live.is_waiting]
        if at_work:
            rest = [asyncio.create_task(asyncio.wait(at_work)), asyncio.create_task(self.hurry.wait())]
            await asyncio.wait(rest, timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)
            for waiting in rest:
                waiting.cancel()
        for task in [task for task in self._tasks if task.get_name() not in ("journal",)]:
            task.cancel()
        for live in list(self._live.values()):
            await live.abandon()
        try:
            async with asyncio.timeout(HAND_OVER_SECONDS):
                await self.journal.flush()
                await in_thread(recovery.hand_over, self.process)
        except (TimeoutError, Fenced, *DATABASE_TROUBLE) as error:
            # Nobody has seen what is lost with it, and the next process finds the runs by our silence.
            log.warning("runs.not_handed_over", error=str(error)[:200])

    # --- runs ---

    def start(self, run: Run) -> None:
        """Work on `run`, if this process owns it still: others may have taken it over before it could begin."""
        if run.process != self.process or run.pk in self._live:
            return
        feed = self._feeds.get(run.pk)
        if feed is None:
            feed = self._feeds[run.pk] = Feed(run.pk)
        self._work(run, feed)

    async def take_over(self, run: Run) -> None:
        """Go on with a run that another process began."""
        feed = await self._feed(run.pk)
        if feed is None or feed.done:
            return
        if not await self._catch_up([feed]):
            return  # the database does not answer; a later beat finds the run idle
        if feed.done or run.pk in self._live or run.process != self.process or self.is_draining:
            return
        feed = self._feeds.setdefault(run.pk, feed)
        if run.claims and run.status != Run.Status.WAITING and not recovery.is_worth_continuing(run):
            # A run that was to go on with an answer may have died before its journal knew of that answer.
            kept = [] if feed.seq else [["add", index, part] for index, part in enumerate(run.message.parts)]
            await self.journal.end(run, feed, [*kept, ["run", recovery.MARK]])
            await in_thread(stopped, run)
            return
        self._work(run, feed)

    async def stop(self, run_id: int) -> None:
        """Stop a run wherever it works. Stopping one that has ended changes nothing."""
        live = self._live.get(run_id)
        if live is not None:
            live.stop()
            return
        process = await in_thread(recovery.want_stop, run_id)
        if process:
            await announce.stop_wanted(process, run_id)

    async def decided(self, run_id: int) -> None:
        """Tell a run, wherever it works, that somebody has decided about one of its tool calls."""
        live = self._live.get(run_id)
        if live is not None:
            live.wake()
            return
        process = await in_thread(recovery.process_of, run_id)
        if process:
            await announce.tool_decided(process, run_id)

    async def watch(self, run_id: int, after: int) -> AsyncGenerator[Patch | Paused, None]:
        """What happened in a run after position `after`, and what happens from now on. Raises NoSuchRun."""
        feed = await self._feed(run_id)
        if feed is None:
            raise NoSuchRun(run_id)
        if after > feed.seq and run_id not in self._live:
            # The reader comes from a process that knows more: it must not see its text shrink until the next look.
            await self._catch_up([feed])
            if not feed.done:
                feed = self._feeds.setdefault(run_id, feed)  # nobody read it meanwhile, so it may have been dropped
        async with aclosing(feed.watch(after)) as patches:
            async for patch in patches:
                yield patch

    def _work(self, run: Run, feed: Feed) -> None:
        live = self._live[run.pk] = LiveRun(run, feed, self.journal, Slot(self._slots))
        metrics.RUNS_LIVE.set(len(self._live))
        live.start(self._ended)

    def _ended(self, live: LiveRun) -> None:
        if self._live.get(live.id) is live:
            self._live.pop(live.id)
        metrics.RUNS_LIVE.set(len(self._live))
        if live.feed.done:
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._feeds.pop, live.id, None)
            self.spawn(self._after_end(live), f"end of run {live.id}")

    async def _after_end(self, live: LiveRun) -> None:
        conversation = live.run.message.conversation_id
        people, is_awaited = await in_thread(_after, live.run)
        await announce.conversation_changed(conversation, people)
        if is_awaited:
            await self._send_queued(live.run.message_id)
        if live.feed.state["run"].get("status") == "done" and await titles.propose(live.run):
            await self._tell(conversation)

    async def _send_queued(self, answer: int) -> None:
        """Post what waits for an answer that has ended, unless it needs a process that stays."""
        if self.is_draining or not self.inherits:
            return
        posted = await in_thread(queueing.release, answer, self.process, policy.may_write)
        if posted is not None:
            self.start(posted.run)
            await self._tell(posted.conversation)

    async def _tell(self, conversation: uuid.UUID) -> None:
        await announce.conversation_changed(conversation, await in_thread(_members_of, conversation))

    # --- feeds ---

    async def _feed(self, run_id: int) -> Feed | None:
        feed = self._feeds.get(run_id)
        if feed is not None:
            return feed
        loading = self._loading.get(run_id)
        if loading is None:
            loading = self._loading[run_id] = asyncio.create_task(in_thread(stored.load, run_id), name=f"load {run_id}")
            loading.add_done_callback(lambda _: self._loading.pop(run_id, None))
        loaded = await asyncio.shield(loading)
        # Whoever was first has put it there; an ended run is not worth remembering.
        if loaded is None or loaded.done:
            return self._feeds.get(run_id, loaded)
        return self._feeds.setdefault(run_id, loaded)

    async def _follow_remote(self) -> None:
        while True:
            remote = [feed for run, feed in self._feeds.items() if run not in self._live and not feed.done]
            read = [feed for feed in remote if feed.is_read]
            if read:
                await self._catch_up(read)
            await asyncio.sleep(REMOTE_SECONDS)
            for feed in remote:
                if not feed.is_read and feed.run not in self._live:
                    self._feeds.pop(feed.run, None)

    async def _catch_up(self, feeds: list[Feed]) -> bool:
        try:
            found, over = await in_thread(stored.catch_up, {feed.run: feed.seq for feed in feeds})
        except DATABASE_TROUBLE as error:
            log.warning("remote runs cannot be read", error=str(error)[:200])
            return False
        for feed in feeds:
            if feed.run in self._live:
                continue  # begun here meanwhile: its journal feeds it, and would feed it twice
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

    # --- life and death ---

    async def _beat(self) -> None:
        lookout = self._new_lookout()
        while True:
            try:
                beat = await in_thread(lookout.beat, inherits=self.inherits and not self.is_draining)
                if not beat.is_mine:
                    await self._lose_everything()
                    lookout = self._new_lookout()
                for run in beat.claimed:
                    self.spawn(self.take_over(run), f"take over {run.pk}")
                for run_id in beat.to_stop:
                    await self.stop(run_id)
                for run in await in_thread(recovery.ready_to_work, self._strays(beat.mine)):
                    self.spawn(self.take_over(run), f"take up {run.pk}")
                for answer in await in_thread(queueing.ready):
                    await self._send_queued(answer)
            except DATABASE_TROUBLE as error:
                log.warning("the heartbeat was not stored", error=str(error)[:200])
            await asyncio.sleep(BEAT_SECONDS)

    def _new_lookout(self) -> recovery.Lookout:
        return recovery.Lookout(self.process, settings.OWNER_TIMEOUT_SECONDS)

    def _strays(self, mine: list[int]) -> list[int]:
        """Runs of this process that nobody works on, twice in a row: their starter was cancelled in between."""
        idle = {run for run in mine if run not in self._live}
        strays, self._idle = idle & self._idle, idle
        return sorted(strays)

    async def _lose_everything(self) -> None:
        """Another process took this one for dead: let go of all runs, and begin again under a new name."""
        log.warning("process.fenced", process=self.process, runs=len(self._live))
        name = uuid.uuid4().hex
        await self._register(name)
        # From here to the new journal nothing may wait: a run that began in between would write into the old one.
        lost, feeds = list(self._live.values()), list(self._feeds.values())
        for task in [task for task in self._tasks if task.get_name() in ("journal", "doorbell")]:
            task.cancel()
        self._live.clear()
        self._feeds.clear()
        self.process = name
        self.journal = self._new_journal()
        self.spawn(self.journal.keep(), "journal")
        self.spawn(announce.listen(announce.process(name), self._heard), "doorbell")
        for live in lost:
            await live.abandon()
        for feed in feeds:
            feed.close()

    async def _heard(self, message: dict[str, Any]) -> None:
        live = self._live.get(message["run"])
        if live is not None and message["type"] == "stop.wanted":
            live.stop()
        elif live is not None and message["type"] == "tool.decided":
            live.wake()

    def _new_journal(self) -> Journal:
        return Journal(
            self.process,
            flush_seconds=settings.FLUSH_INTERVAL_MS / 1000,
            max_chunks=settings.FLUSH_MAX_CHUNKS,
            live=lambda: len(self._live),
        )

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Own a task until it ends."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._dropped)

    def _dropped(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, DATABASE_TROUBLE):
            log.warning("a task ended: the database does not answer", task=task.get_name(), error=str(error)[:200])
        elif error is not None and not isinstance(error, Fenced):
            log.error("a task ended with an error", task=task.get_name(), exc_info=error)


def _after(run: Run) -> tuple[list[int], bool]:
    """Who is to hear that a run has ended, and whether messages wait for its answer.

    A message begins to wait under its conversation's lock, and only while the run is live; its end takes that lock, too.
    """
    return _members_of(run.message.conversation_id), QueuedMessage.objects.filter(after=run.message_id).exists()


def _members_of(conversation: uuid.UUID) -> list[int]:
    return list(Membership.objects.filter(conversation=conversation).values_list("user_id", flat=True))
