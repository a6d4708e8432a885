"""How many tools a model is told of, what is said of those for which there is no room, and what their servers say of their use."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat.catalogue.tools import left_out
from chat.database import in_thread
from chat.models import McpServer, ToolPolicy, User
from chat.runs.toolbox import toolbox_of
from chat.shown.personas import persona_list
from chat.tools import TOOLS
from chat.tools.mcp.server import Catalog, Offered
from tests.cast import Cast
from tests.core.scene import ended, process, started, use
from tests.fake_upstream import FakeUpstream

pytestmark = pytest.mark.django_db


def server(count: int, **about: Any) -> McpServer:
    row = McpServer.objects.create(slug="many", name="Many", url="https://many.example/mcp")
    offered = tuple(Offered(f"t{number}", "A tool.", {"type": "object"}) for number in range(count))
    row.note_found(Catalog(tools=offered, **about))
    return row


def test_tools_have_room_up_to_their_number_and_their_size(settings: Any) -> None:
    tools = list(TOOLS.values())
    assert left_out(tools) == []
    settings.MAX_TOOLS = 3
    assert left_out(tools) == [tool.name for tool in tools[3:]]
    settings.MAX_TOOLS, settings.MAX_TOOLS_KB = 128, 1
    assert left_out(tools)


def test_what_is_left_out_is_said(cast: Cast, settings: Any) -> None:
    server(5)
    on = len(toolbox_of(cast.run).offers)
    settings.MAX_TOOLS = on - 2
    toolbox = toolbox_of(cast.run)
    assert (len(toolbox.specs), toolbox.left_out) == (on - 2, ("many__t3", "many__t4"))
    said = persona_list(cast.alice)
    assert (said["left_out"], said["max_tools"]) == (["many__t3", "many__t4"], on - 2)
    cast.run.options = {"tools": ["many__t3", "many__t4"]}
    assert toolbox_of(cast.run).left_out == (), "people choose"


def test_servers_say_once_how_their_tools_are_used(cast: Cast) -> None:
    assert toolbox_of(cast.run).guidance == ""
    server(2, instructions="Call t0 first.")
    guidance = toolbox_of(cast.run).guidance
    assert guidance == "How to use the tools that begin with many__, by Many:\nCall t0 first."
    cast.run.options = {"tools": ["calculator"]}
    assert toolbox_of(cast.run).guidance == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_the_model_is_told_and_readers_see_what_it_was_not_told(alice: User, settings: Any) -> None:
    await in_thread(server, 3, instructions="Call t0 first.")
    settings.MAX_TOOLS = await in_thread(ToolPolicy.objects.filter(is_on=True).count) - 1
    with FakeUpstream() as upstream:
        use(settings, upstream)
        async with process() as running:
            run = await started(running, alice, "text-n5")
            seen = await asyncio.wait_for(ended(running, run), 20)
        body = upstream.log()[0]["body"]
    assert body["messages"][0]["role"] == "system"
    assert body["messages"][0]["content"].endswith("Call t0 first.")
    assert "many__t2" not in {tool["function"]["name"] for tool in body["tools"]}
    assert seen["run"]["left_out_tools"] == ["many__t2"]
