"""The chunks of the OpenAI format as values: decoded by a schema, and field by field where a server is odd. Pure."""

from typing import Any

import msgspec

from chat.text import clean_json

from . import odd_json
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


class InputDetails(msgspec.Struct, gc=False):
    """Parts of prompt_tokens."""

    cached_tokens: int | None = None


class OutputDetails(msgspec.Struct, gc=False):
    """Parts of completion_tokens."""

    reasoning_tokens: int | None = None


class ChunkUsage(msgspec.Struct):
    """Token counts as they come."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None


class Chunk(msgspec.Struct):
    """One `data:` of the stream."""

    choices: list[Choice] | None = None
    usage: ChunkUsage | None = None
    model: str | None = None
    object: str | None = None
    error: Any = None
    citations: Any = None
    search_results: Any = None


decode = msgspec.json.Decoder(Chunk).decode


def usage_of(usage: ChunkUsage) -> Usage:
    """The counts in our words."""
    cached, reasoning = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        odd_json.count(usage.prompt_tokens),
        odd_json.count(usage.completion_tokens),
        odd_json.count(cached.cached_tokens) if cached else None,
        odd_json.count(reasoning.reasoning_tokens) if reasoning else None,
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
    usage = value.get("usage")
    return Chunk(
        choices=choices,
        usage=_usage(usage) if isinstance(usage, dict) else None,
        model=odd_json.text(value.get("model")),
        citations=value.get("citations"),
        search_results=value.get("search_results"),
    )


def _usage(usage: dict[str, Any]) -> ChunkUsage:
    return ChunkUsage(
        odd_json.count(usage.get("prompt_tokens")),
        odd_json.count(usage.get("completion_tokens")),
        InputDetails(odd_json.count(odd_json.mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))),
        OutputDetails(odd_json.count(odd_json.mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))),
    )


def _choice(choice: dict[str, Any], delta_key: str) -> Choice:
    delta = choice.get(delta_key)
    return Choice(
        index=odd_json.index(choice.get("index")) or 0,
        delta=_delta(delta) if isinstance(delta, dict) else None,
        message=_raw(choice.get("message")) if delta_key != "message" else None,
        finish_reason=odd_json.text(choice.get("finish_reason")),
        error=choice.get("error"),
    )


def _raw(message: Any) -> msgspec.Raw | None:
    return msgspec.Raw(msgspec.json.encode(clean_json(message))) if isinstance(message, dict) else None


def _delta(delta: dict[str, Any]) -> Delta:
    content, thinking = _content(delta.get("content"))
    function = delta.get("function_call")
    return Delta(
        content=content,
        reasoning_content=odd_json.text(delta.get("reasoning_content")) or thinking,
        reasoning=odd_json.text(delta.get("reasoning")),
        reasoning_details=odd_json.items(delta.get("reasoning_details")),
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


def _content(content: Any) -> tuple[str, str]:
    """Text and thinking of a content that is a string, or (Mistral) a list of typed pieces."""
    if isinstance(content, str):
        return content, ""
    text, thinking = [], []
    for piece in odd_json.items(content):
        piece = odd_json.mapping(piece)
        if piece.get("type") == "thinking":
            thinking.append(_content(piece.get("thinking"))[0])
        else:
            text.append(odd_json.text(piece.get("text")) or "")
    return "".join(text), "".join(thinking)


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
