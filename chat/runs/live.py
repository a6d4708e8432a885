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
from chat.database import in_thread
from chat.models import Run
from chat.process.slot import Slot
from chat.runs import pictures
from chat.runs.context import Context, context_of
from chat.runs.feed import Feed
from chat.runs.journal import Journal
from chat.runs.overlap import OverlapCutter
from chat.runs.progress import Progress
from chat.runs.round_text import RoundText
from chat.runs.tool_round import Desk, OpenCall, ToolRound, open_calls, round_start, rounds_done, stopped
from chat.runs.tool_world import RunWorld
from chat.runs.toolbox import Toolbox, note_refusal, refuses_tools, toolbox_of
from chat.tools.tool import MAX_ARGUMENT_CHARS
from chat.transcript import Change, Part, Writer
from chat.upstreams import FORMATS, client
from chat.upstreams import events as ev
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import LimitReached, NotFound, ServerError, UpstreamError, WithoutAWord
from chat.upstreams.options import naming_the_option
from chat.upstreams.parts import TextPart, Turn, from_json
from chat.upstreams.request import Options, Request

log = structlog.get_logger(__name__)

GO_ON = (
    "Your answer above was cut off. Continue exactly where it stops, in the middle of the word if need be. "
    "Repeat nothing, and do not mention the interruption."
)
FIRST_WAIT_SECONDS = 0.5
# Four calls with the longest arguments that any tool reads.
MAX_ROUND_ARGUMENT_CHARS = 4 * MAX_ARGUMENT_CHARS
# Servers that end with "stop" after a call exist; after any other reason a call may have been cut off.
CALLING = ("tool_calls", "stop")


