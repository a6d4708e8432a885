"""An administrator adds an MCP server: its tools are found, ask first, and are called; its secret is never shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.urls import reverse

from chat.database import in_thread
from chat.models import McpServer, ToolCall, ToolPolicy, User
from tests.core.scene import ended, process, started, use
from tests.core.tool_calls import asks_then_says, call, results_of, waiting
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS
from tests.review.conftest import Browser
from tests.tools.conftest import SECRET, mcp_port

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["mcp_port"]


def form(port: int, **changes: Any) -> dict[str, Any]:
    fields = {
        "name": "Sums",
        "slug": "sums",
        "url": f"http://127.0.0.1:{port}/mcp",
        "allow_private": "on",
        "is_enabled": "on",
    }
    return {**fields, "header": "Authorization", "secret": SECRET, "timeout_seconds": 10, "command": "", **changes}


def connects(ada: User, browser_of: Browser, port: int, **changes: Any) -> str:
    """The page that the administrator reads after saving."""
    return (
        browser_of(ada).post(reverse("admin:chat_mcpserver_add"), form(port, **changes), follow=True).content.decode()
    )


def test_its_tools_are_found_and_ask_first(ada: User, browser_of: Browser, mcp_port: int) -> None:
    page = connects(ada, browser_of, mcp_port)
    assert "Sums offers 7 tools: add, fail, flood, sleep, remember, number, end." in page
    assert SECRET not in page
    server = McpServer.objects.get()
    assert SECRET not in server.sealed_secret
    assert server.secret_hint == SECRET[-4:]
    assert set(ToolPolicy.objects.filter(tool__startswith="sums__").values_list("tool", "for_owners")) == {
        (f"sums__{name}", "ask") for name in ("add", "fail", "flood", "sleep", "remember", "number", "end")
    }  # fmt: skip
    listed = browser_of(ada).get(reverse("admin:chat_toolpolicy_changelist")).content.decode()
    assert "Adds two numbers. (from Sums)" in listed
    for door in (reverse("admin:chat_mcpserver_changelist"), reverse("admin:chat_mcpserver_change", args=[server.pk])):
        assert SECRET not in browser_of(ada).get(door).content.decode()


def test_a_server_that_cannot_be_asked_says_why(ada: User, browser_of: Browser, mcp_port: int) -> None:
    page = connects(ada, browser_of, mcp_port, secret="wrong-wrong-wrong")
    assert "it answered 401 Unauthorized (who are you?). The secret is wrong or has expired." in page
    assert McpServer.objects.get().problem.startswith("The MCP server Sums cannot be used")


def test_another_address_erases_the_secret(ada: User, browser_of: Browser, mcp_port: int) -> None:
    connects(ada, browser_of, mcp_port)
    server = McpServer.objects.get()
    server.url = "https://elsewhere.example/mcp"
    server.save()
    assert (server.has_secret, server.server().headers) == (False, {})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"url": "", "command": "python"}, "Programs are switched off"),
        ({"url": ""}, "Give either an address or a command"),
        ({"slug": "a__b"}, "Use single underscores"),
        ({"allow_private": ""}, "Use https"),
        ({"secret": "two words"}, "This is not a key"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], why: str, ada: User, browser_of: Browser) -> None:
    assert why in connects(ada, browser_of, 9, **changes)
    assert not McpServer.objects.exists()


@pytest.mark.asyncio
async def test_a_model_calls_its_tool_once_a_person_approves(
    ada: User, alice: User, browser_of: Browser, mcp_port: int, settings: Any
) -> None:
    await in_thread(connects, ada, browser_of, mcp_port)
    with FakeUpstream() as upstream:
        use(settings, upstream)
        model = asks_then_says(upstream, call('{"a": 2, "b": 40}', name="sums__add"))
        async with process() as running:
            run = await started(running, alice, model)
            row = await waiting(run)
            assert await in_thread(row.decide, alice, approve=True)
            await running.decided(run.pk)
            seen = await asyncio.wait_for(ended(running, run), PATIENCE_SECONDS)
    assert results_of(seen)[0]["text"] == "42"
    assert (await in_thread(ToolCall.objects.get)).status == "done"
