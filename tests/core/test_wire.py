"""Frames: every command parses; everything else raises BadFrameError and nothing else (C10, C12, C14, D2, D12)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat import wire
from chat.wire.commands import Ack, MessagePost

CONVERSATION = str(uuid.uuid4())
EXAMPLES: dict[str, Any] = {
    "persona": 4,
    "index": 3,
    "shelf": "archive",
    "approve": True,
    "arguments": "{}",
    "re": "r1",
    "before": 12,
    "conversation": CONVERSATION,
    "after": 3,
    "title": "Folds",
    "upstream": "openai",
    "model": "gpt",
    "name": "bob",
    "role": "viewer",
    "user": 4,
    "client_id": "client-id-1",
    "text": "Hello",
    "attachments": [CONVERSATION],
    "parent": 5,
    "message": 6,
    "run": 7,
    "frames": 8,
    "behind": True,
    "value": 1,
    "reason": "It is right.",
    "revision": 9,
    "prompt": 10,
    "team": True,
    "options": {"temperature": 0.5},
    "query": "fold",
    "folder": 11,
    "pinned": True,
    "archived": False,
    "open": True,
    "preferences": {"theme": "dark", "shortcuts": {"conversation.new": ["Mod+J"]}},
    "page": 1,
    "server": "notes",
    "uri": "notes://today",
    "values": {"who": "Bob"},
}
WRONG: dict[type, list[Any]] = {
    str: [None, 1, 1.5, True, [], {}, ["a"]],
    int: ["1", 1.5, True, [], {}, -1, 2**53 + 1, 2**63, 1e400],
    bool: ["true", 1, 0, 1.5, [], {}],
    list: ["a", 1, 1.5, True, {}, [1], ["no id"], [CONVERSATION] * 51],
    dict: ["{}", 1, 1.5, True, [], ["a"]],
}


def full(name: str) -> dict[str, Any]:
    """A frame with every field of that command."""
    fields = [field.rstrip("?") for field in wire.fields()["commands"][name]]
    frame = {"type": name, **{field: EXAMPLES[field] for field in fields}}
    return frame | ({"before": "2026-11-23T10:00:00Z"} if name == "conversation.list" else {})


def wrong_frames() -> list[tuple[str, str, Any]]:
    """Each field of each command with each value of a wrong type; None only for required fields."""
    found = []
    for name in wire.COMMANDS:
        for field, value in full(name).items():
            for wrong in WRONG[type(value)]:
                may_be_none = f"{field}?" in wire.fields()["commands"][name] or field == "type"
                is_thumb_down = field == "value" and wrong == -1
                if (wrong is not None or not may_be_none) and not is_thumb_down:
                    found.append((name, field, wrong))
    return found


@pytest.mark.parametrize("name", wire.COMMANDS)
def test_every_command_parses_with_all_its_fields_and_without_the_optional_ones(name: str) -> None:
    command = wire.parse(json.dumps(full(name)))
    assert type(command) is wire.COMMANDS[name]
    assert command.re == "r1"
    required = {field for field in wire.fields()["commands"][name] if not field.endswith("?")}
    assert wire.parse(json.dumps({key: value for key, value in full(name).items() if key in {"type", *required}}))


@pytest.mark.parametrize("name", wire.COMMANDS)
def test_a_command_without_a_required_field_is_refused_by_name(name: str) -> None:
    for field in wire.fields()["commands"][name]:
        if not field.endswith("?"):
            frame = {key: value for key, value in full(name).items() if key != field}
            with pytest.raises(wire.BadFrameError) as refused:
                wire.parse(json.dumps(frame))
            assert refused.value.code == "bad_frame"
            assert field in refused.value.message
            assert refused.value.re == "r1"


@pytest.mark.parametrize(("name", "field", "value"), wrong_frames())
def test_a_field_of_the_wrong_type_is_refused(name: str, field: str, value: Any) -> None:
    with pytest.raises(wire.BadFrameError) as refused:
        wire.parse(json.dumps({**full(name), field: value}))
    assert refused.value.code in ("bad_frame", "unknown_type")


@pytest.mark.parametrize("name", [name for name in wire.COMMANDS if name not in ("ack", "ping")])
def test_unknown_fields_are_ignored_so_that_newer_clients_may_say_more(name: str) -> None:
    assert wire.parse(json.dumps({**full(name), "__proto__": {"admin": True}, "constructor": 1, "more": [1]}))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "null", "true", "7", '"ping"', "[]", '["ping"]', "{", "}", "ping", "{'type':'ping'}", '{"type":"ping"',
        '{"type":"ping"}{"type":"ping"}', '{"type":null}', '{"type":["ping"]}', '{"no":"type"}', "\0", "\ud800",
        '{"type":"ack","frames":NaN}', '{"type":"ack","frames":1e400}', '{"type":"ack","frames":Infinity}',
        '{"type":"ack","frames":9007199254740993}', '{"type":"ack","frames":1.0000001}', "[" * 100_000,
        '{"type":"ping","re":' + "[" * 100_000, '{"a":' * 100_000, "\ufeff{}",
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(text: str) -> None:
    with pytest.raises(wire.BadFrameError) as refused:
        wire.parse(text)
    assert refused.value.code == "bad_frame"


def test_an_unknown_command_is_named() -> None:
    with pytest.raises(wire.BadFrameError) as refused:
        wire.parse('{"type":"conversation.burn","re":"x"}')
    assert (refused.value.code, refused.value.re) == ("unknown_type", "x")
    assert "conversation.burn" in refused.value.message


def test_a_refused_post_says_which_one_it_was() -> None:
    with pytest.raises(wire.BadFrameError) as refused:
        wire.parse('{"type":"message.post","client_id":"my-own-id","text":7}')
    assert refused.value.client_id == "my-own-id"


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    assert wire.parse('{"type":"ack","frames":1,"frames":2}') == Ack(frames=2)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'{"type":"message.post","client_id":"12345678","text":"a\ud800b"}', "a\ufffdb"),
        (r'{"type":"message.post","client_id":"12345678","text":"\udc00"}', "\ufffd"),
        ('{"type":"message.post","client_id":"12345678","text":"a\ud83d"}', "a\ufffd"),
        (r'{"type":"message.post","client_id":"12345678","text":"a\u0000b\udc00"}', "a\ufffdb\ufffd"),
        (r'{"type":"message.post","client_id":"12345678","text":"\\u0000"}', r"\u0000"),
        (r'{"type":"message.post","client_id":"12345678","text":"\ud83d\ude00"}', "\U0001f600"),
        (r'{"type":"message.post","client_id":"12345678","text":"\\ud800"}', r"\ud800"),
    ],
)
def test_half_a_surrogate_pair_or_a_nul_becomes_the_replacement_character(text: str, read: str) -> None:
    command = wire.parse(text)
    assert isinstance(command, MessagePost)
    assert command.text == read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_id", "1234567"), ("client_id", "x" * 65), ("client_id", "with space"), ("client_id", "12345678\n"),
        ("client_id", "ümlaut-id"), ("conversation", "null"), ("conversation", "../../etc"), ("conversation", ""),
        ("upstream", "x" * 65), ("model", "x" * 201), ("re", "x" * 65),
    ],
)  # fmt: skip
def test_values_out_of_bounds_are_refused(field: str, value: str) -> None:
    with pytest.raises(wire.BadFrameError):
        wire.parse(json.dumps({**full("message.post"), field: value}))


@pytest.mark.parametrize("role", ["", "Owner", "owner\n", " owner", "administrator", "owner|editor", "None"])
def test_only_the_three_roles_are_roles(role: str) -> None:
    with pytest.raises(wire.BadFrameError):
        wire.parse(json.dumps({**full("member.role"), "role": role}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(wire.COMMANDS)), st.dictionaries(st.sampled_from(sorted(EXAMPLES)), json_values))
@example("message.post", {"text": "\ud800", "client_id": "12345678"})
def test_whatever_the_fields_are_there_is_a_command_or_a_bad_frame(name: str, fields: dict[str, Any]) -> None:
    try:
        command = wire.parse(json.dumps({"type": name, **fields}))
    except wire.BadFrameError as refused:
        wire.frame("error", code=refused.code, message=refused.message, re=refused.re, client_id=refused.client_id)
    else:
        msgspec.json.encode(command)


@given(st.text(st.characters()))
def test_whatever_the_text_is_there_is_a_command_or_a_bad_frame(text: str) -> None:
    try:
        wire.parse(text)
    except wire.BadFrameError as refused:
        wire.frame("error", code=refused.code, message=refused.message)


def test_fields_that_may_be_missing_are_left_out_and_the_others_are_not() -> None:
    assert json.loads(wire.frame("ok", re=None)) == {"type": "ok"}
    assert json.loads(wire.frame("model.list", models=[], default=None)) == {
        "type": "model.list",
        "models": [],
        "default": None,
    }


def test_a_patch_that_is_encoded_once_is_the_frame_it_says() -> None:
    text = wire.run_patch(3, 0, 5, '[["text",0,"ü\\n"]]'.encode(), done=True)
    assert json.loads(text) == {
        "type": "run.patch", "run": 3, "after": 0, "seq": 5, "changes": [["text", 0, "ü\n"]], "done": True,
    }  # fmt: skip
    assert "done" not in json.loads(wire.run_patch(3, 0, 5, b"[]", done=False))
