"""Announcements are doorbells: heard where somebody listens, and missed without harm where the layer is away (S7, S8)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from channels.layers import get_channel_layer

from chat import announce
from tests.cast import Cast
from tests.core.talk import Talk

pytestmark = pytest.mark.asyncio
SOME = uuid.uuid4()
NOBODY_THERE = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},
    }
}


class Ear:
    """Listens to a group, for the length of a test."""

    def __init__(self, group: str) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task = asyncio.create_task(announce.listen(group, self.heard.put))

    async def __aenter__(self) -> Ear:
        await asyncio.sleep(0.05)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        await asyncio.sleep(0.01)


async def test_who_listens_to_a_person_hears_what_concerns_that_person() -> None:
    async with Ear(announce.person(1)) as one, Ear(announce.person(2)) as two:
        await announce.conversation_changed(SOME, [1])
        assert (await asyncio.wait_for(one.heard.get(), 1))["conversation"] == str(SOME)
        assert two.heard.empty()


async def test_who_stops_listening_leaves_the_group() -> None:
    async with Ear(announce.person(3)):
        pass
    layer: Any = get_channel_layer()
    assert announce.person(3) not in layer.groups


async def test_who_fell_out_of_the_group_is_back_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "STAY_SECONDS", 0.05)
    layer: Any = get_channel_layer()
    async with Ear(announce.process("p")) as ear:
        layer.groups.clear()
        await asyncio.sleep(0.1)
        await announce.stop_wanted("p", 7)
        assert (await asyncio.wait_for(ear.heard.get(), 1))["run"] == 7


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
        await bob.until("conversation.patch", timeout_seconds=3, title="Folds")


class Forgetful:
    """A layer that loses a cancellation while it subscribes, as the one for Redis does."""

    def __init__(self) -> None:
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


async def test_a_listener_that_is_ended_ends_also_when_the_layer_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Forgetful()
    monkeypatch.setattr(announce, "get_channel_layer", lambda: layer)
    listening = asyncio.create_task(announce.listen("group", asyncio.Queue[Any]().put))
    await layer.subscribing.wait()
    listening.cancel()
    done, _ = await asyncio.wait([listening], timeout=1)
    assert done
