"""A right that ends, ends on open sockets with the next sweep, whatever they watch (C15, C16).

The tests make the sweep; that it comes by itself every second is seen in tests/live/test_access_faults.py.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat import runs
from chat.database import in_thread
from chat.models import Membership, Message, Run, User
from chat.sockets.sweep import SEEN_EVERY_SWEEPS, Snapshot, Sockets, open_sockets
from tests.cast import Cast
from tests.core.talk import Talk
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_a_removed_member_hears_no_more_of_a_run_even_when_only_the_run_was_watched(cast: Cast) -> None:
    run = await in_thread(live_run, cast)
    feeds = runs.this_process().feeds
    async with Talk(cast.bob) as talk, Talk(cast.alice) as member:
        # Nothing here takes the run over: this process only reads what another one writes.
        feeds.follow()
        for reader in (talk, member):
            await reader.send("run.watch", run=run, after=0)
            await reader.until("run.patch")
        await in_thread(cast.conversation.dismiss, cast.bob)
        await open_sockets().sweep()
        gone = await talk.until("conversation.gone")
        assert gone["conversation"] == str(cast.conversation.pk)
        await in_thread(grow, run)
        await member.until("run.patch")
        await talk.quiet()
        feeds.end()


async def test_a_reader_who_starts_to_watch_during_the_sweep_is_not_told_that_it_is_gone(cast: Cast) -> None:
    async with Talk(cast.bob) as talk:
        await talk.until("welcome")
        (socket,) = open_sockets()._open
        stored: Snapshot = await in_thread(open_sockets()._ask, [socket], frozenset())
        await talk.send("conversation.watch", conversation=str(cast.conversation.pk), after=0)
        await talk.until("conversation.patch")
        await socket.compare(stored)
        await talk.quiet(but=("heartbeat", "conversation.patch"))


async def test_signing_out_elsewhere_closes_the_socket(cast: Cast) -> None:
    async with Talk(cast.alice) as talk:
        await talk.until("welcome")
        await in_thread(Session.objects.all().delete)
        await open_sockets().sweep()
        bye = await talk.until("bye")
        assert (bye["code"], await talk.next(), talk.close_code) == (4001, None, 4001)


async def test_a_session_that_nobody_uses_ends_and_a_command_keeps_it(cast: Cast, settings: Any) -> None:
    settings.SESSION_IDLE_MINUTES = 30
    soon = timezone.now() + timedelta(minutes=1)
    async with Talk(cast.alice) as used, Talk(cast.bob) as idle:
        for talk in (used, idle):
            await talk.until("welcome")
        await in_thread(Session.objects.update, expire_date=soon)
        await idle.send("ping")
        await idle.until("pong")
        await used.send("folder.list")
        await used.until("folder.list")
        for _ in range(SEEN_EVERY_SWEEPS):
            await open_sockets().sweep()
        ends = {
            row.get_decoded()["_auth_user_id"]: row.expire_date for row in await in_thread(list, Session.objects.all())
        }
        assert ends[str(cast.alice.pk)] > soon + timedelta(minutes=20)
        assert ends[str(cast.bob.pk)] == soon
        await in_thread(Session.objects.filter(expire_date=soon).update, expire_date=timezone.now())
        await open_sockets().sweep()
        assert (await idle.until("bye"))["code"] == 4001
        await used.quiet(but=("heartbeat",))


async def test_deactivation_closes_the_socket(cast: Cast) -> None:
    async with Talk(cast.bob) as talk:
        await talk.until("welcome")
        await in_thread(User.objects.filter(pk=cast.bob.pk).update, is_active=False)
        await open_sockets().sweep()
        assert (await talk.until("bye"))["code"] == 4001


async def test_a_right_ends_while_every_database_thread_is_busy(cast: Cast) -> None:
    async with Talk(cast.bob) as talk:
        await talk.until("welcome")
        await in_thread(User.objects.filter(pk=cast.bob.pk).update, is_active=False)
        release = threading.Event()
        busy = [asyncio.create_task(in_thread(release.wait, PATIENCE_SECONDS)) for _ in range(8)]
        try:
            await asyncio.wait_for(open_sockets().sweep(), PATIENCE_SECONDS / 2)
            assert (await talk.until("bye"))["code"] == 4001
            assert not any(task.done() for task in busy)
        finally:
            release.set()
            await asyncio.gather(*busy)


class Broken:
    """A socket whose comparison fails."""

    session_key = ""

    def __init__(self, user: User) -> None:
        self.user = user

    def conversations(self) -> set[UUID]:
        return set()

    def was_used(self) -> bool:
        return False

    async def compare(self, stored: Snapshot) -> None:
        raise RuntimeError("no such field")

    async def close(self, code: int, reason: str) -> None: ...


async def test_a_socket_in_trouble_leaves_the_sweep_to_all_others(cast: Cast) -> None:
    sockets, seen = Sockets(), []

    class Sound(Broken):
        async def compare(self, stored: Snapshot) -> None:
            seen.append(stored)

    sockets._open = {Broken(cast.alice), Sound(cast.bob), Broken(cast.ada)}
    await sockets.sweep()
    assert len(seen) == 1


async def test_a_new_password_closes_the_socket(cast: Cast) -> None:
    async with Talk(cast.bob) as talk:
        await talk.until("welcome")
        cast.bob.set_password("something else entirely")
        await in_thread(cast.bob.save)
        await open_sockets().sweep()
        assert (await talk.until("bye"))["code"] == 4001


async def test_a_demotion_shows_and_counts_at_once(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    async with Talk(cast.bob) as talk:
        await talk.send("conversation.watch", conversation=conversation, after=0)
        assert (await talk.until("conversation.patch"))["role"] == "editor"
        await in_thread(cast.conversation.admit, cast.bob, Membership.Role.VIEWER)
        await open_sockets().sweep()
        assert (await talk.until("conversation.patch"))["role"] == "viewer"
        answer = await talk.ask("conversation.rename", conversation=conversation, title="Mine now")
        assert answer["code"] == "not_allowed"


async def test_a_stranger_hears_nothing_of_what_happens_in_a_conversation(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    async with Talk(cast.charlie) as charlie, Talk(cast.bob) as bob:
        await charlie.until("welcome")
        answer = await charlie.ask("conversation.watch", conversation=conversation, after=0)
        assert answer["code"] == "not_found"
        assert (await bob.ask("conversation.rename", conversation=conversation, title="Folds"))["type"] == "ok"
        assert (await bob.until("conversation.listed"))["item"]["title"] == "Folds"
        await charlie.quiet()


def live_run(cast: Cast) -> int:
    """A run that works in some other process, with one entry in its journal."""
    run = Run.objects.create(message=cast.answer, upstream="fake", model="m", process="elsewhere", status="running")
    Message.objects.filter(pk=cast.answer.pk).update(run=run)
    run.journal.create(seq=1, changes='[["add",0,{"type":"text","text":"one"}]]')
    return run.pk


def grow(run: int) -> None:
    """The other process writes on."""
    Run.objects.get(pk=run).journal.create(seq=2, changes='[["text",0," two"]]')
