"""One round of tool calls: each is decided, run and answered; the round is over when every call has its result.

A call runs once. Its row (`chat.models.ToolCall`) is committed before the tool works, and its result is committed before
the row says that it has ended; so the process that takes over after a crash knows which calls may have had an effect.
"""

import asyncio
import time
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from msgspec.structs import replace

from chat.database import DATABASE_TROUBLE, in_thread, in_thread_at_last
from chat.models import Run, ToolCall
from chat.process.slot import Slot
from chat.runs.answer import Answer
from chat.runs.calls import OpenCall
from chat.runs.given import contents_of
from chat.runs.phase import Phase
from chat.runs.tool_access import RunAccess
from chat.runs.toolbox import Offer, Toolbox, guarded, is_off
from chat.text import clean
from chat.tools.tool import MAX_RESULT_CHARS, BadArgumentsError, Result, ToolError

log = structlog.get_logger(__name__)

# A decision rings a doorbell; this is for a ring that was lost.
LOOK_SECONDS = 2.0
# They all run at once, each with its task and its rows. A model that looks things up calls a few at once; only one that is
# out of control calls more than this, and it is told to ask again.
MAX_CALLS = 16

DENIED = "A person declined this call. Do not repeat it; go on without it, or ask what to do instead."
EXPIRED = "Nobody answered the request to run this in time, so it was not run."
TOO_MANY = f"Not run: at most {MAX_CALLS} calls at once. Call again with fewer."
SWITCHED_OFF = "Not run: an administrator has switched this tool off."
ENDLESS = "Not run: too many rounds of tool calls in one answer. Answer now, with what is known."
SHOULD_ASK_AGAIN = "The server stopped while this was running, so it may have been done already."


class ToolRound:
    """The calls of one round, worked on together."""

    def __init__(
        self, run: Run, toolbox: Toolbox, answer: Answer, phase: Phase, slot: Slot, decided: asyncio.Event
    ) -> None:
        self._run = run
        self._toolbox = toolbox
        self._answer = answer
        self._phase = phase
        self._slot = slot
        self._decided = decided
        self._access = RunAccess(run)
        self._undecided: set[int] = set()

    async def work(self, calls: list[OpenCall], *, is_last: bool) -> None:
        """Answer every call; when `is_last`, by telling the model to come to an end."""
        async with asyncio.TaskGroup() as tasks:
            for number, call in enumerate(calls):
                refusal = ENDLESS if is_last else TOO_MANY if number >= MAX_CALLS else ""
                tasks.create_task(self._settle(call, refusal), name=f"tool {call.name[:40]} of run {self._run.pk}")

    async def _settle(self, call: OpenCall, refusal: str) -> None:
        offer = self._toolbox.offers.get(call.name)
        try:
            if refusal:
                raise ToolError(refusal)
            if offer is None:
                raise ToolError(
                    f"There is no tool {call.name[:80]!r}. The tools are: {', '.join(self._toolbox.offers) or 'none'}."
                )
            offer.tool.read(call.arguments)
        except ToolError as error:
            # Not worth a row: nothing was about to happen.
            return await self._give(call, str(error), is_error=True)
        await self._decide_and_run(call, offer)

    async def _decide_and_run(self, call: OpenCall, offer: Offer) -> None:
        row, warning = await in_thread_at_last(_row_of, self._run, call, offer)
        if row.status == ToolCall.Status.ASKED:
            row = await self._decision(call, offer, row, warning)
        match row.status:
            case ToolCall.Status.APPROVED | ToolCall.Status.RUNNING:
                await self._call(call, offer, row)
            case ToolCall.Status.DENIED:
                await self._give(call, DENIED, is_error=True)
            case ToolCall.Status.EXPIRED:
                await self._give(call, EXPIRED, is_error=True)
            case _:
                await self._give(call, "Not run: it was stopped.", is_error=True)

    async def _decision(self, call: OpenCall, offer: Offer, row: ToolCall, warning: str) -> ToolCall:
        expires = row.expires_at.isoformat() if row.expires_at else None
        asked = {
            "status": "asked",
            "decided_by": "",
            "deciders": row.deciders,
            "may_edit": row.may_edit,
            "expires_at": expires,
        }
        if row.requested_by is not None:
            asked["asker"] = {"id": row.requested_by.pk, "name": row.requested_by.display_name}
        self._answer.set(call.index, {**asked, **({"warning": warning} if warning else {})})
        self._undecided.add(call.index)
        self._show_waiting()
        while row.status == ToolCall.Status.ASKED:
            await self._wait_for_ring()
            row = await self._looked_at(row)
        # Not in a finally: a cancelled run must still look *waiting* to the process that takes it over.
        self._undecided.discard(call.index)
        self._show_waiting()
        by = row.decided_by.display_name if row.decided_by else ""
        edited = {"used_arguments": row.arguments} if row.is_edited else {}
        self._answer.set(call.index, {"status": row.status, "decided_by": by, **edited})
        return row

    def _show_waiting(self) -> None:
        if self._undecided:
            self._slot.leave()
        self._phase.await_approval(bool(self._undecided))

    async def _looked_at(self, row: ToolCall) -> ToolCall:
        try:
            return await in_thread(_looked_at, row.pk)
        except DATABASE_TROUBLE as error:
            # A wait of days outlasts a database that is away for a minute.
            log.warning("tool.not_looked_at", run=self._run.pk, error=str(error)[:200])
            return row

    async def _wait_for_ring(self) -> None:
        self._decided.clear()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._decided.wait()
        except TimeoutError:
            pass

    async def _call(self, call: OpenCall, offer: Offer, row: ToolCall) -> None:
        # Asked as late as this: a call may have waited for a decision for days.
        if await in_thread_at_last(is_off, offer.tool):
            await self._give(call, SWITCHED_OFF, is_error=True)
            await in_thread_at_last(row.end, ToolCall.Status.STOPPED)
            return
        if not await in_thread_at_last(row.begin, self._run.process):
            return await self._give(call, "Not run: it was stopped.", is_error=True)
        self._answer.set(call.index, {"status": "running"})
        began = time.monotonic()
        result, failed = await self._result(offer, row)
        seconds = round(time.monotonic() - began, 2)
        contents = await contents_of(self._run, result)
        more = {"seconds": seconds, **({"contents": contents} if contents else {})}
        await self._give(call, result.text, is_error=failed, **more)
        status = ToolCall.Status.FAILED if failed else ToolCall.Status.DONE
        await in_thread_at_last(row.end, status, len(result.text))

    async def _result(self, offer: Offer, row: ToolCall) -> tuple[Result, bool]:
        """What the tool says, and whether it failed. Only the tool's own errors are expected; others end the run."""
        tool = offer.tool
        try:
            arguments = tool.read(row.arguments)
            async with asyncio.timeout(tool.timeout_seconds):
                given = await tool.call(arguments, self._access)
        except BadArgumentsError as error:
            return Result(f"A person changed the arguments, and they do not fit any more. {error}"), True
        except ToolError as error:
            return Result(str(error)), True
        except TimeoutError:
            return Result(f"The tool took longer than {tool.timeout_seconds:g} seconds and was ended."), True
        result = given if isinstance(given, Result) else Result(given)
        changed = f"[A person changed the arguments to {row.arguments}]\n" if row.is_edited else ""
        return replace(result, text=clean(changed + result.text)[:MAX_RESULT_CHARS]), False

    async def _give(self, call: OpenCall, text: str, *, is_error: bool, **more: Any) -> None:
        part: dict[str, Any] = {"type": "tool_result", "id": call.id, "name": call.name, "text": text, **more}
        await self._answer.add_result(part | ({"is_error": True} if is_error else {}))


