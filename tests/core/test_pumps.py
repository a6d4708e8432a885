"""A pump lets go of what it read the moment it is ended, wherever it was."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat import runs
from chat.database import in_thread
from chat.models import User
from chat.sockets.pumps import ConversationPump, RunPump
from tests.cast import Cast
from tests.core.test_access_on_live_sockets import live_run

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


class Deaf:
    """A reader that never makes room."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.is_waited_for = asyncio.Event()

    async def room(self) -> None:
        self.is_waited_for.set()
        await asyncio.Event().wait()

    async def send(self, type: str, **fields: Any) -> None:
        pytest.fail("there is no room")

    async def send_text(self, text: str) -> None:
        pytest.fail("there is no room")


class Filling(Deaf):
    """A reader with room once, which somebody else fills before the rows are read."""

    async def room(self) -> None:
        if self.is_waited_for.is_set():
            await asyncio.Event().wait()
        self.is_waited_for.set()


async def test_a_conversation_waits_for_room_with_what_it_has_read(cast: Cast) -> None:
    pump = ConversationPump(Filling(cast.alice), cast.conversation.pk, "owner", 0)
    task = asyncio.create_task(pump.work())
    await asyncio.wait([task], timeout=0.5)
    assert not task.done(), "it waits, and has sent nothing"
    task.cancel()
    await asyncio.wait([task])


async def test_a_pump_that_ends_while_its_reader_is_slow_leaves_the_feed_at_once(cast: Cast) -> None:
    run = await in_thread(live_run, cast)
    reader = Deaf(cast.alice)
    task = asyncio.create_task(RunPump(reader, run, 0, cast.conversation.pk).work())
    await asyncio.wait_for(reader.is_waited_for.wait(), 5)
    feed = await runs.this_process().feeds.load(run)
    assert feed is not None
    assert feed._readers
    task.cancel()
    await asyncio.wait([task])
    assert not feed._readers
