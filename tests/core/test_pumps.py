"""A pump releases what it read as soon as it is ended, at any point."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat import runs
from chat.database import in_thread
from chat.models import Membership
from chat.sockets.pumps import ConversationPump, RunPump
from tests.cast import Cast
from tests.core.test_access_on_live_sockets import live_run
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


class Deaf:
    """A reader that never has room."""

    def __init__(self) -> None:
        self.is_waited_for = asyncio.Event()

    async def wait_for_room(self) -> None:
        self.is_waited_for.set()
        await asyncio.Event().wait()

    async def send(self, type: str, **fields: Any) -> bool:
        pytest.fail("there is no room")

    async def send_text(self, text: str) -> bool:
        pytest.fail("there is no room")


class Filling(Deaf):
    """A reader that has room once, which something else fills before the rows are read."""

    async def wait_for_room(self) -> None:
        if self.is_waited_for.is_set():
            await asyncio.Event().wait()
        self.is_waited_for.set()


async def test_a_conversation_waits_for_room_with_what_it_has_read(cast: Cast) -> None:
    pump = ConversationPump(Filling(), cast.alice, cast.conversation.pk, "owner", 0)
    task = asyncio.create_task(pump.work())
    await asyncio.wait([task], timeout=0.5)
    assert not task.done(), "it waits, and has sent nothing"
    task.cancel()
    await asyncio.wait([task])


class Taking(Deaf):
    """A reader with room; `is_there` says whether frames reach it."""

    def __init__(self, is_there: bool) -> None:
        super().__init__()
        self._is_there = is_there
        self._sent = 0

    async def wait_for_room(self) -> None:
        if self._sent:
            self.is_waited_for.set()

    async def send(self, type: str, **fields: Any) -> bool:
        self._sent += 1
        return self._is_there


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_patch_is_marked_read_once_it_was_sent_and_not_before(is_there: bool, cast: Cast) -> None:
    await in_thread(cast.conversation.rename, "Rivers")
    before = await in_thread(_read_by, cast)
    reader = Taking(is_there)
    pump = ConversationPump(reader, cast.alice, cast.conversation.pk, "owner", 0)
    task = asyncio.create_task(pump.work())
    while not reader.is_waited_for.is_set():  # until it comes back for the next patch
        pump.ring.set()
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (await in_thread(_read_by, cast) > before) == is_there


def _read_by(cast: Cast) -> int:
    return Membership.objects.get(user=cast.alice, conversation=cast.conversation).read_revision


async def test_a_pump_that_ends_while_its_reader_is_slow_leaves_the_feed_at_once(cast: Cast) -> None:
    run = await in_thread(live_run, cast)
    reader = Deaf()
    task = asyncio.create_task(RunPump(reader, run, 0, cast.conversation.pk).work())
    await asyncio.wait_for(reader.is_waited_for.wait(), PATIENCE_SECONDS)
    feed = await runs.this_process().feeds.load(run)
    assert feed is not None
    assert feed._readers
    task.cancel()
    await asyncio.wait([task])
    assert not feed._readers
