"""Commit, then show: the changes of all runs of this process go to the database together, one transaction a tick.

Only after the commit do the feeds grow and the readers wake. A commit that fails is tried again with the same changes;
meanwhile the readers are told that nothing can be stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec
import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, connection, transaction
from django.db.models import F
from django.utils import timezone

from chat import metrics
from chat.database import fresh
from chat.models import Conversation, IndexedText, JournalEntry, Message, Process, Run
from chat.process.recovery import FencedError
from chat.process.tasks import spawn
from chat.runs.feed import Entry, Feed
from chat.text import phrase
from chat.transcript import BrokenTranscriptError, Change, RunState, State, fold, merge

log = structlog.get_logger(__name__)

# With hundreds of runs a tick costs milliseconds: adding 0.6 ms for each live run to the pause between ticks keeps
# the cost under a tenth of a core.
SECONDS_PER_RUN = 0.0006
# A reader waits for at most two of these (a paced read, then a commit); the goal of 300 ms at the 99th percentile
# leaves no room for more.
LONGEST_TICK_SECONDS = 0.12
# Readers hear of a slow database after this; shorter hiccups show only as a larger patch.
PATIENCE_SECONDS = 1.0
# Not bulk_create: that took 28 us of CPU a row, this 8 (50 rows, SQLite), at each tick of each run.
INSERT = f"INSERT INTO {JournalEntry._meta.db_table} (run_id, seq, changes) VALUES (%s, %s, %s)"  # noqa: S608


FAILED: RunState = {
    "status": "failed",
    "phase": "",
    "finish_reason": "error",
    "error": {
        "code": "internal",
        "message": phrase(
            "This answer cannot be stored as it came. Try again, and tell an administrator if it happens again."
        ),
        "request_id": None,
    },
}


@dataclass(slots=True)
class _Pending:
    """What a run has produced since the last tick."""

    feed: Feed
    changes: list[Change] = field(default_factory=list)
    chunks: int = 0
    stored: asyncio.Future[None] | None = None
    ending_run: Run | None = None


@dataclass(frozen=True, slots=True)
class _Write:
    """One run's share of a commit."""

    run: int
    entry: Entry
    fields: RunState
    ending: _Ending | None


@dataclass(frozen=True, slots=True)
class _Ending:
    """A run that ends with this commit, and its final state."""

    run: Run
    state: State


class Journal:
    """Collects changes, commits them each tick, then feeds the readers. One for each process."""

    def __init__(self, process: str, *, flush_seconds: float, max_chunks: int, live: Callable[[], int]) -> None:
        self._process = process
        self._flush_seconds = flush_seconds
        self._max_chunks = max_chunks
        self._live = live
        self._pending: dict[int, _Pending] = {}
        self._dirty = asyncio.Event()
        self._urgent = asyncio.Event()
        self._one_tick = asyncio.Lock()
        self._ticking: asyncio.Task[None] | None = None
        self._cost_seconds = 0.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    def start(self) -> None:
        """Commit at each tick, until `end_ticks` or until another process owns the runs."""
        self._ticking = spawn(self._run(), "journal")

    def end_ticks(self) -> None:
        """Stop committing at each tick; harmless if `start` was never called."""
        if self._ticking is not None:
            self._ticking.cancel()

    def tick_seconds(self) -> float:
        """The pause between two commits just now: the flush interval, longer when there is much to do."""
        busy = max(self._live() * SECONDS_PER_RUN, 4 * self._cost_seconds)
        return min(max(self._flush_seconds, busy), max(LONGEST_TICK_SECONDS, self._flush_seconds))

    def append(self, feed: Feed, changes: Iterable[Change], *, chunks: int = 0, urgent: bool = False) -> None:
        """Have `changes` committed with the next tick, or at once when `urgent`."""
        pending = self._pending.get(feed.run)
        if pending is None:
            pending = self._pending[feed.run] = _Pending(feed)
        pending.changes.extend(changes)
        pending.chunks += chunks
        self._dirty.set()
        if urgent:
            self._urgent.set()

    async def end(self, run: Run, feed: Feed, changes: Iterable[Change]) -> None:
        """Have the last `changes` committed together with the run's terminal state; returns when they are."""
        self.append(feed, changes, urgent=True)
        self._pending[feed.run].ending_run = run
        await self._stored(feed)

    async def store(self, feed: Feed, changes: Iterable[Change]) -> None:
        """Have `changes` committed, and all before them; returns when they are, and the feed has them."""
        self.append(feed, changes, urgent=True)
        await self._stored(feed)

    async def _stored(self, feed: Feed) -> None:
        pending = self._pending[feed.run]
        if pending.stored is None:
            pending.stored = asyncio.get_running_loop().create_future()
        await asyncio.shield(pending.stored)

    async def flush(self) -> None:
        """Commit what there is now. Raises FencedError when another process owns the runs."""
        await self._tick()

    async def _run(self) -> None:
        last = 0.0
        while True:
            await self._dirty.wait()
            await self._wait_for_tick(last)
            last = time.monotonic()
            await self._tick()

    async def _wait_for_tick(self, last: float) -> None:
        pause = self.tick_seconds()
        full = any(pending.chunks >= self._max_chunks for pending in self._pending.values())
        remaining = last + (pause / 2 if full else pause) - time.monotonic()
        if remaining > 0 and not self._urgent.is_set():
            try:
                async with asyncio.timeout(remaining):
                    await self._urgent.wait()
            except TimeoutError:
                pass
        self._urgent.clear()

    async def _tick(self) -> None:
        async with self._one_tick:
            batch, self._pending = self._pending, {}
            self._dirty.clear()
            if batch:
                await self._store(batch)

    async def _store(self, batch: dict[int, _Pending]) -> None:
        writes = {run: write for run, pending in batch.items() if (write := _sound_write(pending))}
        began = time.monotonic()
        gone = await self._commit_until_it_works(list(writes.values()), [batch[run].feed for run in writes])
        self._cost_seconds = 0.8 * self._cost_seconds + 0.2 * (time.monotonic() - began)
        metrics.COMMIT_SECONDS.observe(time.monotonic() - began)
        for run, pending in batch.items():
            if run in gone or run not in writes:
                pending.feed.finish()
            else:
                pending.feed.extend(writes[run].entry, done=writes[run].ending is not None)
            if pending.stored is not None and not pending.stored.done():
                pending.stored.set_result(None)

    async def _commit_until_it_works(self, writes: list[_Write], feeds: list[Feed]) -> set[int]:
        """Commit `writes`; the runs whose conversation no longer exists are returned."""
        loop, pause = asyncio.get_running_loop(), 0.1
        while True:
            commit = loop.run_in_executor(self._thread, fresh, _commit, self._process, writes)
            # If the waiter is cancelled during the commit, nobody retrieves the result; retrieve it here so that asyncio
            # does not warn.
            commit.add_done_callback(lambda done: done.cancelled() or done.exception())
            await asyncio.wait([commit], timeout=PATIENCE_SECONDS)
            if not commit.done():
                _pause(feeds)
            try:
                return await commit
            except (DatabaseError, InterfaceError) as error:
                log.warning("commit.failed", error=str(error)[:200])
                _pause(feeds)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)


