"""A dead process's runs are taken over by exactly one process, once, whatever the clocks say (S1, S15, S16, S18)."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.database import fresh, in_thread
from chat.models import JournalEntry, Process, Run, User
from chat.process import recovery
from chat.runs.running import Running
from tests.core.scene import ended, posted, process, run_row, text_of
from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)
ELSEWHERE = "another host"


def a_process(name: str, host: str = ELSEWHERE, pid: int = 1) -> Process:
    return Process.objects.create(id=name, host=host, pid=pid)


def broken_off(owner: str, user: User, model: str, words: int) -> Run:
    """A run whose process died after `words` words."""
    run = posted(owner, user, model)
    text = full_text(words)
    changes = f'[["run",{{"status":"running"}}],["add",0,{{"type":"text","text":"{text}"}}]]'
    JournalEntry.objects.create(run=run, seq=1, changes=changes)
    Run.objects.filter(pk=run.pk).update(status="running")
    return run


def test_a_dead_process_is_inherited_by_exactly_one_of_many_heirs(alice: User) -> None:
    for number in range(5):
        a_process("dead")
        for heir in "abcdef":
            Process.objects.get_or_create(id=heir, defaults={"host": ELSEWHERE, "pid": 1})
        run = posted("dead", alice, "m")
        with ThreadPoolExecutor(6) as pool:
            claims = list(pool.map(lambda heir: fresh(recovery.claim, "dead", heir), "abcdef"))
        assert sum(len(claim) for claim in claims) == 1, number
        run.refresh_from_db()
        assert (run.claims, run.process in "abcdef") == (1, True)
        Run.objects.filter(pk=run.pk).update(status="done")


def test_runs_without_a_process_are_claimed_by_one(alice: User) -> None:
    a_process("a"), a_process("b")
    orphan, mine = posted("handed over", alice, "m"), posted("a", alice, "m")
    with ThreadPoolExecutor(2) as pool:
        claims = list(pool.map(lambda heir: [run.pk for run in fresh(recovery.claim_orphans, heir)], "ab"))
    assert sorted(claims) == [[], [orphan.pk]]
    mine.refresh_from_db()
    assert (mine.process, mine.claims) == ("a", 0)


def test_ended_runs_are_left_alone(alice: User) -> None:
    a_process("heir")
    run = posted("nobody", alice, "m")
    Run.objects.filter(pk=run.pk).update(status="stopped")
    assert recovery.claim_orphans("heir") == []


def test_a_process_is_dead_when_its_beats_stand_still_by_the_observers_own_clock(alice: User) -> None:
    a_process("me"), a_process("other")
    lookout = recovery.Lookout("me", timeout_seconds=0.0)
    run = posted("other", alice, "m")
    assert lookout.beat().claimed == [], "seen for the first time: nothing is known of it"
    Process.objects.filter(pk="other").update(beats=1)
    assert lookout.beat().claimed == [], "it moved"
    assert [claimed.pk for claimed in lookout.beat().claimed] == [run.pk], "it did not"


def test_a_clock_that_jumps_an_hour_kills_nobody(alice: User) -> None:
    a_process("me"), a_process("other")
    posted("other", alice, "m")
    lookout = recovery.Lookout("me", timeout_seconds=60)
    lookout.beat()
    Process.objects.update(started_at=timezone.now() - timedelta(hours=1))
    Run.objects.update(created_at=timezone.now() + timedelta(hours=1))
    assert lookout.beat().claimed == []


def test_on_the_same_host_a_pid_that_is_gone_is_dead_at_once(alice: User) -> None:
    gone = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(gone, 0)
    host = recovery.host_of_this_process()
    a_process("me", host, os.getpid()), a_process("alive", host, os.getppid()), a_process("gone", host, gone)
    posted("alive", alice, "m")
    run = posted("gone", alice, "m")
    assert [claimed.pk for claimed in recovery.Lookout("me", 60).beat().claimed] == [run.pk]


def test_a_process_that_lost_its_row_is_told(alice: User) -> None:
    assert not recovery.Lookout("nobody", 60).beat().is_mine


def test_a_stop_that_another_process_wanted_is_found_with_the_next_beat(alice: User) -> None:
    a_process("me")
    run = posted("me", alice, "m")
    assert recovery.want_stop(run.pk) == "me"
    assert recovery.Lookout("me", 60).beat().to_stop == [run.pk]
    Run.objects.filter(pk=run.pk).update(status="done")
    assert recovery.want_stop(run.pk) == ""


def test_journals_are_kept_for_readers_on_the_way_and_then_swept(alice: User) -> None:
    run = broken_off("a", alice, "m", 3)
    Run.objects.filter(pk=run.pk).update(status="done", ended_at=timezone.now() - timedelta(minutes=5))
    recovery.sweep_journal()
    assert run.journal.exists()
    Run.objects.filter(pk=run.pk).update(ended_at=timezone.now() - timedelta(minutes=11))
    recovery.sweep_journal()
    assert not run.journal.exists()


@pytest.mark.parametrize(
    ("claims", "age_seconds", "by_itself", "goes_on"),
    [(1, 0, True, True), (2, 0, True, True), (3, 0, True, False), (1, 9999, True, False), (1, 0, False, False)],
)
def test_a_claimed_run_goes_on_if_it_is_young_and_was_not_claimed_too_often(
    claims: int, age_seconds: int, by_itself: bool, goes_on: bool, settings: Any
) -> None:
    settings.CONTINUE_AFTER_CRASH = by_itself
    run = Run(claims=claims, created_at=timezone.now() - timedelta(seconds=age_seconds))
    assert recovery.is_worth_continuing(run) is goes_on


@pytest.mark.asyncio
async def test_the_next_process_continues_and_a_reader_sees_every_character_once(
    upstream: FakeUpstream, alice: User
) -> None:
    await in_thread(a_process, "dead", recovery.host_of_this_process(), 2**22 + 1)
    run = await in_thread(broken_off, "dead", alice, "text-n40", 15)
    async with process() as heir:
        seen = await asyncio.wait_for(ended(heir, run), PATIENCE_SECONDS)
    assert text_of(seen) == full_text(40)
    assert [part["type"] for part in seen["parts"]] == ["text", "seam", "text"]
    stored = await in_thread(run_row, run.pk)
    assert (stored.status, stored.claims, stored.message.parts) == ("done", 1, seen["parts"])
    assert len(upstream.log()) == 1


@pytest.mark.asyncio
async def test_a_reader_in_another_process_follows_through_the_death_of_the_first(
    upstream: FakeUpstream, alice: User
) -> None:
    reader = Running()
    await in_thread(a_process, "dead", recovery.host_of_this_process(), 2**22 + 1)
    run = await in_thread(broken_off, "dead", alice, "text-n40-r200", 15)
    reader.feeds.follow()
    reading = asyncio.create_task(ended(reader, run))
    while run.pk not in reader.feeds._feeds:
        await asyncio.sleep(0.01)
    async with process() as heir:
        await ended(heir, run)
        assert text_of(await asyncio.wait_for(reading, PATIENCE_SECONDS)) == full_text(40)
    reader.feeds.end()


@pytest.mark.asyncio
async def test_a_restored_backup_leaves_its_old_runs_marked_and_continuable(
    upstream: FakeUpstream, alice: User
) -> None:
    run = await in_thread(broken_off, "long gone", alice, "text-n40", 15)
    await in_thread(Run.objects.filter(pk=run.pk).update, created_at=timezone.now() - timedelta(days=2))
    async with process() as heir:
        seen = await asyncio.wait_for(ended(heir, run), PATIENCE_SECONDS)
    assert (seen["run"]["status"], seen["run"]["error"]["code"]) == ("interrupted", "restarted")
    stored = await in_thread(run_row, run.pk)
    assert (stored.status, stored.message.text) == ("interrupted", full_text(15))
    assert upstream.log() == []


@pytest.mark.asyncio
async def test_a_process_that_drains_hands_its_runs_to_the_next(upstream: FakeUpstream, alice: User) -> None:
    first = Running()
    await first.life.begin()
    run = await in_thread(posted, first.process, alice, "text-n100-g50")
    first.start(run)
    async for patch in first.feeds.watch(run.pk, 0):
        if b"word3" in getattr(patch, "changes", b""):
            break
    await first.drain(0)
    assert (await in_thread(run_row, run.pk)).status == "running"
    upstream.release()
    async with process() as second:
        assert text_of(await asyncio.wait_for(ended(second, run), PATIENCE_SECONDS)) == full_text(100)
