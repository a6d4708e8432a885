"""Prompts and resources that MCP servers offer to people: what is listed, what is given, and to whom."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chat import runs
from chat.database import in_thread
from chat.models import Attachment, McpServer
from chat.tools.mcp.offer import discover
from tests.cast import Cast
from tests.core.talk import Talk
from tests.files import picture
from tests.tools.odd_server import Http, OddServer

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

PROMPT = {
    "name": "greet",
    "description": "A greeting.",
    "arguments": [{"name": "who", "description": "Whom", "required": True}],
}
RESOURCE = {"uri": "notes://today", "name": "today", "mimeType": "text/plain"}


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


@pytest_asyncio.fixture
async def odd(settings: Any, tmp_path: Path) -> AsyncIterator[OddServer]:
    """A server that was asked what it offers."""

    def greet(params: Any) -> dict[str, Any]:
        text = {"type": "text", "text": f"Greet {params['arguments']['who']}."}
        image = {"type": "image", "data": base64.b64encode(picture()).decode(), "mimeType": "image/png"}
        return {"messages": [{"role": "user", "content": text}, {"role": "user", "content": image}]}

    answers = {
        "prompts/list": lambda _: {"prompts": [PROMPT]},
        "resources/list": lambda _: {"resources": [RESOURCE]},
        "prompts/get": greet,
        "resources/read": lambda params: {"contents": [{"uri": params["uri"], "text": "It rains."}]},
    }
    async with OddServer(answers, capabilities={"prompts": {}, "resources": {}}) as server:
        row = await in_thread(McpServer.objects.create, slug="odd", name="Odd", url=server.url, allow_private=True)
        await in_thread(row.note_found, await discover(await in_thread(row.server)))
        yield server


async def test_they_are_listed_beside_a_persons_prompts(cast: Cast, odd: OddServer) -> None:
    async with Talk(cast.charlie) as charlie:
        prompt, resource = (await charlie.ask("prompt.list"))["offers"]
        assert (prompt["kind"], prompt["server"], prompt["server_name"], prompt["name"]) == (
            "prompt",
            "odd",
            "Odd",
            "greet",
        )
        assert prompt["arguments"] == [["who", "Whom", True]]
        assert (resource["kind"], resource["name"], resource["title"]) == ("resource", "notes://today", "today")
        await in_thread(McpServer.objects.update, is_enabled=False)
        assert (await charlie.ask("prompt.list"))["offers"] == []


async def test_a_prompt_gives_its_text_and_its_files(cast: Cast, odd: OddServer) -> None:
    async with Talk(cast.alice) as alice:
        given = await alice.ask("server.prompt", server="odd", name="greet", values={"who": "Bob"})
    assert (given["text"], given["notes"]) == ("Greet Bob.", [])
    (part,) = given["attachments"]
    assert (part["kind"], part["media_type"]) == ("image", "image/png")
    assert (await in_thread(Attachment.objects.get)).uploader_id == cast.alice.pk


async def test_a_resource_becomes_a_file_of_this_person_alone(cast: Cast, odd: OddServer) -> None:
    async with Talk(cast.alice) as alice:
        given = await alice.ask("server.resource", server="odd", uri="notes://today")
        (part,) = given["attachments"]
        assert (part["name"], part["kind"], given["text"]) == ("today.txt", "text", "")
        row = await in_thread(Attachment.objects.get)
        assert (row.text, row.uploader_id, row.message_id) == ("It rains.", cast.alice.pk, None)
        odd.answers["resources/read"] = lambda _: {"contents": [{"uri": "x:/a.bin", "blob": "AAEC"}]}
        given = await alice.ask("server.resource", server="odd", uri="notes://today")
        assert given["attachments"] == []
        assert given["notes"], "it is said why it was not stored"


async def test_what_is_not_listed_is_not_asked_for(cast: Cast, odd: OddServer) -> None:
    asked: list[Any] = []
    async with Talk(cast.alice) as alice:
        assert (await alice.ask("server.resource", server="odd", uri="notes://today"))["type"] == "server.given"
        odd.answers["resources/read"] = odd.answers["prompts/get"] = lambda params: asked.append(params) or Http(500)
        assert (await alice.ask("server.resource", server="odd", uri="file:///etc/passwd"))["code"] == "not_found"
        assert (await alice.ask("server.prompt", server="odd", name="other"))["code"] == "not_found"
        assert (await alice.ask("server.resource", server="other", uri="notes://today"))["code"] == "not_found"
        await in_thread(McpServer.objects.update, is_enabled=False)
        assert (await alice.ask("server.resource", server="odd", uri="notes://today"))["code"] == "not_found"
    assert asked == []


async def test_only_those_who_may_write_use_a_conversations_session(cast: Cast, odd: OddServer) -> None:
    there = str(cast.conversation.pk)
    asks = {"server": "odd", "uri": "notes://today", "conversation": there}
    async with Talk(cast.alice) as alice, Talk(cast.charlie) as charlie:
        begun = odd.begun
        for _ in range(2):
            assert (await alice.ask("server.resource", **asks))["type"] == "server.given"
        assert odd.begun == begun + 1
        assert (await charlie.ask("server.resource", **asks))["code"] == "not_found"


async def test_a_server_that_fails_says_why(cast: Cast, odd: OddServer) -> None:
    odd.answers["resources/read"] = lambda _: Http(503, b"closed for the night")
    async with Talk(cast.alice) as alice:
        refused = await alice.ask("server.resource", server="odd", uri="notes://today")
    assert refused["code"] == "server_failed"
    assert "503 Service Unavailable (closed for the night)" in refused["message"]
