"""The shape of a conversation, as the model that is asked takes it: whose thoughts, which ids, whose turn, which tools."""

import json
from typing import Any

import pytest

from chat.upstreams import FORMATS
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.parts import AttachmentPart, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart, Turn
from chat.upstreams.request import Options, Request, ToolSpec
from chat.upstreams.schemas import completed
from chat.upstreams.traits import Traits, traits_of
from chat.upstreams.wire_names import wire_name

CLOCK = ToolSpec("clock", "Tells the time.", {"type": "object", "properties": {}})
both = pytest.mark.parametrize("format_name", ["openai", "anthropic"])
DETAILS = [{"type": "reasoning.encrypted", "data": "blob", "id": "functions.clock:0", "format": "google-gemini-v1"}]


def request(format_name: str, turns: list[Turn], model: str = "m", tools: Any = (CLOCK,), **about: Any) -> Request:
    options = about.pop("options", None)
    it = Endpoint(slug="x", name="X", format=format_name, base_url="https://api.example", **about)
    return FORMATS[format_name].encode(it, model, turns, tools, options)


def body(*given: Any, **about: Any) -> Any:
    return json.loads(request(*given, **about).body)


def user(text: str) -> Turn:
    return Turn("user", (TextPart(text),))


def answer(*parts: Part, author: str = "x/m") -> Turn:
    return Turn("assistant", parts, author=author)


def round_of(author: str, **reasoning: Any) -> Turn:
    extra = {"extra_content": {"google": {"thought_signature": "sig"}}}
    return answer(
        ReasoningPart("Look it up.", **reasoning),
        ToolCallPart("functions.clock:0", "clock", "{}", extra),
        ToolResultPart("functions.clock:0", "clock", "noon"),
        author=author,
    )


def test_two_turns_of_a_person_in_a_row_become_one() -> None:
    picture = AttachmentPart("1", "a.png", "image/png", b"png")
    turns = [user("one"), answer(), user("two"), Turn("user", (TextPart("three"), picture))]
    [message] = body("openai", turns)["messages"]
    assert message["role"] == "user"
    assert [piece.get("text") for piece in message["content"]] == ["one\n\ntwo", "three", None]
    assert body("openai", [user("one"), answer(), user("two")])["messages"] == [
        {"role": "user", "content": "one\n\ntwo"}
    ]


