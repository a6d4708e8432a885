"""A tool call survives stops, crashes and a database that is away, and nothing is run twice."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import msgspec
import pytest

from chat.database import in_thread
from chat.models import Run, ToolCall, User
from chat.models.post import Asked
from chat.runs import tool_round
from chat.tools import TOOLS, Tool
from tests.core.scene import Missing, ended, posted, process, run_row, started, text_of
from tests.core.tool_calls import asks_then_says, call, results_of, rule, waiting
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_a_request_survives_the_process_and_is_answered_in_the_next(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, {"text": "Well. "}, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
    assert len(upstream.log()) == 1
    async with process() as heir:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await in_thread(Run.objects.filter(pk=run.pk, process=heir.process).exists):
                await asyncio.sleep(0.05)
        assert await in_thread(row.decide, alice, approve=True)
        await heir.decided(run.pk)
        seen = await asyncio.wait_for(ended(heir, run), PATIENCE_SECONDS)
    assert (text_of(seen), len(upstream.log())) == ("Well. It is 42.", 2)
    assert [part["type"] for part in seen["parts"]] == ["text", "tool_call", "tool_result", "text"], (
        "no seam, nothing asked twice"
    )
    assert await in_thread(ToolCall.objects.count) == 1


async def test_a_request_survives_many_processes_and_hours(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        await waiting(run)
        # Longer ago than anybody would go on with an answer that had stopped, and taken over more often.
        await in_thread(Run.objects.update, created_at="2020-01-01T00:00Z", claims=9)
    async with process() as heir:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await in_thread(Run.objects.filter(pk=run.pk, process=heir.process).exists):
                await asyncio.sleep(0.05)
        row = await waiting(run)
        assert await in_thread(row.decide, alice, approve=True)
        await heir.decided(run.pk)
        seen = await asyncio.wait_for(ended(heir, run), PATIENCE_SECONDS)
    assert seen["run"]["status"] == "done"


@pytest.mark.parametrize("has_effect", [False, True])
async def test_what_ran_when_the_process_died_is_repeated_only_where_that_does_no_harm(
    has_effect: bool, upstream: FakeUpstream, alice: User
) -> None:
    ran: list[str] = []
    release = asyncio.Event()

    async def effect(arguments: Any, access: Any) -> str:
        ran.append("ran")
        if len(ran) == 1:
            await release.wait()
        return "sent"

    tool = msgspec.structs.replace(TOOLS["current_time"], name="send_mail", call=effect, has_effect=has_effect)

    def tools() -> dict[str, Tool]:
        return {tool.name: tool}

    model = asks_then_says(upstream, call("{}", name="send_mail"))
    async with process(tools=tools) as running:
        run = await started(running, alice, model)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not ran:
                await asyncio.sleep(0.01)
    async with process(tools=tools) as heir:
        if has_effect:
            row = await waiting(run)
            assert ran == ["ran"], "not again without asking"
            assert await in_thread(row.decide, alice, approve=True)
            await heir.decided(run.pk)
        seen = await asyncio.wait_for(ended(heir, run), PATIENCE_SECONDS)
    part = next(part for part in seen["parts"] if part["type"] == "tool_call")
    assert part.get("warning") == (tool_round.SHOULD_ASK_AGAIN if has_effect else None)
    assert (len(ran), results_of(seen)[0]["text"]) == (2, "sent")


async def resumed(running: Any, run: Run, user: User) -> Run:
    """A new run that goes on with that run's answer, which `user` has asked for."""
    asked = Asked(run.upstream, run.model)
    answer = (await in_thread(run_row, run.pk)).message
    again = await in_thread(lambda: run_row(answer.resume(asked, user, uuid.uuid4().hex, running.process).run.pk))
    running.start(again)
    return again


async def test_after_a_stop_the_call_asks_the_person_who_continues(
    upstream: FakeUpstream, alice: User, bob: User
) -> None:
    await rule("calculator", "ask", deciders="asker")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        await in_thread(run.message.conversation.admit, bob, "editor")
        await running.stop(run.pk)
        await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
        again = await resumed(running, run, bob)
        row = await waiting(again)
        assert (row.requested_by_id, row.decided_by_id) == (bob.pk, None)
        assert await in_thread(row.decide, bob, approve=True)
        await running.decided(again.pk)
        seen = await asyncio.wait_for(ended(running, again), PATIENCE_SECONDS)
    assert (results_of(seen)[0]["text"], seen["run"]["status"]) == ("6 * 7 = 42", "done")
    assert await in_thread(ToolCall.objects.count) == 1


async def test_an_approval_ends_with_the_run_it_was_given_to(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        await waiting(run)
        await running.stop(run.pk)
        await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
        # As a process leaves it that dies between the decision and the call.
        changed = {"status": "approved", "arguments": '{"expression": "1 + 1"}', "is_edited": True, "decided_by": alice}
        await in_thread(lambda: ToolCall.objects.update(**changed))
        row = await waiting(await resumed(running, run, alice))
    assert (json.loads(row.arguments), row.is_edited, row.decided_by_id) == ({"expression": "6 * 7"}, False, None)


async def test_a_request_outlasts_a_database_that_is_away(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        async with Missing("chat_toolcall"):
            live = running.live[run.pk]
            live.wake()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while live._generation.decided.is_set():  # it looks again, and finds no table
                    await asyncio.sleep(0.01)
        assert await in_thread(row.decide, alice, approve=True)
        await running.decided(run.pk)
        assert (await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS))["run"]["status"] == "done"


async def a_try_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(record.name == "chat.database" for record in caplog.records):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("table", ["chat_toolpolicy", "chat_toolcall"])
async def test_a_run_waits_for_a_database_that_is_away_when_it_begins_or_calls(
    table: str, upstream: FakeUpstream, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await in_thread(posted, running.process, alice, model)
        async with Missing(table):
            running.start(run)
            await a_try_has_failed(caplog)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert (seen["run"]["status"], text_of(seen), len(results_of(seen))) == ("done", "It is 42.", 1)


async def test_a_run_waits_for_a_database_that_goes_away_while_a_tool_works(
    upstream: FakeUpstream, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    away = Missing("chat_toolcall")

    async def effect(arguments: Any, access: Any) -> str:
        ran.append("ran")
        await away.__aenter__()
        return "sent"

    tool = msgspec.structs.replace(TOOLS["current_time"], name="send_mail", call=effect, has_effect=True)
    model = asks_then_says(upstream, call("{}", name="send_mail"))
    async with process(tools=lambda: {tool.name: tool}) as running:
        run = await started(running, alice, model)
        await a_try_has_failed(caplog)
        await away.__aexit__()
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
        row = await in_thread(ToolCall.objects.get, run=run)
    assert (seen["run"]["status"], results_of(seen)[0]["text"], ran) == ("done", "sent", ["ran"])
    assert row.status == "done"


async def test_a_process_that_was_taken_for_dead_calls_nothing(upstream: FakeUpstream, alice: User) -> None:
    await rule("calculator", "ask")
    model = asks_then_says(upstream, call("6 * 7"))
    async with process() as running:
        run = await started(running, alice, model)
        row = await waiting(run)
        assert await in_thread(row.decide, alice, approve=True)
        await in_thread(Run.objects.filter(pk=run.pk).update, process="the-heir")
        assert not await in_thread(row.begin, running.process)
        assert await in_thread(row.begin, "the-heir")
