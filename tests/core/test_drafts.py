"""Drafts follow a person from device to device: the newest wins, nothing is overwritten unseen, and nobody else hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import pytest_asyncio

from chat import runs
from chat.database import fresh, in_thread
from chat.models import Draft, User
from tests.cast import Cast
from tests.core.talk import Talk

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


async def test_a_draft_reaches_the_persons_other_sockets_and_nobody_elses(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    async with Talk(cast.alice) as desk, Talk(cast.alice) as phone, Talk(cast.bob) as bob:
        for talk in (desk, phone, bob):
            await talk.send("conversation.watch", conversation=conversation)
            await talk.until("conversation.patch")
        saved = await desk.ask("draft.save", conversation=conversation, text="I was thinking", revision=0)
        assert (saved["type"], saved["revision"]) == ("draft", 1)
        heard = await phone.until("draft")
        assert (heard["conversation"], heard["text"], heard["revision"]) == (conversation, "I was thinking", 1)
        await bob.quiet()
        assert (await bob.ask("draft.get", conversation=conversation))["text"] == ""
        assert (await phone.ask("draft.get", conversation=conversation))["text"] == "I was thinking"


@pytest.mark.parametrize("place", ["a conversation", "a new one"])
async def test_what_another_device_wrote_meanwhile_is_given_back_and_then_the_newest_wins(
    place: str, cast: Cast
) -> None:
    where = {"conversation": str(cast.conversation.pk) if place == "a conversation" else None}
    async with Talk(cast.alice) as talk:
        await talk.ask("draft.save", text="From the desk", revision=0, **where)
        stale = await talk.ask("draft.save", text="From the phone", revision=0, **where)
        assert (stale["text"], stale["revision"]) == ("From the desk", 1)
        newest = await talk.ask("draft.save", text="From the phone", revision=stale["revision"], **where)
        assert (newest["text"], newest["revision"]) == ("From the phone", 2)
        assert (await talk.ask("draft.get", **where))["text"] == "From the phone"
    assert await in_thread(Draft.objects.count) == 1


async def test_saving_the_same_again_and_clearing_twice_change_nothing(cast: Cast) -> None:
    async with Talk(cast.alice) as talk:
        for _ in range(2):
            assert (await talk.ask("draft.save", text="Once", revision=0))["revision"] == 1
        for _ in range(2):
            cleared = await talk.ask("draft.save", text="", revision=1)
            assert (cleared["text"], cleared["revision"]) == ("", 2)


async def test_two_devices_that_begin_at_once_make_one_draft(alice: User) -> None:
    def race() -> list[Draft]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda text: fresh(Draft.keep, alice, None, text, 0), "abcd"))

    kept = await in_thread(race)
    assert len({draft.text for draft in kept}) == 1
    assert await in_thread(Draft.objects.count) == 1


async def test_a_draft_has_an_end(alice: User, settings: Any) -> None:
    settings.MAX_MESSAGE_CHARS = 100
    async with Talk(alice) as talk:
        assert (await talk.ask("draft.save", text="x" * 100, revision=0))["type"] == "draft"
        assert (await talk.ask("draft.save", text="x" * 101, revision=1))["code"] == "too_large"


async def test_the_shell_has_the_draft_for_the_first_paint(cast: Cast, client: Any) -> None:
    await in_thread(Draft.keep, cast.alice, cast.conversation.pk, "Half a <thought>", 0)
    await in_thread(Draft.keep, cast.alice, None, "A new one", 0)
    await in_thread(client.force_login, cast.alice)
    page = await in_thread(lambda: client.get(f"/c/{cast.conversation.pk}/").content.decode())
    assert "Half a &lt;thought&gt;</textarea>" in page
    assert '"revision": 1' in page
    assert "A new one</textarea>" in await in_thread(lambda: client.get("/").content.decode())
    await in_thread(client.force_login, cast.bob)
    assert "Half a" not in await in_thread(lambda: client.get(f"/c/{cast.conversation.pk}/").content.decode())
