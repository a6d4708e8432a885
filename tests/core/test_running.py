"""The runs of a process: begun, watched, stopped, handed over; and what happens when the database or another process interferes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.db import DatabaseError

from chat.database import in_thread
from chat.models import Message, Process, Run, User
from chat.models.post import Asked
from chat.runs.feeds import NoSuchRunError
from chat.runs.running import Running
from tests.core.scene import Missing, ended, posted, process, run_row, started, text_of
from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_what_the_upstream_said_is_what_the_reader_sees_is_what_is_stored(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    async with process() as running:
        run = await started(running, alice, "text-n40-k3-b4", upstream=format)
        seen = await ended(running, run)
    stored = await in_thread(run_row, run.pk)
    assert text_of(seen) == full_text(40)
    assert stored.message.parts == seen["parts"]
    assert stored.state == seen["run"]
    assert (stored.status, stored.state["finish_reason"]) == ("done", "stop")
    assert stored.output_tokens == stored.state["usage"]["output_tokens"]
    assert not stored.state["tokens_estimated"]


async def test_a_broken_answer_goes_on_and_shows_the_seam(upstream: FakeUpstream, alice: User) -> None:
    async with process() as running:
        run = await started(running, alice, "text-n60-x20-o14")
        seen = await ended(running, run)
    assert text_of(seen) == full_text(60)
    assert [part["type"] for part in seen["parts"]] == ["text", "seam", "text"]
    assert seen["run"]["status"] == "done"
    assert seen["run"]["tokens_estimated"], "nobody counted the tokens of the part that broke off"


async def test_stop_keeps_the_text_and_closes_the_upstream(upstream: FakeUpstream, alice: User) -> None:
    async with process() as running:
        run = await started(running, alice, "text-n500-g20")
        async for patch in running.feeds.watch(run.pk, 0):
            if b"word2" in getattr(patch, "changes", b""):
                await running.stop(run.pk)
        await in_thread(upstream.wait_for_disconnect)
        await running.stop(run.pk)
    stored = await in_thread(run_row, run.pk)
    assert stored.status == "stopped"
    assert full_text(500).startswith(stored.message.text)
    assert "word2" in stored.message.text


async def test_stop_before_the_first_step_stops(upstream: FakeUpstream, alice: User) -> None:
    async with process() as running:
        run = await in_thread(posted, running.process, alice, "text-n5")
        running.start(run)
        await running.stop(run.pk)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert seen["run"]["status"] == "stopped"
    assert upstream.log() == []


async def test_stop_before_the_first_byte_closes_the_upstream(upstream: FakeUpstream, alice: User) -> None:
    model = upstream.scenario("silent", [{"hang": True}])
    async with process() as running:
        run = await started(running, alice, model)
        while not upstream.log():
            await asyncio.sleep(0.01)
        await running.stop(run.pk)
        await in_thread(upstream.wait_for_disconnect)
        assert (await ended(running, run))["run"]["status"] == "stopped"


async def test_a_stopped_answer_has_an_estimate_and_not_the_first_events_count_of_tokens(
    upstream: FakeUpstream, alice: User
) -> None:
    async with process() as running:
        run = await started(running, alice, "text-n500-r100-b10", upstream="anthropic")
        async for patch in running.feeds.watch(run.pk, 0):
            if b"word5" in getattr(patch, "changes", b""):
                await running.stop(run.pk)
    stored = await in_thread(run_row, run.pk)
    assert stored.state["tokens_estimated"]
    assert stored.output_tokens == stored.state["output_tokens"] > 10


async def test_a_run_whose_conversation_is_deleted_ends_and_lets_the_upstream_go(
    upstream: FakeUpstream, alice: User
) -> None:
    async with process() as running:
        doomed = await started(running, alice, "text-n500-r50")
        while not upstream.log():
            await asyncio.sleep(0.01)
        other = await started(running, alice, "text-n50-r50")
        async for patch in running.feeds.watch(doomed.pk, 0):
            if b"word2" in getattr(patch, "changes", b""):
                await in_thread(_delete_conversation, doomed.pk)
        await in_thread(upstream.wait_for_disconnect, 0)
        assert text_of(await ended(running, other)) == full_text(50)


async def test_a_run_that_could_not_be_read_once_can_be_read_later(alice: User) -> None:
    run = await in_thread(posted, "elsewhere", alice, "m")
    await in_thread(Run.objects.filter(pk=run.pk).update, status="done", seq=1)
    await in_thread(Message.objects.filter(run=run).update, parts=[{"type": "text", "text": "Here."}])
    running = Running()
    with pytest.raises(DatabaseError):
        async with Missing("chat_run"):
            await anext(aiter(running.feeds.watch(run.pk, 0)))
    assert text_of(await ended(running, run)) == "Here."


async def test_a_process_that_could_not_begin_begins_when_the_database_is_back() -> None:
    running = Running()
    with pytest.raises(DatabaseError):
        async with Missing("chat_process"):
            await running.life.begin()
    await running.life.begin()
    assert await in_thread(Process.objects.filter(pk=running.process).exists)
    await running.drain(0)


async def test_a_process_that_was_taken_for_dead_works_on_under_a_new_name(upstream: FakeUpstream, alice: User) -> None:
    async with process(beat_seconds=0.05) as running:
        before = running.process
        await in_thread(Process.objects.filter(pk=before).delete)
        while running.process == before:
            await asyncio.sleep(0.01)
        after = running.process
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await in_thread(Process.objects.filter(pk=after, beats__gte=2).exists):
                await asyncio.sleep(0.01)
        assert running.process == after
        run = await started(running, alice, "text-n5")
        assert text_of(await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)) == full_text(5)


async def test_entries_that_another_look_at_the_database_finds_are_not_told_twice(alice: User) -> None:
    running = Running()
    run = await in_thread(posted, running.process, alice, "m")
    feed = await running.feeds.load(run.pk)
    assert feed is not None
    await in_thread(run.journal.create, seq=1, changes='[["add",0,{"type":"text","text":"once"}]]')
    look = asyncio.create_task(running.feeds.catch_up([feed]))
    await asyncio.sleep(0)
    running.live[run.pk] = None  # type: ignore[assignment]  # it begins here while the look is on its way
    await look
    assert feed.seq == 0


async def test_a_run_that_does_not_exist_says_so() -> None:
    with pytest.raises(NoSuchRunError):
        await anext(aiter(Running().feeds.watch(12345, 0)))


def _delete_conversation(run: int) -> None:
    run_row(run).message.conversation.delete()


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_a_stopped_answer_is_continued_on_the_same_message(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    async with process() as running:
        run = await started(running, alice, "text-n60-g20", upstream=format)
        async for patch in running.feeds.watch(run.pk, 0):
            if b"word8" in getattr(patch, "changes", b""):
                await running.stop(run.pk)
        answer = await in_thread(Message.objects.get, pk=run.message_id)
        asked = Asked(format, "text-n60")
        more = (await in_thread(answer.resume, asked, alice, "client-id", running.process)).run
        running.start(await in_thread(run_row, more.pk))
        seen = await asyncio.wait_for(ended(running, more), PATIENCE_SECONDS)
        assert text_of(seen) == full_text(60)
        assert [part["type"] for part in seen["parts"]] == ["text", "seam", "text"]
        stored = await in_thread(run_row, more.pk)
        assert (stored.message_id, stored.message.parts) == (run.message_id, seen["parts"])
        assert text_of(await ended(running, run)) == answer.text, "the first run still tells its own part"


UGLY = r"\ud800 \u0000 \u001b[2J \u202e"


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_whatever_characters_an_upstream_sends_the_run_ends_and_is_stored(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    ugly = [{"send": line} for line in _ugly_lines(format)]
    model = upstream.scenario("ugly", ugly)
    async with process() as running:
        other = await started(running, alice, "text-n30-r100", upstream=format)
        run = await started(running, alice, model, upstream=format)
        seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
        assert text_of(await asyncio.wait_for(ended(running, other), PATIENCE_SECONDS)) == full_text(30)
    stored = await in_thread(run_row, run.pk)
    assert stored.status == "interrupted", "an ugly reason is none that anybody knows"
    assert stored.message.parts == seen["parts"]
    everything = json.dumps(seen, ensure_ascii=False)
    assert "\\x00" not in everything
    assert not any("\\ud800" <= character <= "\\udfff" for character in everything)
    assert "\\\\u0000" not in everything


def _ugly_lines(format: str) -> list[str]:
    """A stream in which every text field is hostile."""
    if format == "openai":
        call = {"index": 0, "id": "UGLY", "type": "function", "function": {"name": "UGLY", "arguments": "UGLY"}}
        call["extra_content"] = {"UGLY": ["UGLY"]}
        deltas: list[Any] = [
            {"role": "assistant", "reasoning_content": "UGLY"},
            {"content": "UGLY"},
            {"refusal": "UGLY"},
            {"tool_calls": [call]},
        ]
        chunks = [{"id": "UGLY", "model": "UGLY", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        chunks.append({"model": "UGLY", "choices": [{"index": 0, "delta": {}, "finish_reason": "UGLY"}]})
        events = [json.dumps(chunk) for chunk in chunks]
    else:
        blocks: list[Any] = [
            {"type": "thinking", "thinking": "UGLY", "signature": "UGLY"},
            {"type": "redacted_thinking", "data": "UGLY"},
            {"type": "text", "text": "UGLY"},
            {"type": "tool_use", "id": "UGLY", "name": "UGLY", "input": {"UGLY": "UGLY"}},
        ]
        said: list[Any] = [{"type": "message_start", "message": {"id": "UGLY", "model": "UGLY", "usage": {}}}]
        said += [
            {"type": "content_block_start", "index": at, "content_block": block} for at, block in enumerate(blocks)
        ]
        said += [{"type": "message_delta", "delta": {"stop_reason": "UGLY"}}, {"type": "message_stop"}]
        events = [json.dumps(event) for event in said]
    return [f"data: {event.replace('UGLY', UGLY)}\n\n" for event in events]
