"""Turns become requests of both formats, and a longer conversation begins with the shorter one."""

import itertools
import json
from typing import Any

import msgspec
import pytest

from chat.upstreams import FORMATS
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.parts import (
    AttachmentPart,
    ReasoningPart,
    SeamPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Turn,
    from_json,
)
from chat.upstreams.request import Options, ToolSpec

KEY = "sk-very-secret-key"
TOOL = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {}})


def endpoint(format_name: str, **more: Any) -> Endpoint:
    return Endpoint(slug="x", name="X", format=format_name, base_url="https://api.example", key=KEY, **more)


def said(role: Any, text: str, name: str | None = None) -> Turn:
    return Turn(role, (TextPart(text),), name)


def sent(format_name: str, turns: list[Turn], options: Options | None = None, **more: Any) -> dict[str, Any]:
    request = FORMATS[format_name].encode(endpoint(format_name, **more), "m", turns, [TOOL], options)
    body: dict[str, Any] = json.loads(request.body)
    return body


ROUND = Turn(
    "assistant",
    (
        ReasoningPart("hm", signature="sig"),
        TextPart("Let me "),
        SeamPart(2, 3, "lost"),
        TextPart("look."),
        ToolCallPart("a", "clock", "{}", {"extra_content": {"x": 1}}),
        ToolCallPart("b", "clock", '{"zone":'),
        ToolResultPart("a", "clock", "noon"),
        TextPart("It is noon."),
    ),
    author="x/m",
)


@pytest.mark.parametrize(
    "base", ["https://api.example", "https://api.example/", "https://api.example/v1", "https://api.example/v1/"]
)
def test_base_urls_with_and_without_v1(base: str) -> None:
    for name, path in (("openai", "chat/completions"), ("anthropic", "messages")):
        it = msgspec.structs.replace(endpoint(name), base_url=base)
        assert FORMATS[name].encode(it, "m", [said("user", "hi")]).url == f"https://api.example/v1/{path}"


def test_the_key_is_in_the_headers_and_never_in_a_repr() -> None:
    for name, header in (("openai", "authorization"), ("anthropic", "x-api-key")):
        request = FORMATS[name].encode(endpoint(name), "m", [said("user", "hi")])
        assert KEY in request.headers[header]
        assert KEY not in repr(request)
        assert KEY not in repr(endpoint(name))
        assert KEY.encode() not in request.body


def test_own_headers_come_last() -> None:
    request = FORMATS["anthropic"].encode(
        endpoint("anthropic", headers={"Anthropic-Version": "next"}), "m", [said("user", "hi")]
    )
    assert request.headers["anthropic-version"] == "next"


def test_openai_switches() -> None:
    turns = [said("user", "hi")]
    assert sent("openai", turns)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in sent("openai", turns, traits={"stream_options": False})
    assert "max_tokens" not in sent("openai", turns)
    assert sent("openai", turns, Options(max_tokens=5))["max_tokens"] == 5
    newer = {"max_tokens_field": "max_completion_tokens"}
    assert sent("openai", turns, Options(max_tokens=5), traits=newer)["max_completion_tokens"] == 5


def test_anthropic_always_says_max_tokens_and_marks_what_to_cache() -> None:
    body = sent("anthropic", [said("system", "Be kind."), said("user", "hi")], Options(system="Be brief."))
    assert body["max_tokens"] > 0
    assert body["system"] == [{"type": "text", "text": "Be brief.\n\nBe kind.", "cache_control": {"type": "ephemeral"}}]
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]}
    ]


def test_openai_tool_rounds() -> None:
    messages = sent("openai", [said("user", "time?"), ROUND])["messages"][1:]
    assert messages[0]["content"] == "Let me look."
    assert messages[0]["tool_calls"][0] == {
        "extra_content": {"x": 1},
        "id": "call00000",
        "type": "function",
        "function": {"name": "clock", "arguments": "{}"},
    }
    assert [(m["role"], m.get("tool_call_id")) for m in messages] == [
        ("assistant", None),
        ("tool", "call00000"),
        ("tool", "call00001"),
        ("assistant", None),
    ]
    assert messages[2]["content"].startswith("Error:")
    assert messages[3]["content"] == "It is noon."


def test_anthropic_tool_rounds() -> None:
    messages = sent("anthropic", [said("user", "time?"), ROUND])["messages"][1:]
    assert [message["role"] for message in messages] == ["assistant", "user", "assistant"]
    assert [piece["type"] for piece in messages[0]["content"]] == ["thinking", "text", "tool_use", "tool_use"]
    assert messages[0]["content"][0] == {"type": "thinking", "thinking": "hm", "signature": "sig"}
    assert messages[0]["content"][3]["input"] == {"arguments": '{"zone":'}
    assert [piece["tool_use_id"] for piece in messages[1]["content"]] == ["call00000", "call00001"]
    assert messages[1]["content"][1]["is_error"] is True


