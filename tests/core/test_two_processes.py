"""Two processes of one site: which of them works on a run, and what the other one's readers see of it."""

from __future__ import annotations

import json

import pytest

from chat.database import in_thread
from chat.models import User
from chat.runs.feed import Patch
from chat.runs.running import Running
from tests.core.scene import Missing, posted

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_a_run_that_another_process_took_over_before_it_began_is_not_begun_twice(alice: User) -> None:
    running = Running()
    running.start(await in_thread(posted, "another process", alice, "m"))
    assert running.live == {}
    await running.take_over(await in_thread(posted, "another process", alice, "m"))
    assert running.live == {}


async def test_a_run_is_not_taken_over_while_its_journal_cannot_be_read(alice: User) -> None:
    running = Running()
    run = await in_thread(posted, running.process, alice, "m")
    await running.feeds.load(run.pk)
    async with Missing("chat_journalentry"):
        await running.take_over(run)
    assert running.live == {}


async def test_a_reader_that_comes_from_a_process_that_knew_more_does_not_see_its_text_shrink(alice: User) -> None:
    running = Running()
    run = await in_thread(posted, "another process", alice, "m")
    changes = [[["add", 0, {"type": "text", "text": "One "}]], [["text", 0, "two "]], [["text", 0, "three"]]]
    await in_thread(run.journal.create, seq=1, changes=json.dumps(changes[0]))
    feed = await running.feeds.load(run.pk)
    assert feed is not None
    assert feed.seq == 1
    for seq in (2, 3):
        await in_thread(run.journal.create, seq=seq, changes=json.dumps(changes[seq - 1]))
    patches = running.feeds.watch(run.pk, 2)
    patch = await anext(aiter(patches))
    assert isinstance(patch, Patch)
    assert (patch.after, patch.seq, json.loads(patch.changes)) == (2, 3, changes[2])
