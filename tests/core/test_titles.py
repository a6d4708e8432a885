"""A conversation's title: the first words at once, a better one from a short extra call when a model is set for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat.database import in_thread
from chat.models import Conversation, User
from chat.models.post import FIRST_WORDS_CHARS, first_words
from chat.runs.running import Running
from tests.core.scene import ended, process, started
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS


@pytest.fixture
def upstream(upstream: FakeUpstream, settings: Any) -> FakeUpstream:
    settings.TITLE_MODEL = "titles"
    upstream.scenario("titles", [{"text": '"Folding\n  Time".'}, {"finish": "stop"}])
    return upstream


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hi", "Hi"),
        ("  two\n lines ", "two lines"),
        ("word " * 40, ("word " * 12).strip() + "…"),
        ("x" * 90, "x" * 60 + "…"),
    ],
)
def test_the_first_words(text: str, title: str) -> None:
    assert first_words(text) == title
    assert len(title) <= FIRST_WORDS_CHARS + 1


async def everything_is_told(running: Running) -> None:
    """Wait until nothing is left to do after the end of a run; a title is asked for then."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while running.live or running.tasks.pending:
            await asyncio.sleep(0.01)


async def title_after(running: Running, user: User, **about: Any) -> str:
    run = await started(running, user, "text-n5", text="What is a fold?", **about)
    await ended(running, run)
    await everything_is_told(running)
    return str((await in_thread(Conversation.objects.get, pk=run.message.conversation_id)).title)


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_model_names_the_conversation_without_an_open_tab(upstream: FakeUpstream, alice: User) -> None:
    async with process() as running:
        assert await title_after(running, alice) == "Folding Time"
    asked = upstream.log()[-1]["body"]
    assert asked["model"] == "titles"
    assert "What is a fold?" in asked["messages"][-1]["content"]


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "steps", [[{"status": 401, "body": "no"}], [{"text": " \n"}, {"finish": "stop"}], [{"close": True}]]
)
async def test_without_a_good_answer_the_first_words_stay(
    steps: list[Any], upstream: FakeUpstream, alice: User, settings: Any
) -> None:
    settings.MAX_ATTEMPTS = 1
    upstream.scenario("titles", steps)
    async with process() as running:
        assert await title_after(running, alice) == "What is a fold?"


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_title_that_somebody_chose_meanwhile_stays(upstream: FakeUpstream, alice: User) -> None:
    upstream.scenario("titles", [{"hold": True}, {"text": "By a model"}, {"finish": "stop"}])
    async with process() as running:
        run = await started(running, alice, "text-n5")
        await ended(running, run)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while upstream.log()[-1]["model"] != "titles":
                await asyncio.sleep(0.01)
        await in_thread(run.message.conversation.rename, "Mine")
        upstream.release()
        await everything_is_told(running)
    assert (await in_thread(Conversation.objects.get)).title == "Mine"


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_title_is_not_what_its_model_thought(upstream: FakeUpstream, alice: User) -> None:
    upstream.scenario(
        "titles", [{"text": "A title is wanted.\n</think>\nFolding Time", "pieces": 5}, {"finish": "stop"}]
    )
    async with process() as running:
        assert await title_after(running, alice) == "Folding Time"


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_without_a_title_model_nobody_is_asked(upstream: FakeUpstream, alice: User, settings: Any) -> None:
    settings.TITLE_MODEL = ""
    async with process() as running:
        assert await title_after(running, alice) == "What is a fold?"
    assert [entry["model"] for entry in upstream.log()] == ["text-n5"]
