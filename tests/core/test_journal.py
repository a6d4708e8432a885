"""The journal: commit, then show (invariant 1). A failed commit is retried, and one run's trouble does not affect another (S4, S6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from django.db import connection

from chat.database import in_thread
from chat.models import JournalEntry, Message, Process, Run, User
from chat.process.recovery import FencedError
from chat.runs.feed import Feed, Patch, Paused
from chat.runs.journal import LONGEST_TICK_SECONDS, Journal, _commit, _write
from chat.transcript import empty_state, fold
from tests.core.scene import applied, missing_table, posted, run_row, text_of
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
START = [["run", {"status": "running"}], ["add", 0, {"type": "text", "text": "One"}]]
END = [["text", 0, "."], ["run", {"status": "done", "usage": {"input_tokens": 3, "output_tokens": 2}}]]


@pytest_asyncio.fixture
async def journal(alice: User) -> AsyncIterator[Journal]:
    await in_thread(Process.objects.create, id="mine", host="h", pid=1)
    journal = Journal("mine", flush_seconds=0.01, max_chunks=10, live=lambda: 0)
    journal.start()
    yield journal
    journal.end_ticks()


async def a_run(alice: User) -> tuple[Run, Feed]:
    run = await in_thread(posted, "mine", alice, "m")
    return run, Feed(run.pk)


def stored_text(run: Run) -> str:
    state = empty_state()
    for entry in JournalEntry.objects.filter(run=run):
        fold(state, msgspec.json.decode(entry.changes))
    return text_of(state)


async def test_what_a_reader_sees_is_in_the_database_already(journal: Journal, alice: User) -> None:
    run, feed = await a_run(alice)
    state = empty_state()
    watching = feed.watch(0)
    for change in (START, [["text", 0, " two"]], [["text", 0, " three"]]):
        journal.append(feed, change)
        patch = await asyncio.wait_for(anext(watching), PATIENCE_SECONDS)
        assert isinstance(patch, Patch)
        state = applied(state, patch)
        assert (await in_thread(stored_text, run)).startswith(text_of(state))
    assert text_of(state) == "One two three"


async def test_the_end_is_stored_with_the_last_words_and_the_message_has_its_parts(
    journal: Journal, alice: User
) -> None:
    run, feed = await a_run(alice)
    before = (await in_thread(run_row, run.pk)).message.conversation.revision
    journal.append(feed, START)
    await journal.end(run, feed, END)
    stored = await in_thread(run_row, run.pk)
    assert (stored.status, stored.input_tokens, stored.output_tokens) == ("done", 3, 2)
    assert stored.message.parts == feed.state["parts"] == [{"type": "text", "text": "One."}]
    assert stored.message.revision == stored.message.conversation.revision > before
    assert feed.done


async def test_runs_of_one_tick_are_committed_together(journal: Journal, alice: User) -> None:
    runs = [await a_run(alice) for _ in range(5)]
    counted: list[int] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counted.append(sql.startswith("INSERT INTO"))
        return execute(sql, params, many, context)

    for _, feed in runs:
        journal.append(feed, START)

    def watched_flush() -> None:
        with connection.execute_wrapper(count):
            assert _commit("mine", [_write(pending) for pending in journal._pending.values()]) == set()

    await in_thread(watched_flush)
    assert sum(counted) == 1


async def test_a_commit_that_fails_is_tried_again_and_the_readers_are_told(journal: Journal, alice: User) -> None:
    run, feed = await a_run(alice)
    trouble = missing_table("chat_journalentry")
    await in_thread(trouble.__enter__)
    watching = feed.watch(0)
    ending = asyncio.create_task(journal.end(run, feed, [*START, *END]))
    assert isinstance(await asyncio.wait_for(anext(watching), PATIENCE_SECONDS), Paused)
    assert not ending.done()
    assert (feed.seq, feed.done) == (0, False), "nothing is shown as complete before it is stored"
    await in_thread(trouble.__exit__, None, None, None)
    patch = await asyncio.wait_for(anext(watching), PATIENCE_SECONDS)
    assert isinstance(patch, Patch)
    assert patch.done
    await ending
    assert (await in_thread(run_row, run.pk)).message.text == "One."


async def test_a_run_that_is_gone_does_not_stop_the_others(journal: Journal, alice: User) -> None:
    (gone, its_feed), (other, feed) = await a_run(alice), await a_run(alice)
    await in_thread(gone.message.conversation.delete)
    journal.append(its_feed, START)
    journal.append(feed, START)
    await asyncio.wait_for(journal.end(other, feed, END), PATIENCE_SECONDS)
    assert its_feed.done
    assert await in_thread(stored_text, other) == "One."


async def test_a_commit_whose_answer_was_lost_is_not_taken_for_a_run_that_is_gone(
    journal: Journal, alice: User
) -> None:
    run, feed = await a_run(alice)
    changes = '[["run",{"status":"running"}],["add",0,{"type":"text","text":"One"}]]'
    await in_thread(JournalEntry.objects.create, run=run, seq=1, changes=changes)
    journal.append(feed, START)
    await asyncio.wait_for(_until(feed, 1), PATIENCE_SECONDS)
    assert not feed.done
    await asyncio.wait_for(journal.end(run, feed, END), PATIENCE_SECONDS)
    assert await in_thread(stored_text, run) == "One."


async def test_a_process_without_a_row_may_not_write(journal: Journal, alice: User) -> None:
    run, feed = await a_run(alice)
    await in_thread(Process.objects.all().delete)
    journal.append(feed, START)
    with pytest.raises(FencedError):
        await journal.flush()
    assert feed.seq == 0
    assert not await in_thread(JournalEntry.objects.filter(run=run).exists)


@pytest.mark.parametrize("nonsense", [[["text", 7, "x"], ["run", {"status": "done"}]], [["run", {"status": "\ud800"}]]])
async def test_a_run_that_makes_no_sense_fails_and_the_others_go_on(
    nonsense: Any, journal: Journal, alice: User
) -> None:
    (bad, its_feed), (other, feed) = await a_run(alice), await a_run(alice)
    journal.append(feed, START)
    await asyncio.wait_for(journal.end(bad, its_feed, nonsense), PATIENCE_SECONDS)
    await asyncio.wait_for(journal.end(other, feed, END), PATIENCE_SECONDS)
    assert (await in_thread(run_row, other.pk)).message.text == "One."
    stored = await in_thread(run_row, bad.pk)
    assert (stored.status, stored.state["error"]["code"], its_feed.done) == ("failed", "internal", True)


async def test_a_live_run_that_makes_no_sense_is_let_go(journal: Journal, alice: User) -> None:
    _, its_feed = await a_run(alice)
    journal.append(its_feed, [["add", 0, {"type": "text", "text": "\ud800"}]])
    await journal.flush()
    assert its_feed.done


async def test_the_tick_grows_with_the_number_of_runs_and_has_an_end(journal: Journal) -> None:
    def tick(runs: int) -> float:
        return Journal("p", flush_seconds=0.05, max_chunks=1, live=lambda: runs).tick_seconds()

    assert tick(0) == 0.05
    assert tick(0) < tick(150) <= tick(400) <= tick(9000) == LONGEST_TICK_SECONDS


async def test_message_parts_stay_empty_in_frames_while_the_run_is_live(journal: Journal, alice: User) -> None:
    run, feed = await a_run(alice)
    journal.append(feed, START)
    await journal.flush()
    message = await in_thread(Message.objects.select_related("author", "run").get, pk=run.message_id)
    assert (message.as_json()["parts"], message.as_json()["run"]["status"]) == ([], "running")


async def _until(feed: Feed, seq: int) -> None:
    while feed.seq < seq:
        await asyncio.sleep(0.01)
