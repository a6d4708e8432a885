"""Prompts: personal ones and the team's, and the permissions to see, create and change them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chat import runs
from chat.database import in_thread
from chat.models import Prompt, User
from chat.models.prompt import MAX_PROMPTS
from tests.cast import Cast
from tests.core.talk import Talk

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


async def test_everybody_has_their_own_and_the_teams(cast: Cast) -> None:
    async with Talk(cast.alice) as alice, Talk(cast.charlie) as charlie, Talk(cast.ada) as ada:
        await alice.ask("prompt.save", name="translate", text="Translate into {language}: {text}")
        await ada.ask("prompt.save", name="tone", text="Write warmly.", team=True)
        listed = (await alice.ask("prompt.list"))["prompts"]
        assert [(prompt["name"], prompt["team"]) for prompt in listed] == [("tone", True), ("translate", False)]
        assert listed[1]["text"] == "Translate into {language}: {text}"
        assert [prompt["name"] for prompt in (await charlie.ask("prompt.list"))["prompts"]] == ["tone"]


async def test_a_stranger_finds_nothing_to_change_and_only_administrators_change_the_teams(cast: Cast) -> None:
    async with Talk(cast.alice) as alice, Talk(cast.charlie) as charlie, Talk(cast.ada) as ada:
        mine = (await alice.ask("prompt.save", name="mine", text="Mine."))["prompts"][0]["id"]
        teams = (await ada.ask("prompt.save", name="teams", text="All.", team=True))["prompts"][0]["id"]
        assert (await alice.ask("prompt.save", prompt=mine, name="mine", text="Still mine."))["type"] == "prompt.list"
        for talk, prompt in ((charlie, mine), (ada, mine), (charlie, teams), (alice, teams), (alice, 2**53)):
            assert (await talk.ask("prompt.save", prompt=prompt, name="x", text="Stolen."))["code"] == "not_found"
            assert (await talk.ask("prompt.delete", prompt=prompt))["code"] == "not_found"
        assert (await alice.ask("prompt.save", name="new", text="For all.", team=True))["code"] == "not_allowed"
        assert (await ada.ask("prompt.save", prompt=teams, name="teams", text="Everybody."))["type"] == "prompt.list"
        assert (await alice.ask("prompt.delete", prompt=mine))["prompts"][0]["text"] == "Everybody."
        assert (await ada.ask("prompt.delete", prompt=teams))["prompts"] == []


async def test_a_name_is_there_once_for_each_owner(cast: Cast) -> None:
    async with Talk(cast.alice) as alice, Talk(cast.bob) as bob:
        await alice.ask("prompt.save", name="zusammenfassen-2_ü", text="Ja.")
        assert (await alice.ask("prompt.save", name="zusammenfassen-2_ü", text="Nein."))["code"] == "bad_frame"
        assert (await bob.ask("prompt.save", name="zusammenfassen-2_ü", text="Auch."))["type"] == "prompt.list"


@pytest.mark.parametrize(
    ("name", "text"), [("two words", "x"), ("", "x"), ("x" * 41, "x"), ("x", "  "), ("x", "x" * 8001)]
)
async def test_names_and_texts_have_bounds(name: str, text: str, cast: Cast) -> None:
    async with Talk(cast.alice) as alice:
        assert (await alice.ask("prompt.save", name="x" * 40, text="x" * 8000))["type"] == "prompt.list"
        assert (await alice.ask("prompt.save", name=name, text=text))["code"] == "bad_frame"


async def test_a_hundred_are_enough(cast: Cast) -> None:
    made = [Prompt(author=cast.alice, name=f"p{number}", text="x") for number in range(MAX_PROMPTS - 1)]
    await in_thread(Prompt.objects.bulk_create, made)
    async with Talk(cast.alice) as alice:
        assert (await alice.ask("prompt.save", name="last", text="x"))["type"] == "prompt.list"
        assert (await alice.ask("prompt.save", name="too-many", text="x"))["code"] == "limit"


async def test_a_former_administrator_changes_nothing_of_the_teams(cast: Cast) -> None:
    async with Talk(cast.ada) as ada:
        teams = (await ada.ask("prompt.save", name="teams", text="All.", team=True))["prompts"][0]["id"]
        persona = (await ada.ask("persona.save", name="Teams", options={}, team=True))["personas"][0]["id"]
        await in_thread(User.objects.filter(pk=cast.ada.pk).update, is_superuser=False, is_staff=False)
        for kind, about in (("prompt", {"name": "x", "text": "x"}), ("persona", {"name": "x", "options": {}})):
            assert (await ada.ask(f"{kind}.save", team=True, **about))["code"] == "not_allowed"
            one = {"prompt": teams, "persona": persona}[kind]
            assert (await ada.ask(f"{kind}.save", **{kind: one}, **about))["code"] == "not_found"
            assert (await ada.ask(f"{kind}.delete", **{kind: one}))["code"] == "not_found"
            assert (await ada.ask(f"{kind}.list"))["team"] is False
