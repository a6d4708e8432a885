"""Decisions about a waiting tool call: who may make which."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat import commands, wire
from chat.database import in_thread
from chat.models import McpServer, Message, Run, ToolCall, ToolPolicy
from tests.cast import Cast

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def asks(cast: Cast, **rules: Any) -> ToolCall:
    """A call of the cast's answer that waits for a person."""
    Run.objects.filter(pk=cast.run.pk).update(status=Run.Status.WAITING, process="elsewhere")
    return ToolCall.objects.create(
        message=cast.answer, index=3, run=cast.run, requested_by=cast.alice, tool="calculator",
        arguments='{"expression": "1"}', status=ToolCall.Status.ASKED, **rules,
    )  # fmt: skip


async def decides(cast: Cast, role: str, **fields: Any) -> str:
    """The result of that person's decision: "ok", or the code of the refusal."""
    frame = {"type": "tool.decide", "run": cast.run.pk, "index": 3, "approve": True, **fields}
    command = wire.parse(json.dumps(frame))
    try:
        return (await commands.COMMANDS[type(command)](await in_thread(cast.role, role), command)).frame
    except commands.RefusalError as error:
        return error.code


async def status_of(call: ToolCall) -> str:
    return (await in_thread(ToolCall.objects.get, pk=call.pk)).status


@pytest.mark.parametrize(
    ("role", "outcome", "status"),
    [
        ("owner", "ok", "approved"),
        ("editor", "ok", "approved"),
        ("viewer", "not_allowed", "asked"),
        ("stranger", "not_found", "asked"),
        ("administrator", "not_found", "asked"),
    ],
)
async def test_everyone_who_may_write_may_decide(role: str, outcome: str, status: str, cast: Cast) -> None:
    call = await in_thread(asks, cast)
    assert await decides(cast, role) == outcome
    assert await status_of(call) == status


@pytest.mark.parametrize(
    ("deciders", "role", "outcome"),
    [
        ("asker", "owner", "ok"),
        ("asker", "editor", "not_allowed"),
        ("owners", "owner", "ok"),
        ("owners", "editor", "not_allowed"),
    ],
)
async def test_the_policy_names_who_decides(deciders: str, role: str, outcome: str, cast: Cast) -> None:
    await in_thread(lambda: asks(cast, deciders=deciders))
    assert await decides(cast, role) == outcome


async def test_the_first_decision_counts(cast: Cast) -> None:
    call = await in_thread(asks, cast)
    assert await decides(cast, "editor", approve=False) == "ok"
    assert await decides(cast, "owner") == "decided"
    assert await status_of(call) == "denied"


async def test_what_has_expired_or_ended_is_not_decided(cast: Cast) -> None:
    call = await in_thread(asks, cast)
    await in_thread(ToolCall.objects.filter(pk=call.pk).update, expires_at="2020-01-01T00:00Z")
    assert await decides(cast, "owner") == "decided"
    await in_thread(ToolCall.objects.filter(pk=call.pk).update, expires_at=None)
    await in_thread(Run.objects.filter(pk=cast.run.pk).update, status="stopped")
    assert await decides(cast, "owner") == "decided"


async def test_changed_arguments_have_to_fit_and_to_be_permitted(cast: Cast) -> None:
    call = await in_thread(asks, cast)
    assert await decides(cast, "owner", arguments="{oops") == "bad_arguments"
    assert await decides(cast, "owner", arguments='{"expression": ""}') == "bad_arguments"
    await in_thread(ToolCall.objects.update, may_edit=False)
    assert await decides(cast, "owner", arguments='{"expression": "2"}') == "not_allowed"
    await in_thread(ToolCall.objects.update, may_edit=True)
    assert await decides(cast, "owner", arguments='{"expression": "2"}') == "ok"
    changed = await in_thread(ToolCall.objects.get, pk=call.pk)
    assert (changed.arguments, changed.is_edited, changed.decided_by_id) == ('{"expression": "2"}', True, cast.alice.pk)


async def test_an_editor_whose_role_may_not_use_the_tool_approves_it_unchanged_only(cast: Cast) -> None:
    await in_thread(asks, cast)
    changed = '{"expression": "2"}'
    await in_thread(ToolPolicy.objects.filter(tool="calculator").update, for_editors="deny")
    assert await decides(cast, "editor", arguments=changed) == "not_allowed"
    assert await decides(cast, "editor") == "ok"
    await in_thread(ToolCall.objects.update, status="asked")
    await in_thread(ToolPolicy.objects.filter(tool="calculator").update, for_editors="ask")
    assert await decides(cast, "editor", arguments=changed) == "ok"


async def test_changed_arguments_of_a_servers_tool_have_to_fit_its_schema(cast: Cast) -> None:
    call = await in_thread(asks, cast)
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    found = [{"name": "add", "description": "Adds.", "schema": schema}]
    await in_thread(McpServer.objects.create, slug="sums", name="Sums", url="https://sums.example/mcp", found=found)
    await in_thread(ToolCall.objects.update, tool="sums__add")
    for wrong in ("{oops", "[1]", "{}", '{"a": "one"}'):
        assert await decides(cast, "owner", arguments=wrong) == "bad_arguments", wrong
    assert await status_of(call) == "asked"
    assert await decides(cast, "owner", arguments='{"a": 1}') == "ok"
    assert await status_of(call) == "approved"


async def test_another_index_or_run_has_nothing_to_decide(cast: Cast) -> None:
    await in_thread(asks, cast)
    assert await decides(cast, "owner", index=4) == "not_found"
    assert await decides(cast, "owner", run=2**53 - 1) == "not_found"
    assert await in_thread(Message.objects.filter(pk=cast.answer.pk).exists)


async def test_a_personal_tool_is_for_whose_it_is_to_decide_also_where_somebody_came_later(cast: Cast) -> None:
    call = await in_thread(asks, cast)  # asked for while she was alone, so any member who may write may decide
    await in_thread(ToolCall.objects.filter(pk=call.pk).update, tool="search_conversations")
    assert await decides(cast, "editor") == "not_allowed"
    assert await decides(cast, "owner") == "ok"