def _row_of(run: Run, call: OpenCall, offer: Offer) -> tuple[ToolCall, str]:
    """The call's row, as an earlier process left it or new; and the warning for the people who decide."""
    known = (
        ToolCall.objects.select_related("decided_by", "requested_by")
        .filter(message=run.message_id, index=call.index)
        .first()
    )
    may_be_done = known is not None and known.started_at is not None and offer.tool.has_effect
    if known is not None and known.run_id == run.pk and not (known.status == ToolCall.Status.RUNNING and may_be_done):
        return known, SHOULD_ASK_AGAIN if may_be_done and known.status == ToolCall.Status.ASKED else ""
    # An earlier run of this answer ended with the call open, and what was decided then holds no longer: another person
    # may go on with it, under other rules.
    offer = guarded(run, offer)
    asks = may_be_done or offer.rule == "ask"
    row, _ = ToolCall.objects.update_or_create(
        _fields_of(run, call, offer, asks=asks), message=run.message, index=call.index
    )
    return row, SHOULD_ASK_AGAIN if may_be_done else ""


def _fields_of(run: Run, call: OpenCall, offer: Offer, *, asks: bool) -> dict[str, Any]:
    """A row of which nothing is decided yet."""
    return {
        "run": run,
        "requested_by": run.requested_by,
        "tool": call.name,
        "arguments": call.arguments,
        "is_edited": False,
        "status": ToolCall.Status.ASKED if asks else ToolCall.Status.APPROVED,
        "deciders": offer.deciders,
        "may_edit": offer.may_edit,
        "decided_by": None,
        "decided_at": None,
        "expires_at": timezone.now() + timedelta(hours=settings.TOOL_APPROVAL_HOURS) if asks else None,
        "ended_at": None,
    }


def stop_open_calls(run: Run) -> None:
    """The run ended while calls were open: they are not to be decided or run any more."""
    calls = ToolCall.objects.filter(run=run, status__in=ToolCall.OPEN)
    calls.update(status=ToolCall.Status.STOPPED, ended_at=timezone.now())


def _looked_at(pk: int) -> ToolCall:
    """The row as it is now; a request that was not decided in time has expired."""
    row = ToolCall.objects.select_related("decided_by").get(pk=pk)
    if row.status != ToolCall.Status.ASKED or row.expires_at is None or row.expires_at > timezone.now():
        return row
    still = ToolCall.objects.filter(pk=pk, status=ToolCall.Status.ASKED)
    still.update(status=ToolCall.Status.EXPIRED, ended_at=timezone.now())
    return ToolCall.objects.select_related("decided_by").get(pk=pk)
