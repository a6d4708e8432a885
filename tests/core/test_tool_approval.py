"""A tool call that a person must approve: it waits, is decided once, and holds up nothing else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.database import in_thread
from chat.models import ToolCall, User
from chat.runs import tool_round
from tests.core.scene import ended, process, started
from tests.core.tool_calls import asks_then_says, call, results_of, rule, waiting
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
FORMATS = pytest.mark.parametrize("format", ["openai", "anthropic"])


@FORMATS
async def test_a_call_waits_until_somebody_approves(
    format: str, upstream: FakeUpstream, alice: User, bob: User
) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model, upstream=format)
        row = await waiting(run)
        assert await in_thread(row.decide, bob, approve=True)
        await running.decided(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    part = next(part for part in seen["parts"] if part["type"] == "tool_call")
    assert (part["status"], part["decided_by"]) == ("running", bob.display_name)
    assert results_of(seen)[0]["text"] == "6 * 7 = 42"
    row = await in_thread(ToolCall.objects.select_related("decided_by").get, pk=row.pk)
    assert (row.status, row.decided_by, row.duration_seconds is not None) == ("done", bob, True)


async def test_a_declined_call_is_not_run_and_the_model_is_told(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        assert await in_thread(row.decide, alice, approve=False)
        assert not await in_thread(row.decide, alice, approve=True), "the first answer counts"
        await running.decided(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert (results_of(seen)[0]["text"], seen["run"]["status"]) == (tool_round.DENIED, "done")


async def test_a_tool_that_was_switched_off_meanwhile_is_not_run(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        await rule("calculator", "ask", is_on=False)
        assert await in_thread(row.decide, alice, approve=True)
        await running.decided(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert (results_of(seen)[0]["text"], seen["run"]["status"]) == (tool_round.SWITCHED_OFF, "done")
    row = await in_thread(ToolCall.objects.get, pk=row.pk)
    assert (row.status, row.started_at) == ("stopped", None)


async def test_changed_arguments_are_used_and_said(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        await in_thread(lambda: row.decide(alice, approve=True, arguments='{"expression": "6 * 8"}'))
        await running.decided(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert results_of(seen)[0]["text"] == '[A person changed the arguments to {"expression": "6 * 8"}]\n6 * 8 = 48'
    part = next(part for part in seen["parts"] if part["type"] == "tool_call")
    assert (json.loads(part["arguments"]), json.loads(part["used_arguments"])) == (
        {"expression": "6 * 7"},
        {"expression": "6 * 8"},
    )


async def test_a_request_that_nobody_answers_expires(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        await in_thread(ToolCall.objects.filter(pk=row.pk).update, expires_at="2020-01-01T00:00Z")
        await running.decided(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
        assert not await in_thread(row.decide, alice, approve=True)
    assert (results_of(seen)[0]["text"], seen["run"]["status"]) == (tool_round.EXPIRED, "done")


async def test_a_stop_while_waiting_ends_the_run_and_the_request(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        await running.stop(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await in_thread(ToolCall.objects.filter(status="asked").exists):
                await asyncio.sleep(0.01)
        assert not await in_thread(row.decide, alice, approve=True)
    assert (results_of(seen), seen["run"]["status"]) == ([], "stopped")


async def test_a_run_that_waits_for_a_person_takes_no_slot(upstream: FakeUpstream, alice: User, settings: Any) -> None:
    settings.MAX_RUNS_PER_PROCESS = 1
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        other = await started(running, alice, "text-n3")
        assert (await asyncio.wait_for(ended(running, other), PATIENCE_SECONDS))["run"]["status"] == "done"
        assert await in_thread(row.decide, alice, approve=True)
        await running.decided(run.pk)
        assert (await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS))["run"]["status"] == "done"
        # Its slot is free again, and there is only one.
        assert not running._slots.locked()


async def test_a_stopping_process_does_not_wait_for_people(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        row = await waiting(await started(running, alice, model))
        await asyncio.wait_for(running.drain(600), PATIENCE_SECONDS)
    assert (await in_thread(ToolCall.objects.get, pk=row.pk)).status == "asked"


async def test_waiting_writes_nothing(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        row = await waiting(await started(running, alice, model))

        def looks() -> list[str]:
            with CaptureQueriesContext(connection) as queries:
                tool_round._looked_at(row.pk)
            return [query["sql"][:6] for query in queries.captured_queries]

        assert await in_thread(looks) == ["SELECT"]