def test_a_person_who_writes_after_a_stopped_tool_round_follows_the_model() -> None:
    roles = [message["role"] for message in body("openai", [user("?"), round_of("x/m"), user("And?")])["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


@both
def test_ids_are_made_anew_the_same_ones_for_a_longer_conversation(format_name: str) -> None:
    twice = answer(
        ToolCallPart("same", "clock", "{}"), ToolCallPart("same", "clock", "{}"), ToolResultPart("same", "clock", "noon")
    )  # fmt: skip
    said = json.dumps(body(format_name, [user("?"), round_of("x/m"), user("?"), twice])["messages"])
    assert "functions." not in said
    assert "same" not in said
    for number in range(3):
        assert said.count(f'"call0000{number}"') == 2, "a call and its result"


def test_kimi_is_given_ids_of_the_shape_that_it_was_trained_on() -> None:
    messages = body("openai", [user("?"), round_of("x/kimi-k2")], "kimi-k2")["messages"]
    assert [messages[1]["tool_calls"][0]["id"], messages[2]["tool_call_id"]] == ["functions.clock:0"] * 2


@pytest.mark.parametrize(("author", "is_own"), [("x/m", True), ("y/m", False), ("x/n", False), ("", False)])
def test_what_only_its_author_can_read_goes_to_its_author_alone(author: str, is_own: bool) -> None:
    signed = body("anthropic", [user("?"), round_of(author, signature="s")])["messages"][1]["content"]
    assert (signed[0]["type"] == "thinking") is is_own
    [call] = body("openai", [user("?"), round_of(author)])["messages"][1]["tool_calls"]
    assert ("extra_content" in call) is is_own
    back = {"traits": {"reasoning_back": "content"}}
    assert body("openai", [user("?"), round_of(author)], **back)["messages"][1]["reasoning_content"] == (
        "Look it up." if is_own else ""
    )
    back = {"traits": {"reasoning_back": "details"}}
    sent = body("openai", [user("?"), round_of(author, details=DETAILS)], **back)["messages"][1]
    assert sent.get("reasoning_details") == ([{**DETAILS[0], "id": "call00000"}] if is_own else None)


@pytest.mark.parametrize("model", ["deepseek-reasoner", "accounts/fireworks/models/kimi-k2-thinking", "zai/glm-4.6"])
def test_thoughts_go_back_in_rounds_with_calls_and_in_no_others(model: str) -> None:
    turns = [
        user("?"),
        answer(ReasoningPart("hm"), TextPart("No."), author=f"x/{model}"),
        user("?"),
        round_of(f"x/{model}"),
    ]
    _, plain, _, calling, _ = body("openai", turns, model)["messages"]
    assert "reasoning_content" not in plain
    assert calling["reasoning_content"] == "Look it up."
    assert "reasoning_content" not in body("openai", [user("?"), round_of("x/gpt-4o")], "gpt-4o")["messages"][1]


def test_a_call_of_another_model_says_so_where_its_signature_is_asked_for() -> None:
    [call] = body("openai", [user("?"), round_of("x/m")], "gemini-3-pro")["messages"][1]["tool_calls"]
    assert call["extra_content"]["google"]["thought_signature"] == "skip_thought_signature_validator"


@both
def test_calls_of_no_tool_are_left_out_with_their_results(format_name: str) -> None:
    turn = answer(ToolCallPart("a", "", "{}"), ToolResultPart("a", "", "There is no tool."), TextPart("Well."))
    said = body(format_name, [user("?"), turn, user("!")])["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert "tool" not in json.dumps(said)


def test_a_message_with_calls_has_its_content_even_if_it_is_nothing() -> None:
    assert body("openai", [user("?"), round_of("x/m")])["messages"][1]["content"] is None


@both
def test_a_model_without_tools_is_told_results_in_words_and_no_calls(format_name: str) -> None:
    turns = [user("?"), round_of("x/m", signature="s"), user("And?")]
    for without in (
        request(format_name, turns, tools=()),
        request(format_name, turns, traits={"tools": False}),
        request(format_name, turns, learned={"m": {"left_out": ["clock"]}}),
    ):
        said = json.loads(without.body)
        assert "tools" not in said
        assert not without.tools
        assert "tools" not in without.holds
        assert [message["role"] for message in said["messages"]] == ["user"]
        assert "noon" in json.dumps(said["messages"])
        assert "tool_use" not in json.dumps(said["messages"])
        assert "tool_call" not in json.dumps(said["messages"])


def test_a_system_prompt_without_a_system_role_stands_before_the_first_question() -> None:
    options = Options(system="Be brief.")
    turns = [user("hi"), answer(TextPart("hello")), user("more")]
    assert body("openai", turns, "gemma-2-9b-it", options=options)["messages"][0]["content"] == "Be brief.\n\nhi"
    assert body("openai", turns, "gpt-4o", options=options)["messages"][0]["role"] == "system"
    picture = Turn("user", (AttachmentPart("1", "a.png", "image/png", b"png"),))
    first = body("openai", [picture], traits={"system": False}, options=options)["messages"][0]
    assert [piece["type"] for piece in first["content"]] == ["text", "image_url"]


@both
def test_a_model_that_takes_no_pictures_is_told_their_names(format_name: str) -> None:
    turns = [Turn("user", (TextPart("see"), AttachmentPart("1", "a.png", "image/png", b"png")))]
    assert "pictures" in request(format_name, turns).holds
    blind = request(format_name, turns, traits={"pictures": False})
    assert "pictures" not in blind.holds
    assert b"a.png" in blind.body
    assert b"base64" not in blind.body


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("effort", {"reasoning_effort": "low"}),
        ("reasoning", {"reasoning": {"effort": "low"}}),
        ("budget", {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
        ("adaptive", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        ("none", {}),
    ],
)
def test_the_effort_has_the_shape_that_the_server_takes(shape: str, said: Any) -> None:
    found = body("openai", [user("hi")], traits={"effort": shape}, options=Options(reasoning_effort="low"))
    shapes = ("reasoning_effort", "reasoning", "thinking", "output_config")
    assert {name: found[name] for name in shapes if name in found} == said


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("claude-opus-4-7", "adaptive"), ("claude-sonnet-4-6-20260217", "adaptive"), ("claude-opus-5", "adaptive"),
        ("anthropic.claude-mythos-preview", "adaptive"), ("claude-opus-4.6", "adaptive"),
        ("claude-opus-4-5-20251101", "budget"), ("claude-3-7-sonnet-20250219", "budget"), ("claude-sonnet-4-20250514", "budget"),
    ],
)  # fmt: skip
def test_a_newer_claude_thinks_adaptively(model: str, shape: str) -> None:
    found = body("anthropic", [user("hi")], model, options=Options(reasoning_effort="high"))
    assert found["thinking"]["type"] == ("adaptive" if shape == "adaptive" else "enabled")
    assert found.get("output_config") == ({"effort": "high"} if shape == "adaptive" else None)


def test_a_model_goes_on_thinking_after_its_own_calls_and_not_after_those_of_another() -> None:
    options = Options(reasoning_effort="high")
    own, foreign = (
        body("anthropic", [user("?"), round_of(who, signature="s")], options=options) for who in ("x/m", "y/m")
    )
    assert "thinking" in own
    assert own["messages"][1]["content"][0]["type"] == "thinking"
    assert "thinking" not in foreign


@pytest.mark.parametrize(
    "odd", ["get.user", "functions/clock", "1st", "größe", "a" * 65, "a" * 64 + "b", "with space", ""]
)
def test_odd_names_of_tools_are_made_to_fit(odd: str) -> None:
    assert len(wire_name(odd)) <= 64
    assert wire_name(odd).isascii()
    assert wire_name(odd)[0] in "_abcdefghijklmnopqrstuvwxyz"
    assert wire_name(wire_name(odd)) == wire_name(odd)


@both
def test_names_stay_distinct_and_lead_back(format_name: str) -> None:
    names = ["get.user", "get_user", "a" * 70, "a" * 71]
    sent = request(format_name, [user("hi")], tools=[ToolSpec(name, "d", {}) for name in names])
    assert list(sent.tools.values()) == names
    assert len(set(sent.tools)) == 4
    assert sent.tools["get_user"] == "get_user", "a name that fits is left alone"


def test_schemas_are_completed_all_the_way_down() -> None:
    schema = {
        "type": "object",
        "properties": {
            "filter": {"type": "object"},
            "tags": {"type": "array"},
            "maybe": {"anyOf": [{"type": ["array", "null"]}, {"type": "string"}]},
            "rows": {"type": "array", "items": {"type": "object", "required": ["gone"]}},
        },
        "required": ["filter", "missing"],
        "$defs": {"one": {"type": "object"}},
    }
    assert completed(schema) == {
        "type": "object",
        "properties": {
            "filter": {"type": "object", "properties": {}},
            "tags": {"type": "array", "items": {}},
            "maybe": {"anyOf": [{"type": ["array", "null"], "items": {}}, {"type": "string"}]},
            "rows": {"type": "array", "items": {"type": "object", "properties": {}}},
        },
        "required": ["filter"],
        "$defs": {"one": {"type": "object", "properties": {}}},
    }
    assert completed({}) == {"type": "object", "properties": {}}
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"items": deep}
    completed(deep)


def test_layers_of_traits_the_most_certain_wins() -> None:
    assert traits_of("openai", "m") == Traits()
    assert traits_of("openai", "openai/gpt-5-mini").max_tokens_field == "max_completion_tokens"
    preset, learned = {"max_tokens_field": "max_tokens", "tools": False}, {"tools": True, "unknown": 1}
    found = traits_of("openai", "gpt-5", preset, learned)
    assert (found.max_tokens_field, found.tools) == ("max_tokens", True)
    assert traits_of("anthropic", "m").key_header == "x-api-key"
