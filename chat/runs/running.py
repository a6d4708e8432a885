"""The runs of this process: started, taken over from another process, stopped, ended."""

import asyncio
import uuid
from typing import Any

import structlog
from django.conf import settings

from chat import announce, metrics, policy
from chat.catalogue.tools import every_tool
from chat.database import in_thread, in_thread_at_last, until_it_works
from chat.models import Membership, QueuedMessage, Run, queueing
from chat.process import recovery
from chat.process.life import BEAT_SECONDS, Life
from chat.process.slot import Slot
from chat.process.tasks import Tasks
from chat.runs import titles
from chat.runs.feed import Feed
from chat.runs.feeds import Feeds
from chat.runs.journal import Journal
from chat.runs.live import LiveRun
from chat.runs.mcp_sessions import Upkeep, sessions
from chat.runs.tool_round import stop_open_calls
from chat.runs.toolbox import Tools

log = structlog.get_logger(__name__)


class Running:
    """The runs of one process and of one event loop: what its Life works on."""

    def __init__(self, *, beat_seconds: float = BEAT_SECONDS, tools: Tools = every_tool) -> None:
        self.life = Life(self, beat_seconds=beat_seconds)
        self.live: dict[int, LiveRun] = {}
        self.feeds = Feeds(self.live)
        self.tasks = Tasks()
        self._tools = tools
        self._idle: set[int] = set()
        self._upkeep = Upkeep()
        self._slots = asyncio.Semaphore(settings.MAX_RUNS_PER_PROCESS)
        self._journal = self._new_journal()

    @property
    def process(self) -> str:
        """The name of this process; a run with another one is not to be worked on here."""
        return self.life.name

    # --- runs ---

    def start(self, run: Run) -> None:
        """Work on `run`, if it is still this process's: another may have taken it over before it could begin."""
        if run.process != self.process or run.pk in self.live:
            return
        self._work(run, self.feeds.remember(Feed(run.pk)))

    async def take_over(self, run: Run) -> None:
        """Go on with a run that another process began."""
        feed = await self.feeds.load(run.pk)
        if feed is None or feed.done:
            return
        if not await self.feeds.catch_up([feed]):
            return  # the database does not answer; a later beat finds the run idle
        if feed.done or run.pk in self.live or run.process != self.process or self.life.is_draining:
            return
        feed = self.feeds.remember(feed)
        if run.claims and run.status != Run.Status.WAITING and not recovery.is_worth_continuing(run):
            # A run that was to go on with an answer may have died before its journal had that answer.
            kept = [] if feed.seq else [["add", index, part] for index, part in enumerate(run.message.parts)]
            await self._journal.end(run, feed, [*kept, ["run", recovery.MARK]])
            await in_thread_at_last(stop_open_calls, run)
            return
        self._work(run, feed)

    async def stop(self, run_id: int) -> None:
        """Stop a run wherever it works. Stopping one that has ended changes nothing."""
        live = self.live.get(run_id)
        if live is not None:
            live.stop()
            return
        process = await in_thread(recovery.want_stop, run_id)
        if process:
            await announce.stop_wanted(process, run_id)

    async def decided(self, run_id: int) -> None:
        """Tell a run, wherever it works, that somebody has decided about one of its tool calls."""
        live = self.live.get(run_id)
        if live is not None:
            live.wake()
            return
        process = await in_thread(recovery.process_of, run_id)
        if process:
            await announce.tool_decided(process, run_id)

    async def drain(self, grace_seconds: float) -> None:
        """Start nothing new, let runs end for `grace_seconds`, then hand the rest over to the next process."""
        await self.life.drain(grace_seconds)
        self._journal.end_ticks()
        await sessions().close()

    def _work(self, run: Run, feed: Feed) -> None:
        live = self.live[run.pk] = LiveRun(run, feed, self._journal, Slot(self._slots), self._tools)
        metrics.RUNS_LIVE.set(len(self.live))
        live.start(self._ended)

    def _ended(self, live: LiveRun) -> None:
        if self.live.get(live.id) is live:
            self.live.pop(live.id)
        metrics.RUNS_LIVE.set(len(self.live))
        if live.feed.done:
            self.feeds.forget_soon(live.id)
            self.tasks.spawn(self._after_end(live), f"end of run {live.id}")

    async def _after_end(self, live: LiveRun) -> None:
        conversation = live.run.message.conversation_id
        people, is_awaited = await in_thread_at_last(_after, live.run)
        await announce.conversation_changed(conversation, people)
        if is_awaited:
            await until_it_works(lambda: self._send_queued(live.run.message_id))
        if live.feed.state["run"].get("status") == "done" and await titles.propose(live.run):
            await _tell(conversation)

    async def _send_queued(self, answer: int) -> None:
        """Post what waits for an answer that has ended, unless it needs a process that stays."""
        if self.life.is_draining or not self.life.inherits:
            return
        posted = await in_thread(queueing.release, answer, self.process, policy.may_write)
        if posted is not None:
            self.start(posted.run)
            await _tell(posted.conversation)

    # --- what the life of the process tells: chat.process.life.Work ---

    def begin_work(self) -> None:
        self._journal.start()
        self.feeds.follow()

    async def beat(self, beat: recovery.Beat) -> None:
        for run in beat.claimed:
            self.tasks.spawn(self.take_over(run), f"take over {run.pk}")
        for run_id in beat.to_stop:
            await self.stop(run_id)
        for run in await in_thread(recovery.ready_to_work, self._strays(beat.mine)):
            self.tasks.spawn(self.take_over(run), f"take up {run.pk}")
        for answer in await in_thread(queueing.ready):
            await self._send_queued(answer)
        for slug in await self._upkeep.beat(may_ask=self.life.inherits and not self.life.is_draining):
            self.tasks.spawn(self._upkeep.refresh(slug), f"tools of {slug}")

    async def heard(self, message: dict[str, Any]) -> None:
        live = self.live.get(message["run"])
        if live is not None and message["type"] == "stop.wanted":
            live.stop()
        elif live is not None and message["type"] == "tool.decided":
            live.wake()

    async def fenced(self) -> None:
        # Nothing may wait before the new journal is there: a run that began in between would write into the old one.
        lost, feeds, journal = list(self.live.values()), self.feeds.forget_all(), self._journal
        self.live.clear()
        journal.end_ticks()
        self._journal = self._new_journal()
        self._journal.start()
        for live in lost:
            await live.abandon()
        for feed in feeds:
            feed.close()

    def busy(self) -> list[asyncio.Task[None]]:
        return [live.task for live in self.live.values() if live.task is not None and not live.is_waiting]

    async def abandon(self) -> None:
        self.tasks.cancel()
        self.feeds.end()
        for live in list(self.live.values()):
            await live.abandon()

    async def flush(self) -> None:
        await self._journal.flush()

    def _strays(self, mine: list[int]) -> list[int]:
        """Runs of this process that nothing works on, seen twice in a row: the task that should start them was cancelled."""
        idle = {run for run in mine if run not in self.live}
        strays, self._idle = idle & self._idle, idle
        return sorted(strays)

    def _new_journal(self) -> Journal:
        return Journal(
            self.process,
            flush_seconds=settings.FLUSH_INTERVAL_MS / 1000,
            max_chunks=settings.FLUSH_MAX_CHUNKS,
            live=lambda: len(self.live),
        )


def _after(run: Run) -> tuple[list[int], bool]:
    """The people to be told that a run has ended, and whether messages wait for its answer.

    A message begins to wait under its conversation's lock, and only while the run is live; its end takes that lock, too.
    """
    return _members_of(run.message.conversation_id), QueuedMessage.objects.filter(after=run.message_id).exists()


async def _tell(conversation: uuid.UUID) -> None:
    await announce.conversation_changed(conversation, await in_thread_at_last(_members_of, conversation))


def _members_of(conversation: uuid.UUID) -> list[int]:
    return list(Membership.objects.filter(conversation=conversation).values_list("user_id", flat=True))