def _pause(feeds: list[Feed]) -> None:
    for feed in feeds:
        feed.pause("Saving is slow at the moment. The answer goes on as soon as it works again.")


def _sound_write(pending: _Pending) -> _Write | None:
    """What to write; None when the changes cannot be written. One run's faulty changes must not end the journal of all runs."""
    try:
        return _write(pending)
    except (BrokenTranscriptError, UnicodeEncodeError, TypeError):
        log.exception("run.cannot_be_written", run=pending.feed.run)
    if pending.ending_run is None:
        return None
    pending.changes = [["run", FAILED]]
    return _write(pending)


def _write(pending: _Pending) -> _Write:
    feed, changes = pending.feed, merge(pending.changes)
    entry = Entry.of(feed.seq + 1, changes)
    fields: RunState = {}
    for change in changes:
        if change[0] == "run":
            fields.update(change[1])
    ending = None
    if pending.ending_run is not None:
        # Through JSON: values that JSON does not have (an infinite number) are dropped, and nothing is shared with the feed.
        state = msgspec.json.decode(msgspec.json.encode(feed.state))
        ending = _Ending(pending.ending_run, fold(state, msgspec.json.decode(entry.json)))
    return _Write(feed.run, entry, fields, ending)


def _commit(process: str, writes: list[_Write]) -> set[int]:
    try:
        _commit_together(process, writes)
        return set()
    except (IntegrityError, DataError):
        # A run's conversation was deleted meanwhile, or the database refuses a value; the other runs must not wait for that.
        return {write.run for write in writes if not _commit_alone(process, write)}


def _commit_alone(process: str, write: _Write) -> bool:
    try:
        _commit_together(process, [write])
    except (IntegrityError, DataError) as error:
        # If the connection broke before the database answered, the entry is already there.
        entry = JournalEntry.objects.filter(run=write.run, seq=write.entry.seq, changes=write.entry.json.decode())
        if entry.exists():
            return True
        # Nothing changes for a run that is gone; one that is there ends here, with the text of its earlier commits.
        log.warning("run.not_stored", run=write.run, error=str(error)[:200])
        Run.objects.filter(pk=write.run).update(status=FAILED["status"], state=FAILED, ended_at=timezone.now())
        return False
    return True


def _commit_together(process: str, writes: list[_Write]) -> None:
    with transaction.atomic():
        if not Process.objects.select_for_update(no_key=True).filter(pk=process).exists():
            raise FencedError(process)
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, [(write.run, write.entry.seq, write.entry.json.decode()) for write in writes])
        for write in writes:
            if write.ending is None and "status" in write.fields:
                Run.objects.filter(pk=write.run).update(status=write.fields["status"])
        # Conversations are locked in one order, so that two processes never wait for each other.
        endings = [(write.ending, write.entry.seq) for write in writes if write.ending]
        for ending, seq in sorted(endings, key=lambda ending: ending[0].run.message.conversation_id):
            _commit_ending(ending.run, ending.state, seq)


def _commit_ending(run: Run, state: State, seq: int) -> None:
    fields, usage = state["run"], state["run"].get("usage") or {}
    Run.objects.filter(pk=run.pk).update(
        status=fields["status"],
        seq=seq,
        state=fields,
        ended_at=timezone.now(),
        input_tokens=usage.get("input_tokens"),
        output_tokens=usage.get("output_tokens") or fields.get("output_tokens"),
        ttft_seconds=fields.get("ttft_seconds"),
        elapsed_seconds=fields.get("elapsed_seconds"),
    )
    conversation = Conversation.objects.filter(pk=run.message.conversation_id)
    conversation.update(revision=F("revision") + 1, updated_at=timezone.now())
    for revision in conversation.values_list("revision", flat=True):
        # Only the newest run of a message writes its parts.
        message = Message.objects.filter(pk=run.message_id, run=run.pk)
        is_newest = message.update(revision=revision, **({"parts": state["parts"]} if state["parts"] else {}))
        if is_newest and state["parts"]:
            IndexedText.keep(
                Message(pk=run.message_id, conversation_id=run.message.conversation_id, parts=state["parts"])
            )
