"""The text of an answer is never lost: by a stop, a crash, a value that the database refuses, a shutdown, another process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from chat.database import in_thread
from chat.models import JournalEntry, Message, Process, Run, User
from chat.models.post import Asked
from tests.core.scene import Missing, ended, posted, process, run_row, started, text_of
from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def cut_answer(running: Any, user: User) -> Run:
    """An answer that ended at its length limit."""
    run = await started(running, user, "text-n8-l")
    await ended(running, run)
    return await in_thread(run_row, run.pk)


async def resumed(running: Any, user: User, run: Run) -> Run:
    """Store a run that continues the answer of `run`."""
    asked = Asked("openai", "text-n9")
    made = await in_thread(run.message.resume, asked, user, f"resume-{run.pk}", running.process)
    return await in_thread(run_row, made.run.pk)


async def test_a_continuation_that_is_stopped_while_it_waits_for_a_slot_keeps_the_answer(
    upstream: FakeUpstream, alice: User, settings: Any
) -> None:
    async with process() as running:
        first = await cut_answer(running, alice)
    settings.MAX_RUNS_PER_PROCESS = 0
    async with process() as running:
        again = await resumed(running, alice, first)
        running.start(again)
        await asyncio.sleep(0)
        await running.stop(again.pk)
        await asyncio.wait_for(ended(running, again), PATIENCE_SECONDS)
    kept = await in_thread(run_row, again.pk)
    assert kept.status == "stopped"
    assert kept.message.text == first.message.text == full_text(8)


async def test_a_continuation_whose_process_died_at_once_keeps_the_answer(
    upstream: FakeUpstream, alice: User, settings: Any
) -> None:
    settings.CONTINUE_AFTER_CRASH = False
    async with process() as running:
        first = await cut_answer(running, alice)
        again = await resumed(running, alice, first)
        await in_thread(Run.objects.filter(pk=again.pk).update, claims=1)
        await running.take_over(await in_thread(run_row, again.pk))
    kept = await in_thread(run_row, again.pk)
    assert kept.status == "interrupted"
    assert kept.message.text == full_text(8)


async def test_a_number_that_is_no_json_ends_no_other_answer(upstream: FakeUpstream, alice: User) -> None:
    call = (
        '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call","type":"function",'
        '"function":{"name":"add","arguments":"{}"},"extra_content":{"x":1e400}}]}}]}'
    )
    answer = [{"text": "Done."}, {"finish": "stop"}]
    model = upstream.scenario("infinite", attempts=[[{"events": [call]}, {"finish": "tool_calls"}], answer])
    async with process() as running:
        run, other = await started(running, alice, model), await started(running, alice, "text-n30-r100")
        seen = await asyncio.wait_for(ended(running, other), PATIENCE_SECONDS)
        await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert text_of(seen) == full_text(30)
    assert (await in_thread(run_row, other.pk)).status == "done"
    stored = await in_thread(run_row, run.pk)
    assert stored.status == "done"
    assert [part["type"] for part in stored.message.parts] == ["tool_call", "tool_result", "text"]


async def test_a_heartbeat_outlives_a_database_in_trouble() -> None:
    async with process(beat_seconds=0.02) as running:
        with capture_logs() as logs:
            async with Missing("chat_queuedmessage"):
                while [line["event"] for line in logs].count("heartbeat.not_stored") < 3:
                    await asyncio.sleep(0.01)
        rows = Process.objects.filter(pk=running.process)
        before = await in_thread(rows.get)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await in_thread(rows.get)).beats < before.beats + 2:
                await asyncio.sleep(0.01)


async def test_a_process_that_is_stopping_takes_nothing_over(upstream: FakeUpstream, alice: User) -> None:
    async with process() as running:
        orphan = await in_thread(posted, "nobody", alice, "text-n5")
        running.life.is_draining = True
        await running.take_over(await in_thread(run_row, orphan.pk))
        assert orphan.pk not in running.live


async def test_a_run_that_was_handed_over_loses_none_of_its_attempts(upstream: FakeUpstream, alice: User) -> None:
    async with process() as leaving:
        run = await started(leaving, alice, "text-n200-g100")
        async for patch in leaving.feeds.watch(run.pk, 0):
            if b"word" in getattr(patch, "changes", b""):
                break
    upstream.release()
    async with process() as heir:
        while run.pk not in heir.live:
            await asyncio.sleep(0.02)
        seen = await asyncio.wait_for(ended(heir, run), PATIENCE_SECONDS)
    assert text_of(seen) == full_text(200)
    assert (await in_thread(run_row, run.pk)).claims == 0


async def test_a_reader_from_a_process_that_knew_more_is_followed(upstream: FakeUpstream, alice: User) -> None:
    async with process() as works, process() as reads:
        run = await started(works, alice, "text-n60-r60")
        async for patch in works.feeds.watch(run.pk, 0):
            if b"word9" in getattr(patch, "changes", b""):
                break
        text = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for patch in reads.feeds.watch(run.pk, works.live[run.pk].feed.seq + 1):
                text += getattr(patch, "changes", b"")
    assert b"word59" in text


async def test_an_end_whose_journal_was_swept_is_read_from_the_message(upstream: FakeUpstream, alice: User) -> None:
    async with process() as works, process() as reads:
        run = await started(works, alice, "text-n20-r100")
        feed = await reads.feeds.load(run.pk)
        assert feed is not None
        await ended(works, run)
        await in_thread(JournalEntry.objects.filter(run=run.pk).delete)
        await reads.feeds.catch_up([feed])
        assert not feed.done
        seen = await asyncio.wait_for(ended(reads, run), PATIENCE_SECONDS)
    assert text_of(seen) == full_text(20)
    assert await in_thread(Message.objects.filter(pk=run.message_id).exists)
