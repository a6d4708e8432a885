"""What the page remembers for a person: kept on the server, told to their other pages, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chat.models import User
from tests.core.talk import Talk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.asyncio
async def test_a_preference_is_kept_and_the_persons_other_pages_follow(alice: User, bob: User) -> None:
    async with Talk(alice) as desk, Talk(alice) as phone, Talk(bob) as other:
        assert (await desk.until("welcome"))["preferences"] == {}
        await phone.until("welcome")
        await other.until("welcome")
        keys = {"conversation.new": ["Mod+J"]}
        said = await desk.ask("preferences.save", preferences={"theme": "dark", "shortcuts": keys})
        assert said["preferences"] == {"theme": "dark", "shortcuts": keys}
        assert (await phone.until("preferences"))["preferences"]["theme"] == "dark"
        await desk.ask("preferences.save", preferences={"theme": "light"})
        await other.quiet()
    async with Talk(alice) as later:
        assert (await later.until("welcome"))["preferences"] == {"theme": "light", "shortcuts": keys}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "pink"},
        {"language": "<script>"},
        {"send_with": "Space"},
        {"shortcuts": {"Nonsense!": ["A"]}},
        {"shortcuts": {"a.b": ["A B"]}},
        {"shortcuts": {"a.b": ["\x1f"]}},
        {"shortcuts": {"a.b": ["x" * 41]}},
        {"shortcuts": {"a.b": ["A"] * 5}},
        {"shortcuts": {f"a.{chr(97 + number % 26) * (1 + number // 26)}": [] for number in range(101)}},
        {"folded": ["x" * 61]},
        {"folded": ["x"] * 201},
    ],
)
async def test_nothing_else_is_remembered(alice: User, wrong: dict[str, Any]) -> None:
    async with Talk(alice) as talk:
        assert (await talk.ask("preferences.save", preferences={"theme": "dark"}))["type"] == "preferences"
        assert (await talk.ask("preferences.save", preferences=wrong))["code"] == "bad_frame"
        said = await talk.ask("preferences.save", preferences={"unknown": 1})
        assert said["preferences"] == {"theme": "dark"}


@pytest.mark.parametrize(("preference", "cookie", "shown"), [("dark", "light", "dark"), (None, "light", "light")])
def test_the_first_paint_has_the_chosen_appearance(alice: User, preference: Any, cookie: str, shown: str) -> None:
    if preference is not None:
        alice.prefer({"theme": preference})
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["theme"] = cookie
    assert f'data-theme="{shown}"' in client.get("/").content.decode()


def test_the_systems_appearance_can_be_chosen_over_what_this_browser_had(alice: User) -> None:
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["theme"] = "dark"
    assert "data-theme" in client.get("/").content.decode()
    alice.prefer({"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()
