"""One run, from its question to its outcome: open, decode, write the transcript, go on after a break, end.

A run belongs to the server: nothing here knows who reads it. What it produces goes to the journal, and nowhere else.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import structlog
from django.conf import settings

from chat import catalogue, metrics
from chat.models import Run
from chat.runs.context import Context, context_of
from chat.runs.feed import Feed
from chat.runs.journal import Journal
from chat.runs.overlap import OverlapCutter
from chat.runs.progress import Progress
from chat.threads import in_thread
from chat.transcript import Change, Part, Writer
from chat.upstreams import FORMATS, client
from chat.upstreams import events as ev
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import NotFound, ServerError, UpstreamError, WithoutAWord
from chat.upstreams.options import naming_the_option
from chat.upstreams.parts import TextPart, Turn
from chat.upstreams.request import Options

log = structlog.get_logger(__name__)

GO_ON = (
    "Your answer above was cut off. Continue exactly where it stops, in the middle of the word if need be. "
    "Repeat nothing, and do not mention the interruption."
)
FIRST_WAIT_SECONDS = 0.5


class LiveRun:
    """A run at work in this process. `work` is its one task; `stop` ends it early, with its text kept."""

    def __init__(self, run: Run, feed: Feed, journal: Journal) -> None:
        self.id = run.pk
        self.feed = feed
        self.run = run
        self._options = Options(**run.options)
        self._journal = journal
        # A run that goes on with an ended one's message begins with the parts it finds there.
        self._inherited: list[Part] = [] if feed.seq else run.message.parts
        parts = [*feed.state["parts"], *self._inherited]
        self._writer = Writer(parts)
        self._text_pieces = [part["text"] for part in feed.state["parts"] if part["type"] == "text"]
        self._has_content = any(part["type"] != "seam" for part in parts)
        self._is_taken_over = feed.seq > 0
        self._progress = Progress(time.monotonic, feed.state["run"])
        self._deadline: float | None = None
        self._phase, self._phase_began = "", 0.0
        self._has_heard = False
        self._finish: ev.Finish | None = None
        self._identity: dict[str, Any] = {}
        self._stop_is_wanted = False
        self._has_begun = False
        self._is_ending = False
        self.task: asyncio.Task[None] | None = None

    def start(self, places: asyncio.Semaphore, ended: Callable[[LiveRun], None]) -> None:
        """Begin to work as soon as one of `places` is free; `ended` is called when all is stored."""
        self.task = asyncio.create_task(self._work(places), name=f"run {self.id}")
        self.task.add_done_callback(lambda _: ended(self))

    def stop(self) -> None:
        """End the run now, whatever it does: the upstream's connection is closed, the text is kept."""
        self._stop_is_wanted = True
        # A task that is cancelled before its first step never gets to say that it was stopped.
        if self.task is not None and self._has_begun and not self._is_ending:
            self.task.cancel()

    async def abandon(self) -> None:
        """Let go of the run without ending it: another process owns it, or will."""
        self._stop_is_wanted = False
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def _work(self, places: asyncio.Semaphore) -> None:
        self._has_begun = True
        outcome: dict[str, Any]
        # Before anything can end the run: its end stores what the journal knows.
        self._append([["add", index, part] for index, part in enumerate(self._inherited)])
        try:
            if self._stop_is_wanted:
                raise asyncio.CancelledError
            async with places:
                await self._answer()
            assert self._finish is not None
            outcome = {"status": "done", "finish_reason": self._finish.reason, "raw_finish_reason": self._finish.raw}
        except asyncio.CancelledError:
            if not self._stop_is_wanted:
                raise
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            outcome = {"status": "stopped"}
        except UpstreamError as fault:
            error = naming_the_option(fault, self._options)
            metrics.UPSTREAM_FAULTS.labels(error.code).inc()
            log.info("run.broke_off", run=self.id, code=error.code, request_id=error.request_id)
            outcome = self._failure(error.report())
        except Exception:
            log.exception("run.failed", run=self.id)
            trouble = UpstreamError("Something went wrong in Parley (run {run}). Try again.", run=self.id)
            outcome = self._failure({**trouble.report(), "code": "internal"})
        self._is_ending = True
        final = {**self._progress.fields(final=True), **self._identity, **outcome, "phase": "", "why": ""}
        await self._journal.end(self.run, self.feed, [["run", final]])
        metrics.RUNS_ENDED.labels(outcome["status"]).inc()
        if outcome.get("error", {}).get("code") == NotFound.code:
            await catalogue.refresh(self.run.upstream, force=True)

    def _failure(self, error: dict[str, Any]) -> dict[str, Any]:
        return {"status": "interrupted" if self._has_content else "failed", "finish_reason": "error", "error": error}

    # --- attempts ---

    async def _answer(self) -> None:
        self._append([["run", {"status": "running", "started_at": _now_ms(), "error": None}]])
        endpoint, context = await in_thread(_prepare, self.run)
        about = {"upstream": self.run.upstream, "model": self.run.model, "cut_turns": context.cut_turns}
        self._append([["run", about]])
        await self._attempts(endpoint, context)

    async def _attempts(self, endpoint: Endpoint, context: Context) -> None:
        first, of = 1 + self.run.claims, settings.MAX_ATTEMPTS
        if self._is_taken_over and self._has_content:
            self._join(first, max(of, first), "the server restarted")
        elif self._text():
            self._join(1, of, "")
        for attempt in range(first, of + 1):
            try:
                await self._attempt(endpoint, context)
                return
            except UpstreamError as error:
                # An attempt that was not heard has been tried again by the client already.
                if not (error.retryable and self._has_heard and settings.CONTINUE_BROKEN_STREAMS) or attempt >= of:
                    raise
                log.info("run.continues", run=self.id, attempt=attempt + 1, code=error.code)
                wait_seconds = FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * (1 - 0.25 * random.random())
                self._enter("continuing", attempt=attempt + 1, of=of, wait_seconds=wait_seconds, why=str(error))
                self._join(attempt + 1, of, str(error))
                await asyncio.sleep(wait_seconds)
        raise ServerError("The answer was cut off too often. What came so far is kept; you can continue it.")

    async def _attempt(self, endpoint: Endpoint, context: Context) -> None:
        self._finish, self._has_heard = None, False
        self._progress.request_sent()
        cutter = OverlapCutter(self._text(), is_prefilled=endpoint.prefill)
        try:
            async with aclosing(self._stream(endpoint, context)) as batches:
                async for batch in batches:
                    self._take(batch, cutter)
        except WithoutAWord:
            # Where something is there already, a model that adds nothing says that this was all.
            if not self._text():
                raise
            self._finish = self._finish or ev.Finish("stop", "")
        held = cutter.end()
        if held:
            self._write(ev.Text(held))
        if self._finish is None or self._finish.reason == "error":
            raise ServerError("{name} ended its answer with an error. What came so far is kept.", name=endpoint.name)

    async def _stream(self, endpoint: Endpoint, context: Context) -> AsyncGenerator[list[ev.Event], None]:
        turns = self._turns(endpoint, context)
        request = FORMATS[endpoint.format].encode(endpoint, self.run.model, turns, options=self._options)
        if self._deadline is None:
            self._deadline = time.monotonic() + endpoint.timeouts.run_seconds
        stream = client.stream(endpoint, request, pace_seconds=self._journal.tick_seconds, deadline=self._deadline)
        async with aclosing(stream) as batches:
            async for batch in batches:
                yield batch

    def _turns(self, endpoint: Endpoint, context: Context) -> list[Turn]:
        """The conversation, and where something is there already, that with the wish to go on."""
        text = self._text()
        if not text.strip():
            return list(context.turns)
        # A prefilled turn may not end in blanks (a rule of the Anthropic format); OverlapCutter knows that they are there.
        partial = Turn("assistant", (TextPart(text.rstrip() if endpoint.prefill else text),))
        # A prefilled turn is gone on with by itself; other models are asked to, as the next turn.
        return (
            [*context.turns, partial]
            if endpoint.prefill
            else [*context.turns, partial, Turn("user", (TextPart(GO_ON),))]
        )

    # --- events ---

    def _take(self, batch: list[ev.Event], cutter: OverlapCutter) -> None:
        changes: list[Change] = []
        is_first = not self._has_content
        if self.feed.done:
            return self.stop()  # the conversation was deleted under it: nobody is left to answer
        for event in batch:
            self._progress.saw(event)
            match event:
                case ev.Phase():
                    self._show_phase(event)
                    continue
                case ev.Identity(request_id=request_id, model=model):
                    self._identity |= {"request_id": request_id} if request_id else {}
                    self._identity |= {"model_said": model} if model else {}
                    continue
                case ev.Finish():
                    self._finish = event
                    continue
                case ev.Text(text=text):
                    self._has_heard = True
                    event = ev.Text(cutter.feed(text))
                case _:
                    self._has_heard = self._has_heard or isinstance(event, ev.CONTENT)
            changes.extend(self._writer.apply(event))
        if not changes:
            return
        phase, thought_since = self._phase_after(batch), None
        if phase != self._phase:
            thought_since = self._phase_began if self._phase == "thinking" else None
            self._enter(phase, why="")
        self._append(changes, chunks=len(batch), urgent=is_first)
        if thought_since is not None:
            self._note_thinking_time(time.monotonic() - thought_since)
        if self._progress.report_is_due():
            self._append([["run", self._progress.fields()]])

    def _note_thinking_time(self, seconds: float) -> None:
        """Keep with the reasoning how long it took: the page says it long after the run's own clocks are gone."""
        place = self._writer.last("reasoning")
        if place is not None:
            self._append([["set", place, {"seconds": round(seconds, 1)}]])

    def _write(self, event: ev.Event) -> None:
        self._append(self._writer.apply(event))

    def _phase_after(self, batch: list[ev.Event]) -> str:
        for event in reversed(batch):
            if isinstance(event, ev.Reasoning):
                return "thinking"
            if isinstance(event, ev.Text | ev.Refusal | ev.ToolCallDelta):
                return "writing"
        return self._phase

    def _show_phase(self, phase: ev.Phase) -> None:
        # While the run goes on after a break the reader sees that, not each step of the new connection.
        if self._phase == "continuing" and phase.name != "retrying":
            return
        about = {"attempt": phase.attempt, "of": phase.of, "wait_seconds": phase.wait_seconds, "why": phase.why}
        self._enter(phase.name, **about)

    def _enter(self, phase: str, **fields: Any) -> None:
        self._phase, self._phase_began = phase, time.monotonic()
        self._progress.entered(phase)
        # The first steps often take less than a tick, and a commit of their own would only stand before the first word.
        is_urgent = phase not in ("connecting", "waiting")
        self._append([["run", {"phase": phase, "phase_since": _now_ms(), **fields}]], urgent=is_urgent)

    def _join(self, attempt: int, of: int, why: str) -> None:
        self._append([self._writer.seam(attempt=attempt, of=of, why=why)])

    def _append(self, changes: list[Change], *, chunks: int = 0, urgent: bool = False) -> None:
        for change in changes:
            if change[0] == "add":
                self._has_content = self._has_content or change[2]["type"] != "seam"
            if change[0] in ("add", "text") and self._writer.kind(change[1]) == "text":
                self._text_pieces.append(change[2] if change[0] == "text" else change[2]["text"])
        self._journal.append(self.feed, changes, chunks=chunks, urgent=urgent)

    def _text(self) -> str:
        return "".join(self._text_pieces)


def _prepare(run: Run) -> tuple[Endpoint, Context]:
    endpoint = catalogue.endpoint(run.upstream)
    if endpoint is None:
        raise NotFound("The upstream {name} is not configured any more. Choose another model.", name=run.upstream)
    return endpoint, context_of(run, endpoint.context_tokens)


def _now_ms() -> int:
    return int(time.time() * 1000)