def test_anthropic_roles_alternate_and_begin_with_the_user() -> None:
    turns = [
        said("assistant", "Hello"),
        said("user", "a", "Alice"),
        said("user", "b", "Bob"),
        said("assistant", " "),
        said("system", "note"),
    ]
    messages = sent("anthropic", turns)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert [piece["text"] for piece in messages[2]["content"]] == ["Alice: a", "Bob: b", "note"]


def test_a_prefilled_answer_does_not_end_in_blanks() -> None:
    assert sent("anthropic", [said("user", "a"), said("assistant", "b \n")])["messages"][1]["content"][0]["text"] == "b"


def test_files_go_as_what_they_are() -> None:
    files = (
        TextPart("see"),
        AttachmentPart("1", "a.png", "image/png", b"png"),
        AttachmentPart("2", "n.txt", "text/plain", b"note"),
        AttachmentPart("3", "z.zip", "application/zip", b"zip"),
    )
    openai = sent("openai", [Turn("user", files)])["messages"][0]["content"]
    anthropic = sent("anthropic", [Turn("user", files)])["messages"][0]["content"]
    assert [piece["type"] for piece in openai] == ["text", "image_url", "text"]
    assert [piece["type"] for piece in anthropic] == ["text", "image", "text"]
    assert "note" in openai[2]["text"]
    assert "z.zip" in anthropic[2]["text"]


def _unmarked(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    if isinstance(content, list):
        content = [{k: v for k, v in piece.items() if k != "cache_control"} for piece in content]
    return {**message, "content": content}


@pytest.mark.parametrize("format_name", ["openai", "anthropic"])
def test_the_request_of_the_next_turn_begins_with_this_one(format_name: str) -> None:
    turns = [
        said("user", "one"),
        said("assistant", "1"),
        said("user", "time?"),
        ROUND,
        said("user", "thanks"),
        said("assistant", "you"),
        said("user", "bye"),
    ]
    bodies = [sent(format_name, turns[:count], Options(system="s")) for count in (1, 3, 5, 7)]
    for shorter, longer in itertools.pairwise(bodies):
        before = [_unmarked(message) for message in shorter["messages"]]
        after = [_unmarked(message) for message in longer["messages"]]
        assert after[: len(before)] == before
        assert {**shorter, "messages": 0} == {**longer, "messages": 0}


def test_parts_survive_json() -> None:
    assert tuple(from_json(msgspec.to_builtins(ROUND.parts))) == ROUND.parts


EVERYTHING = Options(system="Be brief.", temperature=1.5, max_tokens=300)
QUESTION = [said("user", "hi")]


def test_options_go_up_where_each_format_has_them() -> None:
    body = sent("openai", QUESTION, msgspec.structs.replace(EVERYTHING, reasoning_effort="low"))
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (body["temperature"], body["max_tokens"], body["reasoning_effort"]) == (1.5, 300, "low")

    body = sent("anthropic", QUESTION, EVERYTHING)
    assert body["system"][0]["text"] == "Be brief."
    assert (body["temperature"], body["max_tokens"]) == (1, 300), "the scale of this format ends at 1"
    assert "thinking" not in body


@pytest.mark.parametrize("format_name", FORMATS)
def test_options_that_are_not_set_are_not_sent(format_name: str) -> None:
    names = {"temperature", "reasoning_effort", "thinking", "system", "max_completion_tokens"}
    assert names.isdisjoint(sent(format_name, QUESTION, Options()))
    assert sent(format_name, QUESTION, Options())["messages"][0]["role"] == "user"


@pytest.mark.parametrize(("effort", "least"), [("low", 1024), ("medium", 4096), ("high", 16_384)])
def test_effort_is_a_budget_for_thinking_on_top_of_the_answers_room_and_without_a_temperature(
    effort: Any, least: int
) -> None:
    body = sent("anthropic", QUESTION, msgspec.structs.replace(EVERYTHING, reasoning_effort=effort))
    budget = body["thinking"]["budget_tokens"]
    assert body["thinking"]["type"] == "enabled"
    assert least <= budget <= 32_000
    assert body["max_tokens"] == budget + 300
    assert "temperature" not in body


def test_a_prefilled_answer_goes_on_without_thinking_because_both_are_refused_together() -> None:
    body = sent(
        "anthropic",
        [*QUESTION, said("assistant", "The ans")],
        msgspec.structs.replace(EVERYTHING, reasoning_effort="high"),
    )
    assert "thinking" not in body
    assert (body["temperature"], body["max_tokens"]) == (1, 300)


@pytest.mark.parametrize("format_name", FORMATS)
def test_with_options_too_a_longer_conversation_begins_with_the_shorter_one(format_name: str) -> None:
    options = msgspec.structs.replace(EVERYTHING, reasoning_effort="medium")
    longer = [*QUESTION, said("assistant", "hello"), said("user", "more")]
    one, two = (sent(format_name, turns, options) for turns in (QUESTION, longer))
    assert {**one, "messages": 0} == {**two, "messages": 0}
    kept = json.dumps(one["messages"]).replace(', "cache_control": {"type": "ephemeral"}', "")
    assert json.dumps(two["messages"]).startswith(kept[:-1])
