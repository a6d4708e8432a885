"""A page opened before an update still works: a recorded session of the previous protocol is replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chat import wire
from chat.database import in_thread
from chat.models import Membership, Run, ToolCall
from chat.wire import previous
from tests.cast import Cast
from tests.core.talk import Talk

FOLDER = Path(__file__).resolve().parent.parent / "recordings"


def session() -> list[dict[str, Any]]:
    """The recorded frames in order: {"command": …, "event": …}, with ids as $names."""
    steps: list[dict[str, Any]] = json.loads((FOLDER / f"protocol-{wire.PROTOCOL - 1}.json").read_text())
    return steps


def test_there_are_tables_and_a_recording_of_the_version_before() -> None:
    assert wire.PREVIOUS == wire.PROTOCOL - 1
    steps = session()
    assert {step["command"]["type"] for step in steps if "command" in step} >= set(previous.COMMANDS)
    assert {step["event"]["type"] for step in steps} >= {name for name, _ in previous.EVENTS.values()}


def test_the_tables_name_frames_and_fields_of_today() -> None:
    for name, renamed in previous.COMMANDS.values():
        fields = {field.name for field in msgspec.structs.fields(wire.COMMANDS[name])}
        assert set(renamed.values()) <= fields
    for name, (_, renamed) in previous.EVENTS.items():
        assert {path.split(".")[0] for path in renamed} <= {field.rstrip("?") for field in wire.EVENTS[name]}


def test_a_malformed_command_of_the_previous_protocol_is_told_what_is_wrong_with_it() -> None:
    filing = {"type": "conversation.place", "conversation": "00000000-0000-4000-8000-000000000000", "pinned": True}
    assert wire.parse(json.dumps(filing), wire.PREVIOUS)
    with pytest.raises(wire.BadFrameError, match="pinned") as caught:
        wire.parse(json.dumps(filing | {"pinned": "yes", "re": "7"}), wire.PREVIOUS)
    assert (caught.value.code, caught.value.re) == ("bad_frame", "7")


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_recorded_session_of_the_previous_protocol_goes_on(cast: Cast) -> None:
    call = await in_thread(a_call_that_asks, cast)
    names = {"$conversation": str(cast.conversation.pk), "$answer": cast.answer.pk, "$run": cast.run.pk}
    async with Talk(cast.alice, address=f"/ws/?protocol={wire.PROTOCOL - 1}") as talk:
        for step in session():
            if "command" in step:
                await talk.send(**{field: names.get(value, value) for field, value in step["command"].items()})
            expected = step["event"]
            re = {"re": expected["re"]} if "re" in expected else {}
            got = await talk.until(expected["type"], **re)
            require_like(got, expected)
    assert (await in_thread(ToolCall.objects.get, pk=call.pk)).status == ToolCall.Status.DENIED
    membership = await in_thread(Membership.objects.get, user=cast.alice, conversation=cast.conversation)
    assert membership.pinned_at is not None


def a_call_that_asks(cast: Cast) -> ToolCall:
    Run.objects.filter(pk=cast.run.pk).update(status=Run.Status.WAITING, process="elsewhere")
    return ToolCall.objects.create(
        message=cast.answer, index=3, run=cast.run, requested_by=cast.alice, tool="calculator",
        arguments="{}", status=ToolCall.Status.ASKED,
    )  # fmt: skip


def require_like(got: Any, expected: Any) -> None:
    """Every recorded field is present with a value of the same type; there may be more fields."""
    assert type(got) is type(expected), (got, expected)
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert name in got, (name, got)
            require_like(got[name], value)
    elif isinstance(expected, list):
        for one, other in zip(got, expected, strict=True):
            require_like(one, other)


def test_what_is_no_frame_of_the_previous_protocol_passes_unchanged() -> None:
    for text in ("", "{", "[" * 100_000, "7", '{"type":7}', '{"type":"ping"}', '{"type":["tool.decide"]}'):
        assert previous.command(text) == text


def test_half_a_surrogate_pair_is_taken_in_the_previous_protocol_too() -> None:
    text = r'{"type":"tool.decide","run":1,"place":2,"approve":true,"arguments":"a\ud800"}'
    command = wire.parse(text, wire.PREVIOUS)
    assert msgspec.to_builtins(command) | {"arguments": "a\ufffd", "index": 2} == msgspec.to_builtins(command)


def test_names_of_the_previous_protocol_are_refused_in_this_one() -> None:
    text = '{"type":"conversation.place","conversation":"7b0b6d0e-0000-4000-8000-000000000000"}'
    assert wire.parse(text, wire.PREVIOUS)
    with pytest.raises(wire.BadFrameError):
        wire.parse(text)
