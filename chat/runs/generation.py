"""The model's work on one answer: attempts, each continued after a break, and rounds of tool calls, until it has ended."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import structlog
from django.conf import settings

from chat.database import in_thread_at_last
from chat.models import Run
from chat.process.slot import Slot
from chat.runs.answer import Answer
from chat.runs.asking import learned, prepared, request_of
from chat.runs.attempt import Attempt
from chat.runs.calls import OpenCall, open_calls, round_start, rounds_done
from chat.runs.context import Context
from chat.runs.given import file_parts
from chat.runs.learned import LEARNED
from chat.runs.phase import Phase, now_ms
from chat.runs.progress import Progress
from chat.runs.tool_round import ToolRound
from chat.runs.toolbox import Toolbox, Tools
from chat.transcript import Change, RunState
from chat.upstreams import client
from chat.upstreams import events as ev
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import LimitReachedError, NoWordError, ServerError, UnknownEndError, UpstreamError
from chat.upstreams.given import GivenFile
from chat.upstreams.lessons import Learning
from chat.upstreams.request import Request

log = structlog.get_logger(__name__)

# Doubled with each further attempt: a reader waits at most 1.5 s in all before the third, which outlasts a short failure.
FIRST_WAIT_SECONDS = 0.5
# Servers that end with "stop" after a call exist; after any other reason a call may have been cut off.
CALLING = ("tool_calls", "stop")
# A provider pauses after about ten calls of its own tools. Nobody needs a hundred, and each request costs money.
MAX_PAUSES = 10


class GoneError(Exception):
    """The answer cannot be stored any more, as a rule because its conversation was deleted: it has no readers."""


class Generation:
    """`work` returns how the model ended; everything it says meanwhile is in `answer`."""

    def __init__(self, run: Run, answer: Answer, slot: Slot, pace_seconds: Callable[[], float], tools: Tools) -> None:
        self.progress = Progress(time.monotonic, answer.feed.state["run"])
        self.phase = Phase(answer, self.progress)
        # What the upstream says of itself: fields of the run.
        self.identity: RunState = {}
        # Set when somebody has decided about a tool call.
        self.decided = asyncio.Event()
        self._run = run
        self._answer = answer
        self._slot = slot
        # The pause between two reads of the upstream.
        self._pace_seconds = pace_seconds
        self._tools = tools
        self._toolbox = Toolbox()
        self._deadline: float | None = None
        # The latest request, which a refusal is about.
        self._request: Request | None = None
        # How often the model has paused, to be asked to go on.
        self._pauses = 0

    async def work(self) -> ev.Finish:
        """Ask until the model has ended without calling a tool. Raises UpstreamError, GoneError."""
        self._answer.tell({"status": "running", "started_at": now_ms(), "error": None})
        endpoint, context, self._toolbox = await in_thread_at_last(prepared, self._run, self._tools)
        learning = Learning(endpoint, self._run.model)
        self._answer.tell({"upstream": self._run.upstream, "model": self._run.model, "cut_turns": context.cut_turns})
        if self._toolbox.left_out:
            self._answer.tell({"left_out_tools": list(self._toolbox.left_out)})
        await self._answer.store_inherited()
        rounds = rounds_done(self._answer.parts)
        calls = open_calls(self._answer.parts)
        while True:
            if calls:
                rounds += 1
                await self._call_tools(calls, is_last=rounds > settings.MAX_TOOL_ROUNDS)
            if rounds > settings.MAX_TOOL_ROUNDS + 1:
                raise LimitReachedError(
                    "Stopped: the model called tools {times} times without finishing its answer.", times=rounds
                )
            finish = await self._attempts(learning, context)
            if finish.reason == "pause":
                self._pauses += 1
                if self._pauses > MAX_PAUSES:
                    raise LimitReachedError(
                        "Stopped: the model paused {times} times without finishing its answer.", times=self._pauses
                    )
            calls = await self._answer.end_round() if finish.reason in CALLING else []
            if not calls and finish.reason != "pause":
                return finish

    async def _call_tools(self, calls: list[OpenCall], *, is_last: bool) -> None:
        began = time.monotonic()
        self.phase.enter("calling", why=", ".join(call.name for call in calls)[:200])
        tool_round = ToolRound(self._run, self._toolbox, self._answer, self.phase, self._slot, self.decided)
        await tool_round.work(calls, is_last=is_last)
        await self._slot.take()
        if self._deadline is not None:
            # How long people and tools take is bounded elsewhere; the upstream has its time to itself.
            self._deadline += time.monotonic() - began

    # --- attempts ---

    async def _attempts(self, learning: Learning, context: Context) -> ev.Finish:
        number, of = self._first_attempt(), settings.MAX_ATTEMPTS
        while number <= of:
            prefills = learning.endpoint.traits_of(self._run.model).prefill
            attempt = Attempt(self._answer.round_text, is_prefilled=prefills, is_pause=self._pauses > 0)
            try:
                finish = await self._finish_of(attempt, learning.endpoint, context)
                await self._remember(learning)
                return finish
            except UpstreamError as error:
                if attempt.has_heard:
                    await self._remember(learning)
                elif self._request is not None and learning.learn(error, self._request):
                    continue
                # An attempt that was not heard has been tried again by the client already.
                if not (error.retryable and attempt.has_heard and settings.CONTINUE_BROKEN_STREAMS) or number >= of:
                    raise
                number += 1
                await self._pause(number, of, error)
        raise ServerError("The answer was interrupted too often. The text so far is saved; you can continue it.")

    async def _remember(self, learning: Learning) -> None:
        if fields := await learned(self._run, learning):
            self._answer.tell(fields)

    def _first_attempt(self) -> int:
        """The number of the next attempt; where there is something to go on with, the seam is appended."""
        first, of = 1 + self._run.claims, settings.MAX_ATTEMPTS
        parts = self._answer.parts
        if round_start(parts) and round_start(parts) == len(parts):
            return 1  # a new round, with nothing to go on with
        if self._pauses:
            return 1  # it goes on by itself: no break, no seam
        if self._answer.was_taken_over and self._answer.has_content:
            self._answer.join(first, max(of, first), "the server restarted")
        elif self._answer.round_text:
            self._answer.join(1, of, "")
        return first

    async def _pause(self, attempt: int, of: int, error: UpstreamError) -> None:
        log.info("run.continues", run=self._run.pk, attempt=attempt, code=error.code)
        wait_seconds = FIRST_WAIT_SECONDS * 2 ** (attempt - 2) * (1 - 0.25 * random.random())
        self.phase.enter("continuing", attempt=attempt, of=of, wait_seconds=wait_seconds, why=str(error))
        self._answer.join(attempt, of, str(error))
        await asyncio.sleep(wait_seconds)

    async def _finish_of(self, attempt: Attempt, endpoint: Endpoint, context: Context) -> ev.Finish:
        self.progress.request_sent()
        # Later requests hold more than the context: tool rounds, or the beginning of an answer.
        is_first = not self._answer.has_content
        try:
            async with aclosing(self._stream(attempt, endpoint, context)) as batches:
                async for batch in batches:
                    await self._take(batch, attempt)
        except NoWordError:
            # Where something is there already, a model that adds nothing says that this was all.
            if not self._answer.round_text and not round_start(self._answer.parts):
                raise
            attempt.finish = attempt.finish or ev.Finish("stop", "")
        held = attempt.held_back()
        if held:
            self._answer.write(held)
        if attempt.finish is None or attempt.finish.reason == "error":
            raise ServerError("{name} ended its answer with an error. The text so far is saved.", name=endpoint.name)
        if attempt.finish.reason == "unknown":
            raise UnknownEndError(
                "{name} ended its answer for a reason that Parley does not know: {reason}.",
                name=endpoint.name,
                reason=attempt.finish.raw,
            )
        if is_first:
            reported = self.progress.input_tokens
            LEARNED.saw(endpoint.slug, self._run.model, estimated=context.tokens, reported=reported)
        return attempt.finish

    async def _stream(
        self, attempt: Attempt, endpoint: Endpoint, context: Context
    ) -> AsyncGenerator[list[ev.Event], None]:
        parts, before = self._answer.parts, attempt.before
        request = self._request = await request_of(self._run, endpoint, context, self._toolbox, parts, before)
        if self._deadline is None:
            self._deadline = time.monotonic() + endpoint.timeouts.run_seconds
        stream = client.stream(endpoint, request, pace_seconds=self._pace_seconds, deadline=self._deadline)
        async with aclosing(stream) as batches:
            async for batch in batches:
                yield batch

    # --- events ---

    async def _take(self, batch: list[ev.Event], attempt: Attempt) -> None:
        answer = self._answer
        if answer.feed.done:
            raise GoneError
        changes: list[Change] = []
        is_first = not answer.has_content
        for event in batch:
            self.progress.saw(event)
        # A paced read brings six tokens at once: what follows is done once for all of them.
        for event in ev.joined(batch):
            if isinstance(event, GivenFile):
                attempt.has_heard = True
                # A stop meanwhile loses none of the text before it. The upstream waits, so the file takes its place.
                answer.append(changes, urgent=is_first)
                changes = [answer.writer.file(part) for part in await file_parts(self._run, [event])]
            elif not self._is_about_run(event, attempt):
                if attempt.replaces and isinstance(event, ev.Text | ev.Refusal | ev.ToolCallDelta):
                    attempt.replaces = False
                    changes.extend(answer.writer.take_back())
                changes.extend(answer.writer.apply(attempt.heard(event)))
        if not changes:
            return
        thinking_seconds = self.phase.follow(batch)
        answer.append(changes, chunks=len(batch), urgent=is_first)
        if thinking_seconds is not None:
            answer.note_thinking_time(thinking_seconds)
        if self.progress.report_is_due():
            answer.tell(self.progress.fields())

    def _is_about_run(self, event: ev.Event, attempt: Attempt) -> bool:
        """Whether the event is no content; then it is dealt with."""
        match event:
            case ev.Phase():
                self.phase.connect(event)
            case ev.Identity(request_id=request_id, model=model):
                if request_id:
                    self.identity["request_id"] = request_id
                if model:
                    self.identity["model_said"] = model
            case ev.Finish():
                attempt.finish = event
            case _:
                return False
        return True