class LiveRun:
    """A run at work in this process. `work` is its one task; `stop` ends it early, with its text kept."""

    def __init__(self, run: Run, feed: Feed, journal: Journal, slot: Slot) -> None:
        self.id = run.pk
        self.feed = feed
        self.run = run
        self._options = Options(**run.options)
        self._journal = journal
        self._slot = slot
        # A run that goes on with an ended one's message begins with the parts it finds there.
        self._inherited: list[Part] = [] if feed.seq else run.message.parts
        parts = [*feed.state["parts"], *self._inherited]
        self._writer = Writer(parts)
        self._round_text = RoundText(self._writer.kind)
        self._round_text.note(["add", index, part] for index, part in enumerate(feed.state["parts"]))
        self._toolbox = Toolbox()
        self._decided = asyncio.Event()
        self._has_content = any(part["type"] != "seam" for part in parts)
        self._is_taken_over = feed.seq > 0
        self._progress = Progress(time.monotonic, feed.state["run"])
        self._deadline: float | None = None
        self._phase, self._phase_began = "", 0.0
        self._has_heard = False
        self._argument_chars = 0
        self._finish: ev.Finish | None = None
        self._identity: dict[str, Any] = {}
        self._stop_is_wanted = False
        self._has_begun = False
        self._is_ending = False
        self.task: asyncio.Task[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a person has to decide before it can end."""
        return self._phase == "approval"

    def start(self, ended: Callable[[LiveRun], None]) -> None:
        """Begin to work as soon as a slot is free; `ended` is called when all is stored."""
        self.task = asyncio.create_task(self._work(), name=f"run {self.id}")
        self.task.add_done_callback(lambda _: ended(self))

    def stop(self) -> None:
        """End the run now, whatever it does: the upstream's connection is closed, the text is kept."""
        self._stop_is_wanted = True
        # A task that is cancelled before its first step never gets to say that it was stopped.
        if self.task is not None and self._has_begun and not self._is_ending:
            self.task.cancel()

    def wake(self) -> None:
        """Somebody has decided about one of its tool calls."""
        self._decided.set()

    async def abandon(self) -> None:
        """Let go of the run without ending it: another process owns it, or will."""
        self._stop_is_wanted = False
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def _work(self) -> None:
        self._has_begun = True
        outcome: dict[str, Any]
        # Before anything can end the run: its end stores what the journal knows.
        self._append([["add", index, part] for index, part in enumerate(self._inherited)])
        try:
            if self._stop_is_wanted:
                raise asyncio.CancelledError
            async with self._slot:
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
        if outcome["status"] != "done" and self._writer.last("tool_call") is not None:
            await in_thread(stopped, self.run)
        if outcome.get("error", {}).get("code") == NotFound.code:
            await catalogue.refresh(self.run.upstream, force=True)

    def _failure(self, error: dict[str, Any]) -> dict[str, Any]:
        return {"status": "interrupted" if self._has_content else "failed", "finish_reason": "error", "error": error}

    # --- attempts ---

    async def _answer(self) -> None:
        self._append([["run", {"status": "running", "started_at": _now_ms(), "error": None}]])
        endpoint, context, self._toolbox = await in_thread(_prepare, self.run)
        about = {"upstream": self.run.upstream, "model": self.run.model, "cut_turns": context.cut_turns}
        self._append([["run", about]])
        if self._inherited:
            await self._journal.store(self.feed, [])
        parts = self.feed.state["parts"]
        rounds = rounds_done(parts)
        calls = open_calls(parts)
        while True:
            if calls:
                rounds += 1
                await self._round(calls, is_last=rounds > settings.MAX_TOOL_ROUNDS)
            if rounds > settings.MAX_TOOL_ROUNDS + 1:
                raise LimitReached(
                    "Stopped: the model called tools {times} times without finishing its answer.", times=rounds
                )
            await self._attempts(endpoint, context)
            calls = await self._called()
            if not calls:
                return

    async def _called(self) -> list[OpenCall]:
        """The tool calls with which the model has ended, marked as complete."""
        assert self._finish is not None
        places = self._writer.end_round() if self._finish.reason in CALLING else []
        if not places:
            return []
        await self._journal.store(self.feed, [["set", place, {"status": "called"}] for place in places])
        return open_calls(self.feed.state["parts"])

    async def _round(self, calls: list[OpenCall], *, is_last: bool) -> None:
        began = time.monotonic()
        self._enter("calling", why=", ".join(call.name for call in calls)[:200])
        desk = Desk(self._note_call, self._answer_call, self._wait_for, self._decided, RunWorld(self.run))
        await ToolRound(self.run, self._toolbox, desk).work(calls, is_last=is_last)
        await self._slot.take()
        if self._deadline is not None:
            # How long people and tools take is bounded elsewhere; the upstream has its time to itself.
            self._deadline += time.monotonic() - began

    def _note_call(self, place: int, fields: dict[str, Any]) -> None:
        self._append([["set", place, fields]], urgent=True)

    async def _answer_call(self, part: Part) -> None:
        change = self._writer.result(part)
        self._round_text.note([change])
        await self._journal.store(self.feed, [change])

    def _wait_for(self, undecided: int) -> None:
        if undecided:
            self._slot.leave()
        status = {"status": "waiting", "phase": "approval"} if undecided else {"status": "running", "phase": "calling"}
        self._phase = status["phase"]
        self._append([["run", {**status, "phase_since": _now_ms()}]], urgent=True)

    async def _attempts(self, endpoint: Endpoint, context: Context) -> None:
        first, of = 1 + self.run.claims, settings.MAX_ATTEMPTS
        parts = self.feed.state["parts"]
        if round_start(parts) and round_start(parts) == len(parts):
            first = 1  # a new round, with nothing to go on with
        elif self._is_taken_over and self._has_content:
            self._join(first, max(of, first), "the server restarted")
        elif str(self._round_text):
            self._join(1, of, "")
        for attempt in range(first, of + 1):
            try:
                await self._attempt(endpoint, context)
                return
            except UpstreamError as error:
                if self._toolbox.offers and refuses_tools(error):
                    note_refusal(self.run)
                    self._toolbox = Toolbox()
                    return await self._attempts(endpoint, context)
                # An attempt that was not heard has been tried again by the client already.
                if not (error.retryable and self._has_heard and settings.CONTINUE_BROKEN_STREAMS) or attempt >= of:
                    raise
                log.info("run.continues", run=self.id, attempt=attempt + 1, code=error.code)
                wait_seconds = FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * (1 - 0.25 * random.random())
                self._enter("continuing", attempt=attempt + 1, of=of, wait_seconds=wait_seconds, why=str(error))
                self._join(attempt + 1, of, str(error))
                await asyncio.sleep(wait_seconds)
        raise ServerError("The answer was interrupted too often. The text so far is saved; you can continue it.")

    async def _attempt(self, endpoint: Endpoint, context: Context) -> None:
        self._finish, self._has_heard, self._argument_chars = None, False, 0
        self._progress.request_sent()
        cutter = OverlapCutter(str(self._round_text), is_prefilled=endpoint.prefill)
        try:
            async with aclosing(self._stream(endpoint, context)) as batches:
                async for batch in batches:
                    self._take(batch, cutter)
        except WithoutAWord:
            # Where something is there already, a model that adds nothing says that this was all.
            if not str(self._round_text) and not round_start(self.feed.state["parts"]):
                raise
            self._finish = self._finish or ev.Finish("stop", "")
        held = cutter.end()
        if held:
            self._write(ev.Text(held))
        if self._finish is None or self._finish.reason == "error":
            raise ServerError("{name} ended its answer with an error. The text so far is saved.", name=endpoint.name)

    async def _stream(self, endpoint: Endpoint, context: Context) -> AsyncGenerator[list[ev.Event], None]:
        request = await self._request(endpoint, context)
        if self._deadline is None:
            self._deadline = time.monotonic() + endpoint.timeouts.run_seconds
        stream = client.stream(endpoint, request, pace_seconds=self._journal.tick_seconds, deadline=self._deadline)
        async with aclosing(stream) as batches:
            async for batch in batches:
                yield batch

    async def _request(self, endpoint: Endpoint, context: Context) -> Request:
        turns = self._turns(endpoint, context)

        def encode(turns: list[Turn]) -> Request:
            request: Request = FORMATS[endpoint.format].encode(
                endpoint, self.run.model, turns, self._toolbox.specs, self._options
            )
            return request

        if not pictures.are_in(turns):
            return encode(turns)
        # Megabytes are read and written in base64: not on the loop that everybody's answers come through.
        return await in_thread(lambda: encode(pictures.filled(self.run, turns)))

    def _turns(self, endpoint: Endpoint, context: Context) -> list[Turn]:
        """The conversation, the tool rounds so far, and where a text has begun already, that with the wish to go on."""
        parts = self.feed.state["parts"]
        done = from_json(parts[: round_start(parts)])
        turns = [*context.turns, *([Turn("assistant", tuple(done))] if done else [])]
        text = str(self._round_text)
        if not text.strip():
            return turns
        # A prefilled turn may not end in blanks (a rule of the Anthropic format); OverlapCutter knows that they are there.
        partial = Turn("assistant", (TextPart(text.rstrip() if endpoint.prefill else text),))
        # A prefilled turn is gone on with by itself; other models are asked to, as the next turn.
        return [*turns, partial] if endpoint.prefill else [*turns, partial, Turn("user", (TextPart(GO_ON),))]

    # --- events ---

    def _take(self, batch: list[ev.Event], cutter: OverlapCutter) -> None:
        changes: list[Change] = []
        is_first = not self._has_content
        if self.feed.done:
            return self.stop()  # the conversation was deleted under it: nobody is left to answer
        for event in batch:
            self._progress.saw(event)
        # A paced read brings six tokens at once: what follows is done once for all of them.
        for event in ev.joined(batch):
            if not self._is_about_run(event):
                changes.extend(self._writer.apply(self._heard(event, cutter)))
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

    def _is_about_run(self, event: ev.Event) -> bool:
        """Whether the event is no content; then it is taken care of."""
        match event:
            case ev.Phase():
                self._show_phase(event)
            case ev.Identity(request_id=request_id, model=model):
                self._identity |= {"request_id": request_id} if request_id else {}
                self._identity |= {"model_said": model} if model else {}
            case ev.Finish():
                self._finish = event
            case _:
                return False
        return True

    def _heard(self, event: ev.Event, cutter: OverlapCutter) -> ev.Event:
        """The content that is new: what repeats the text before a break is cut. Raises LimitReached."""
        match event:
            case ev.Text(text=text):
                self._has_heard = True
                return ev.Text(cutter.feed(text))
            case ev.ToolCallDelta(arguments=arguments):
                self._argument_chars += len(arguments)
                if self._argument_chars > MAX_ROUND_ARGUMENT_CHARS:
                    raise LimitReached("Stopped: the arguments of a tool call did not end.")
        self._has_heard = self._has_heard or isinstance(event, ev.CONTENT)
        return event

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
        self._round_text.note(changes)
        self._journal.append(self.feed, changes, chunks=chunks, urgent=urgent)


def _prepare(run: Run) -> tuple[Endpoint, Context, Toolbox]:
    endpoint = catalogue.endpoint(run.upstream)
    if endpoint is None:
        raise NotFound("The upstream {name} is not configured any more. Choose another model.", name=run.upstream)
    return endpoint, context_of(run, endpoint.context_tokens), toolbox_of(run)


def _now_ms() -> int:
    return int(time.time() * 1000)
