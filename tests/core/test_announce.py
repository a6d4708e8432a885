"""Announcements are doorbells: listeners hear them, and missing one while the layer is away does no harm (S7, S8)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from channels.layers import get_channel_layer

from chat import announce
from tests.cast import Cast
from tests.core.talk import Talk
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = pytest.mark.asyncio
SOME, OTHER = uuid.uuid4(), uuid.uuid4()
NOBODY_THERE = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},
    }
}


class Ear:
    """Listens to a group during a test."""

    def __init__(self, group: str, stay_seconds: float = announce.STAY_SECONDS) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._group = group
        self._listens = asyncio.Event()
        self._task = asyncio.create_task(announce.listen(group, self._hear, stay_seconds=stay_seconds))

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "test.probe":
            self._listens.set()
        else:
            await self.heard.put(message)

    async def listens(self) -> None:
        """Wait until what is sent to the group is heard."""
        layer: Any = get_channel_layer()
        self._listens.clear()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._listens.is_set():
                await layer.group_send(self._group, {"type": "test.probe"})
                await asyncio.sleep(0.01)

    async def next(self) -> dict[str, Any]:
        """The next message."""
        return await asyncio.wait_for(self.heard.get(), PATIENCE_SECONDS)

    async def __aenter__(self) -> Ear:
        await self.listens()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


async def test_a_listener_to_a_person_hears_what_concerns_that_person() -> None:
    async with Ear(announce.person(1)) as one, Ear(announce.person(2)) as two:
        await announce.conversation_changed(SOME, [1])
        await announce.conversation_changed(OTHER, [2])
        assert (await one.next())["conversation"] == str(SOME)
        assert (await two.next())["conversation"] == str(OTHER)


def has_members(group: str) -> bool:
    """Whether anybody listens to the group; Redis knows it under a longer name."""
    layer: Any = get_channel_layer()
    return any(name.endswith(group) and members for name, members in layer.groups.items())


async def test_a_listener_that_stops_leaves_the_group() -> None:
    async with Ear(announce.person(3)):
        assert has_members(announce.person(3))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while has_members(announce.person(3)):
            await asyncio.sleep(0.01)


async def test_a_listener_that_was_dropped_from_the_group_is_soon_back() -> None:
    layer: Any = get_channel_layer()
    async with Ear(announce.process("p"), stay_seconds=0.05) as ear:
        layer.groups.clear()
        await ear.listens()
        await announce.stop_wanted("p", 7)
        assert (await ear.next())["run"] == 7


async def test_ringing_without_a_layer_is_no_error(settings: Any) -> None:
    settings.CHANNEL_LAYERS = NOBODY_THERE
    await announce.conversation_changed(SOME, [1])


@pytest.mark.django_db(transaction=True)
async def test_without_redis_a_socket_opens_and_finds_what_is_new_by_itself(cast: Cast, settings: Any) -> None:
    settings.CHANNEL_LAYERS = NOBODY_THERE
    conversation = str(cast.conversation.pk)
    async with Talk(cast.bob) as bob, Talk(cast.alice) as alice:
        await bob.send("conversation.watch", conversation=conversation, after=0)
        await bob.until("conversation.patch", title="What is a fold?")
        assert (await alice.ask("conversation.rename", conversation=conversation, title="Folds"))["type"] == "ok"
        await bob.until("conversation.patch", title="Folds")


class Forgetful:
    """A layer that loses a cancellation while it subscribes, as the one for Redis does."""

    def __init__(self, **_config: object) -> None:
        self.subscribing = asyncio.Event()

    async def new_channel(self) -> str:
        self.subscribing.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass
        return "channel"

    async def group_add(self, group: str, channel: str) -> None:
        pass

    group_discard = group_add

    async def receive(self, channel: str) -> Any:
        await asyncio.sleep(3600)


async def test_a_listener_that_is_ended_ends_also_when_the_layer_forgets_it(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.Forgetful"}}
    layer: Any = get_channel_layer()
    listening = asyncio.create_task(announce.listen("group", asyncio.Queue[Any]().put))
    await layer.subscribing.wait()
    listening.cancel()
    done, _ = await asyncio.wait([listening], timeout=PATIENCE_SECONDS)
    assert done
