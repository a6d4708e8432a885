"""What the refusals of real servers teach, whatever their words; each is named where it was reported."""

import json
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Any

import pytest

from chat.upstreams import FORMATS, classify, taught
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError
from chat.upstreams.events import Text
from chat.upstreams.lessons import Learning
from chat.upstreams.parts import AttachmentPart, TextPart, Turn
from chat.upstreams.request import Options, Request, ToolSpec
from chat.upstreams.warm import Connections
from tests.fake_upstream import FakeUpstream
from tests.upstreams.asking import endpoint

TOOLS = [ToolSpec(name, "d", {}) for name in ("clock", "srv__find.all", "notes")]
EVERYTHING = Options(system="Be brief.", temperature=0.5, max_tokens=300, reasoning_effort="low")
Refuse = Callable[[dict[str, Any]], tuple[int, Any] | None]


def encode(it: Endpoint, options: Options = EVERYTHING, tools: Any = TOOLS) -> Request:
    turns = [Turn("user", (TextPart("hi"), AttachmentPart("1", "a.png", "image/png", b"png")))]
    return FORMATS[it.format].encode(it, "m", turns, tools, options)


def taught_by(refuse: Refuse, format_name: str = "openai", **about: Any) -> tuple[dict[str, Any], int]:
    """What a server that refuses so teaches, and how often it was asked; the refusal is raised where nothing helps."""
    it = Endpoint(slug="x", name="X", format=format_name, base_url="https://api.example", **about)
    learning = Learning(it, "m")
    for asked in range(1, 20):
        request = encode(learning.endpoint)
        refusal = refuse(json.loads(request.body))
        if refusal is None:
            return {lesson.trait: lesson.value for lesson in learning.settle()}, asked
        status, said = refusal
        error = classify.of_response(status, json.dumps(said).encode(), "X")
        if not learning.learn(error, request):
            raise error
    raise AssertionError("it never ends")


def openai_error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error"}}


def when(holds: Callable[[dict[str, Any]], Any], status: int, said: Any) -> Refuse:
    return lambda body: (status, said) if holds(body) else None


