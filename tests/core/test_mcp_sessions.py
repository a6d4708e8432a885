"""The upkeep of sessions with MCP servers: they end with what they belong to, and servers are asked anew what they offer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.database import in_thread
from chat.models import Conversation, McpServer, User
from chat.runs.mcp_sessions import Upkeep, sessions
from tests.core.scene import posted, process
from tests.tools.odd_server import TOOL, OddServer
from tests.tools.test_mcp_sessions import call, texts, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


def row_of(odd: OddServer, **about: object) -> McpServer:
    return McpServer.objects.create(slug="odd", name="Odd", url=odd.url, allow_private=True, **about)


def conversation_of(person: User) -> str:
    return str(posted("", person, "text-n5").message.conversation_id)


async def test_a_session_ends_when_its_conversation_goes_to_the_trash_or_its_server_is_switched_off(
    alice: User,
) -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd:
        row = await in_thread(row_of, odd)
        server = await in_thread(row.server)
        first, second = [await in_thread(conversation_of, alice) for _ in range(2)]
        for conversation in (first, second):
            assert await call(sessions(), server, conversation) == "hi"
        await Upkeep().beat(may_ask=False)
        assert odd.live == {"s1", "s2"}
        await in_thread(Conversation.objects.filter(pk=first).update, trashed_at=timezone.now())
        await Upkeep().beat(may_ask=False)
        await until(lambda: odd.live == {"s2"})
        await in_thread(McpServer.objects.update, is_enabled=False)
        await Upkeep().beat(may_ask=False)
        await until(lambda: not odd.live)
        await sessions().close()


async def test_a_server_is_asked_anew_after_an_hour_and_when_it_says_so(alice: User) -> None:
    async with OddServer() as odd:
        row = await in_thread(row_of, odd, asked_at=timezone.now())
        assert await Upkeep().beat(may_ask=True) == []
        await in_thread(McpServer.objects.update, asked_at=timezone.now() - timedelta(hours=2))
        assert await Upkeep().beat(may_ask=False) == []
        assert await Upkeep().beat(may_ask=True) == ["odd"]
        # Another process is not given it once more.
        assert await Upkeep().beat(may_ask=True) == []
        server = await in_thread(row.server)
        sessions()._note_change(server)
        upkeep = Upkeep()
        assert await upkeep.beat(may_ask=False) == ["odd"]
        odd.answers["tools/list"] = lambda _: {"tools": [TOOL, {**TOOL, "name": "new"}]}
        await upkeep.refresh("odd")
        await in_thread(row.refresh_from_db)
        assert [tool["name"] for tool in row.found] == ["odd", "new"]
        odd.answers["initialize"] = odd.answers["tools/list"]
        await upkeep.refresh("odd")
        await in_thread(row.refresh_from_db)
        assert row.problem.startswith("The MCP server Odd cannot be used")
        assert len(row.found) == 2


async def test_a_process_asks_by_itself_and_ends_its_sessions_when_it_ends(alice: User) -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd:
        row = await in_thread(row_of, odd, asked_at=timezone.now() - timedelta(hours=2))
        server = await in_thread(row.server)
        conversation = await in_thread(conversation_of, alice)
        async with process(beat_seconds=0.05):
            assert await call(sessions(), server, conversation) == "hi"
            await until(lambda: odd.begun >= 2)
            found = row
            while not found.found:
                found = await in_thread(McpServer.objects.get)
        assert odd.live == set()
