"""What a tool may see: what the person who asked may see, and no more than all who read along."""

from __future__ import annotations

import asyncio

import pytest
from django.utils import timezone

from chat.database import in_thread
from chat.models import Attachment, Message, ToolCall, User
from chat.runs.tool_access import RunAccess
from chat.tools.tool import ToolError
from tests.core.scene import ended, process, started
from tests.core.tool_calls import asks_then_says, call, results_of, rule, waiting
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def test_a_search_finds_what_the_asker_may_see_and_nothing_else(
    upstream: FakeUpstream, alice: User, charlie: User
) -> None:
    async with process() as running:
        await ended(running, await started(running, alice, "text-n3", text="the purple elephant"))
        own, foreign = asks_then_says(upstream, call('{"query": "purple"}', name="search_conversations")), "foreign"
        upstream.scenario(foreign, attempts=upstream._state.scenarios[own])
        mine = await ended(running, await started(running, alice, own, text="Find the purple thing"))
        theirs = await ended(running, await started(running, charlie, foreign, text="Find it"))
    assert "the purple elephant" in results_of(mine)[0]["text"]
    assert "the purple thing" not in results_of(mine)[0]["text"], "the conversation itself is no find"
    assert results_of(theirs)[0]["text"].startswith("No message with these words was found.")


async def test_where_others_read_along_a_personal_tool_asks_first(
    upstream: FakeUpstream, alice: User, bob: User
) -> None:
    model = asks_then_says(upstream, call('{"query": "purple"}', name="search_conversations"))
    async with process() as running:
        run = await started(running, alice, "text-n3")
        await ended(running, run)
        await in_thread(run.message.conversation.admit, bob, "editor")
        shared = await started(running, alice, model, conversation=run.message.conversation_id, parent=run.message_id)
        assert (await waiting(shared)).deciders == "asker"


async def test_members_who_came_or_left_during_an_answer_count_for_a_personal_tool(
    upstream: FakeUpstream, alice: User, bob: User
) -> None:
    search = call('{"query": "purple"}', name="search_conversations")
    end = {"finish": "tool_calls"}
    model = upstream.scenario("later", attempts=[[call("1"), end], [search, end], [{"text": "Done."}]])
    await rule("calculator", "ask")
    async with process() as running:
        await ended(running, await started(running, alice, "text-n3", text="the purple elephant"))
        run = await started(running, alice, model)
        first = await waiting(run)
        # She was alone when it began; now Bob reads along.
        await in_thread(run.message.conversation.admit, bob, "owner")
        await in_thread(lambda: first.decide(alice, approve=True))
        await running.decided(run.pk)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await in_thread(ToolCall.objects.filter(run=run, tool="search_conversations").exists):
                await asyncio.sleep(0.01)
        asked = await waiting(run)
        assert (asked.tool, asked.deciders) == ("search_conversations", "asker")
        # After the person who asked has left, the tool finds nothing for the others.
        assert await RunAccess(run).search("purple", 5)
        await in_thread(run.message.conversation.dismiss, alice)
        assert await RunAccess(run).search("purple", 5) == []
        await in_thread(run.message.conversation.admit, alice, "editor")
        await in_thread(User.objects.filter(pk=alice.pk).update, is_active=False)
        assert await RunAccess(run).search("purple", 5) == []


async def test_a_file_is_read_by_everyone_who_may_see_it(upstream: FakeUpstream, alice: User, charlie: User) -> None:
    def attach(message: int) -> None:
        Attachment.objects.create(
            uploader=alice,
            message_id=message,
            name="plan.txt",
            kind="text",
            media_type="text/plain",
            size_bytes=9,
            text="step one",
        )

    async with process() as running:
        run = await started(running, alice, "text-n3")
        await ended(running, run)
        await in_thread(attach, run.message.parent_id)
        access = RunAccess(run)
        assert (await access.file("plan.txt", 5, 100)).text == "one"
        with pytest.raises(ToolError, match=r"There are: 'plan\.txt'"):
            await access.file("other.txt", 0, 100)
        run.requested_by = charlie
        with pytest.raises(ToolError, match="There are: none"):
            await access.file("plan.txt", 0, 100)
        run.requested_by = alice
        await in_thread(Message.objects.filter(pk=run.message.parent_id).update, trashed_at=timezone.now())
        with pytest.raises(ToolError, match="There are: none"):
            await access.file("plan.txt", 0, 100)