def has(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda body: name in body


def has_system(body: dict[str, Any]) -> bool:
    return any(message["role"] == "system" for message in body["messages"])


@pytest.mark.parametrize(
    ("refuse", "lessons"),
    [
        # vllm#9986
        (when(has("tools"), 400, {"object": "error", "message": '"auto" tool choice requires --enable-auto-tool-choice and '
            "--tool-call-parser to be set", "type": "BadRequestError", "code": 400}), {"tools": False}),
        # LLMKube#126
        (when(has("tools"), 500, openai_error("tools param requires --jinja flag")), {"tools": False}),
        # OpenRouter, where no provider of a model takes tools
        (when(has("tools"), 404, {"error": {"message": "No endpoints found that support tool use.", "code": 404}}), {"tools": False}),
        # A server that says nothing of what it means.
        (when(has("tools"), 400, {"detail": "Bad Request"}), {"tools": False}),
        (when(has("tools"), 422, "Unprocessable Entity"), {"tools": False}),
        # chat-ui#1386, and templates that only say what they see
        (when(has_system, 400, openai_error("System role not supported")), {"system": False}),
        (when(has_system, 400, openai_error("Conversation roles must alternate user/assistant/user/assistant/...")), {"system": False}),
        (when(has_system, 400, openai_error("Developer instruction is not enabled for models/gemma-3")), {"system": False}),
        # OpenAI on its reasoning models
        (when(has("temperature"), 400, openai_error("Unsupported value: 'temperature' does not support 0.5 with this model. "
            "Only the default (1) value is supported.")), {"temperature": False}),
        (when(has("max_tokens"), 400, openai_error("Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.")), {"max_tokens_field": "max_completion_tokens"}),
        (when(has("reasoning_effort"), 400, openai_error("Unrecognized request argument supplied: reasoning_effort")), {"effort": "none"}),
        # Mistral, and older servers
        (when(has("stream_options"), 422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden",
            "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}}), {"stream_options": False}),
        # Groq on models that do not see
        (when(lambda body: isinstance(body["messages"][1]["content"], list), 400, openai_error(
            "messages[1].content must be a string: this model does not support image input")), {"pictures": False}),
        # OpenAI and Gemini, which name the function and its place
        (when(lambda body: any(tool["function"]["name"] == "notes" for tool in body.get("tools", [])), 400, openai_error(
            "Invalid schema for function 'notes': array schema missing items.")), {"left_out": ("notes",)}),
        (when(lambda body: len(body.get("tools", [])) > 2, 400, openai_error(
            "* GenerateContentRequest.tools[0].function_declarations[1].parameters.properties: should be non-empty")),
            {"left_out": ("srv__find.all",)}),
    ],
)  # fmt: skip
def test_a_refusal_teaches_one_trait_with_one_more_request(refuse: Refuse, lessons: dict[str, Any]) -> None:
    assert taught_by(refuse) == (lessons, 2)


def test_newer_claude_and_older_claude_teach_their_shape() -> None:
    # opencode#23007
    newer = '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort".'
    only_adaptive = when(lambda body: body.get("thinking", {}).get("type") == "enabled", 400, openai_error(newer))
    assert taught_by(only_adaptive, "anthropic") == ({"effort": "adaptive"}, 2)
    older = "adaptive thinking is not supported on this model"
    only_budget = when(lambda body: body.get("thinking", {}).get("type") == "adaptive", 400, openai_error(older))
    assert taught_by(only_budget, "anthropic", traits={"effort": "adaptive"}) == ({"effort": "budget"}, 2)
    neither = when(has("thinking"), 400, openai_error("thinking: not supported"))
    assert taught_by(neither, "anthropic")[0] == {"effort": "none"}


def test_several_refusals_teach_several_traits() -> None:
    def refuse(body: dict[str, Any]) -> tuple[int, Any] | None:
        if "stream_options" in body:
            return 400, openai_error("unknown field: stream_options")
        if "tools" in body:
            return 400, openai_error("function calling is not available")
        return (400, openai_error("no system message here")) if has_system(body) else None

    assert taught_by(refuse) == ({"stream_options": False, "tools": False, "system": False}, 4)


def test_what_did_not_help_is_taken_back() -> None:
    # It names nothing, and it is the system prompt: without tools it is refused in the same words.
    assert taught_by(when(has_system, 400, {"detail": "Bad Request"})) == ({"system": False}, 3)
    # It names tools in its sentence, and means something that nobody can leave out.
    with pytest.raises(UpstreamError) as caught:
        taught_by(lambda body: (400, openai_error("this account may not use functions or anything else")))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("status", "message", "most"),
    [
        (401, "no tools for this key", 1),
        (429, "too many tool calls", 1),
        (413, "tools too large", 1),
        (404, "The model `m` does not exist", 1),
        (500, "internal error", 1),
        (400, "maximum context length is 8192 tokens, tools included", 1),
    ],
)
def test_what_teaches_nothing_is_not_asked_again(status: int, message: str, most: int) -> None:
    asked = []
    with pytest.raises(UpstreamError):
        taught_by(lambda body: asked.append(body) or (status, openai_error(message)))  # type: ignore[func-returns-value]
    assert len(asked) == most


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: 300. This model supports at most 200 completion tokens",
        "temperature must be between 0 and 0.4",
    ],
)
def test_a_value_out_of_range_is_for_a_person_to_change(message: str) -> None:
    seen: list[dict[str, Any]] = []
    with pytest.raises(UpstreamError):
        taught_by(lambda body: seen.append(body) or (400, openai_error(message)))  # type: ignore[func-returns-value]
    assert [(body["max_tokens"], body["temperature"]) for body in seen] == [(300, 0.5)]


@pytest.mark.asyncio
@pytest.mark.parametrize("format_name", ["openai", "anthropic"])
async def test_over_the_wire_the_second_request_is_answered(upstream: FakeUpstream, format_name: str) -> None:
    refusal = {"status": 400, "body": openai_error("tools: this model cannot call them")}
    upstream.scenario("m", attempts=[[refusal], [{"text": "Hello."}, {"finish": "stop"}]])
    learning = Learning(endpoint(upstream.url, format_name), "m")
    plain = partial(encode, options=Options())
    async with aclosing(taught.stream(learning, plain, connections=Connections(max_idle=0))) as batches:
        texts = [event.text async for batch in batches for event in batch if isinstance(event, Text)]
    assert "".join(texts) == "Hello."
    assert ["tools" in each["body"] for each in upstream.log()] == [True, False]
    [lesson] = learning.settle()
    assert (lesson.trait, lesson.value) == ("tools", False)
    assert "cannot call them" in lesson.said
    assert learning.settle() == [], "it is news once"
    assert not learning.endpoint.traits_of("m").tools
    assert learning.endpoint.traits_of("another").tools


@pytest.mark.asyncio
async def test_calls_come_back_under_our_names(upstream: FakeUpstream) -> None:
    odd = ToolSpec("srv__find.all", "d", {})
    learning = Learning(endpoint(upstream.url), "m")
    [wire] = encode(learning.endpoint, Options(), [odd]).tools
    upstream.scenario("m", [{"tool": {"id": "1", "name": wire, "arguments": "{}"}}, {"finish": "tool_calls"}])
    plain = partial(encode, options=Options(), tools=[odd])
    async with aclosing(taught.stream(learning, plain, connections=Connections(max_idle=0))) as batches:
        names = {getattr(event, "name", None) async for batch in batches for event in batch}
    assert "srv__find.all" in names
    assert wire not in names
