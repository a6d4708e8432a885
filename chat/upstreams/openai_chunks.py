"""The chunks of the OpenAI format as values: decoded by a schema, and field by field where a server is odd. Pure."""

from typing import Any

import msgspec

from chat.text import clean_json

from . import odd_json, usage
from .events import Usage


class Function(msgspec.Struct, gc=False):
    """The called function of a tool call piece."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    """A tool call piece as it comes."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None
    extra_content: dict[str, Any] | None = None


class Delta(msgspec.Struct):
    """What is new in a choice."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[Any] | None = None
    thinking: Any = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    # What comes besides text; openai_given reads it.
    images: Any = None
    image: Any = None
    multi_mod_content: Any = None
    audio: Any = None
    annotations: Any = None


class Choice(msgspec.Struct):
    """One of the answers; we ask for one, and take the first."""

    index: int | None = 0
    delta: Delta | None = None
    message: msgspec.Raw | None = None  # the whole answer so far: not decoded with every piece
    finish_reason: str | None = None
    error: Any = None
    usage: Any = None


class Chunk(msgspec.Struct):
    """One `data:` of the stream."""

    choices: list[Choice] | None = None
    usage: dict[str, Any] | None = None
    x_groq: Any = None
    timings: Any = None
    model: str | None = None
    object: str | None = None
    error: Any = None
    citations: Any = None
    search_results: Any = None


decode = msgspec.json.Decoder(Chunk).decode


def usage_of(reporting: Chunk | Choice) -> Usage | None:
    """The counts that a chunk or a choice reports, wherever its server puts them; None where it reports none."""
    if isinstance(reporting, Choice):
        return usage.of_openai(odd_json.mapping(reporting.usage)) if odd_json.mapping(reporting.usage) else None
    if reporting.usage:
        return usage.of_openai(reporting.usage)
    if inner := odd_json.mapping(odd_json.mapping(reporting.x_groq).get("usage")):
        return usage.of_openai(inner)
    timings = odd_json.mapping(reporting.timings)
    return usage.of_timings(timings) if timings else None


def brings_more(delta: Delta) -> bool:
    """Whether something comes besides text; asked for every token."""
    return not (
        delta.annotations is None
        and delta.images is None
        and delta.image is None
        and delta.multi_mod_content is None
        and delta.audio is None
    )


def message_of(message: msgspec.Raw) -> Delta:
    """A whole message as one piece; an empty one where it cannot be read."""
    try:
        return _delta(odd_json.mapping(msgspec.json.decode(message)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Delta()


def from_odd(value: dict[str, Any], delta_key: str = "delta") -> Chunk:
    """A chunk out of an object whose fields may be of any type; what does not fit is left out."""
    choices = [_choice(odd_json.mapping(choice), delta_key) for choice in odd_json.items(value.get("choices"))]
    return Chunk(
        choices=choices,
        usage=odd_json.mapping(value.get("usage")) or None,
        x_groq=value.get("x_groq"),
        timings=value.get("timings"),
        model=odd_json.text(value.get("model")),
        citations=value.get("citations"),
        search_results=value.get("search_results"),
    )


def _choice(choice: dict[str, Any], delta_key: str) -> Choice:
    delta = choice.get(delta_key)
    return Choice(
        index=odd_json.index(choice.get("index")) or 0,
        delta=_delta(delta) if isinstance(delta, dict) else None,
        message=_raw(choice.get("message")) if delta_key != "message" else None,
        finish_reason=odd_json.text(choice.get("finish_reason")),
        error=choice.get("error"),
        usage=choice.get("usage"),
    )


def _raw(message: Any) -> msgspec.Raw | None:
    return msgspec.Raw(msgspec.json.encode(clean_json(message))) if isinstance(message, dict) else None


def _delta(delta: dict[str, Any]) -> Delta:
    content, thinking = _content(delta.get("content"))
    function = delta.get("function_call")
    return Delta(
        content=content,
        reasoning_content=odd_json.text(delta.get("reasoning_content")) or thinking,
        reasoning=_joined(delta.get("reasoning")) or None,
        reasoning_details=odd_json.items(delta.get("reasoning_details")),
        thinking=delta.get("thinking"),
        refusal=odd_json.text(delta.get("refusal")),
        tool_calls=[_tool_call(call) for call in odd_json.items(delta.get("tool_calls")) if isinstance(call, dict)],
        function_call=_function(function) if isinstance(function, dict) else None,
        images=[*odd_json.items(delta.get("images")), *_pictures(delta.get("content"))],
        image=delta.get("image"),
        multi_mod_content=delta.get("multi_mod_content"),
        audio=delta.get("audio"),
        annotations=delta.get("annotations"),
    )


def _pictures(content: Any) -> list[Any]:
    """The pieces of a content that are pictures, in the shape of the format or of Gemini's."""
    keys = ("image_url", "inline_data", "inlineData", "b64_json")
    return [piece for piece in odd_json.items(content) if any(key in odd_json.mapping(piece) for key in keys)]


def other_reasoning(delta: Delta) -> str:
    """The reasoning of a delta that has none in the usual fields."""
    if not delta.reasoning_details and delta.thinking is None:
        return ""
    return _joined(delta.reasoning_details) or _joined(delta.thinking)


def _content(content: Any) -> tuple[str, str]:
    """Text and thinking of a content that is a string, or (Mistral, and gateways before others) typed pieces."""
    if isinstance(content, str):
        return content, ""
    text, thinking = [], []
    for piece in [content] if isinstance(content, dict) else odd_json.items(content):
        if odd_json.mapping(piece).get("type") in ("thinking", "reasoning", "reasoning_text"):
            thinking.append(_joined(piece))
        else:
            text.append(_joined(piece))
    return "".join(text), "".join(thinking)


def _joined(value: Any, depth: int = 0) -> str:
    """The text of a string, of a typed piece, or of a list of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 4:
        return "".join(_joined(item, depth + 1) for item in value)
    if isinstance(value, dict) and depth < 4:
        fields = ("text", "thinking", "summary", "content", "reasoning")
        return next((text for name in fields if (text := _joined(value.get(name), depth + 1))), "")
    return ""


def _tool_call(call: dict[str, Any]) -> ToolCall:
    extra = call.get("extra_content")
    function = call.get("function")
    return ToolCall(
        index=odd_json.index(call.get("index")),
        id=odd_json.text(call.get("id")),
        function=_function(function) if isinstance(function, dict) else None,
        extra_content=extra if isinstance(extra, dict) else None,
    )


def _function(function: dict[str, Any]) -> Function:
    arguments = function.get("arguments")
    if isinstance(arguments, dict | list):
        arguments = msgspec.json.encode(clean_json(arguments)).decode()
    return Function(name=odd_json.text(function.get("name")), arguments=odd_json.text(arguments))
