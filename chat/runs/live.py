"""One run at work in this process: its task, its stop, and its outcome.

A run belongs to the server: nothing here knows who reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import structlog

from chat import catalogue, metrics
from chat.database import in_thread_at_last, until_it_works
from chat.models import Run
from chat.process.slot import Slot
from chat.runs.answer import Answer
from chat.runs.feed import Feed
from chat.runs.generation import Generation, GoneError
from chat.runs.journal import Journal
from chat.runs.tool_round import stop_open_calls
from chat.runs.toolbox import Tools
from chat.transcript import RunError, RunState
from chat.upstreams.errors import NotFoundError, UpstreamError
from chat.upstreams.options import naming_the_option
from chat.upstreams.request import Options

log = structlog.get_logger(__name__)


class LiveRun:
    """A run at work. `start` begins its one task; `stop` ends it early, with its text kept."""

    def __init__(self, run: Run, feed: Feed, journal: Journal, slot: Slot, tools: Tools) -> None:
        self.id = run.pk
        self.run = run
        self.feed = feed
        self.task: asyncio.Task[None] | None = None
        self._slot = slot
        self._answer = Answer(run, feed, journal)
        self._generation = Generation(run, self._answer, slot, journal.tick_seconds, tools)
        self._stop_is_wanted = False
        self._has_begun = False
        self._is_ending = False

    @property
    def is_waiting(self) -> bool:
        """Whether a person has to decide before it can end."""
        return self._generation.phase.name == "approval"

    def start(self, ended: Callable[[LiveRun], None]) -> None:
        """Begin to work as soon as a slot is free; `ended` is called when all is stored."""
        self.task = asyncio.create_task(self._work(), name=f"run {self.id}")
        self.task.add_done_callback(lambda _: ended(self))

    def stop(self) -> None:
        """End the run now, whatever it does: the upstream's connection is closed, the text is kept."""
        self._stop_is_wanted = True
        # A task that is cancelled before its first step could not record that it was stopped.
        if self.task is not None and self._has_begun and not self._is_ending:
            self.task.cancel()

    def wake(self) -> None:
        """Look at the decisions about its tool calls."""
        self._generation.decided.set()

    async def abandon(self) -> None:
        """Let go of the run without ending it: another process owns it, or will."""
        self._stop_is_wanted = False
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def _work(self) -> None:
        self._has_begun = True
        # First of all, because whatever ends the run stores only what is in the journal.
        self._answer.begin()
        outcome = await self._outcome()
        self._is_ending = True
        generation = self._generation
        figures = generation.progress.fields(final=True)
        await self._answer.end({**figures, **generation.identity, **outcome, "phase": "", "why": ""})
        metrics.RUNS_ENDED.labels(outcome["status"]).inc()
        if outcome["status"] != "done" and self._answer.has_calls:
            await in_thread_at_last(stop_open_calls, self.run)
        if (outcome.get("error") or {}).get("code") == NotFoundError.code:
            await until_it_works(lambda: catalogue.refresh(self.run.upstream, force=True))

    async def _outcome(self) -> RunState:
        try:
            if self._stop_is_wanted:
                return {"status": "stopped"}
            async with self._slot:
                finish = await self._generation.work()
        except asyncio.CancelledError:
            if not self._stop_is_wanted:
                raise
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            return {"status": "stopped"}
        except GoneError:
            return {"status": "stopped"}
        except UpstreamError as fault:
            error = naming_the_option(fault, Options(**self.run.options))
            metrics.UPSTREAM_FAULTS.labels(error.code).inc()
            log.info("run.broke_off", run=self.id, code=error.code, request_id=error.request_id)
            return self._failure(error)
        except Exception:
            log.exception("run.failed", run=self.id)
            trouble = UpstreamError("Something went wrong in Parley (run {run}). Try again.", run=self.id)
            trouble.code = "internal"
            return self._failure(trouble)
        return {"status": "done", "finish_reason": finish.reason, "raw_finish_reason": finish.raw}

    def _failure(self, error: UpstreamError) -> RunState:
        status = "interrupted" if self._answer.has_content else "failed"
        return {"status": status, "finish_reason": "error", "error": cast("RunError", error.report())}
