"""Turns -> the messages of the OpenAI format. Pure; the messages of turn n+1 begin with those of turn n."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from .endpoint import Endpoint
from .parts import (
    AttachmentPart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Turn,
    base64_text,
)
from .request import THINKING_TOKENS, Options, Request, ToolSpec
from .rounds import (
    UNTRUSTED,
    Round,
    Speaker,
    has_pictures,
    numbered_ids,
    pictures_of,
    shown_text,
    signed,
    told,
    without_pictures,
    without_tools,
)
from .schemas import completed
from .traits import Traits
from .wire_names import names_back, wire_name

# An answer that was stopped after a tool's result, before a person wrote again: many templates want the model's turn there.
_STOPPED = "(This answer was not finished.)"

Message = dict[str, Any]


def encode(
    endpoint: Endpoint,
    model: str,
    turns: Sequence[Turn],
    tools: Sequence[ToolSpec] = (),
    options: Options | None = None,
) -> Request:
    """The streamed request for the next answer. `messages` come last in the body, so that it grows at its end."""
    options, traits = options or Options(), endpoint.traits_of(model)
    offered = [tool for tool in tools if traits.tools and tool.name not in traits.left_out]
    body: dict[str, Any] = {"model": model, "stream": True}
    holds = _set_options(body, options, traits)
    if offered:
        holds.add("tools")
        body["tools"] = [_tool(tool) for tool in offered]
    if not traits.pictures:
        turns = without_pictures(turns)
    elif has_pictures(turns):
        holds.add("pictures")
    if turns and turns[-1].role == "assistant" and traits.prefill:
        holds.add("prefill")
    speaker = Speaker(endpoint.author(model), numbered_ids(traits.tool_ids), traits.unsigned_calls)
    encoder = _Encoder(speaker, traits)
    messages = _merged(
        message for turn in (turns if offered else without_tools(turns)) for message in encoder.messages(turn)
    )
    if options.system and traits.system:
        holds.add("system")
        messages.insert(0, {"role": "system", "content": options.system})
    elif options.system:
        messages = _merged([{"role": "user", "content": options.system}, *messages])
    body["messages"] = messages
    names = names_back(tool.name for tool in offered)
    return Request(
        endpoint.url("/chat/completions"), headers(endpoint), msgspec.json.encode(body), names, frozenset(holds)
    )


def headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request to this endpoint; the administrator's own come last."""
    return {"content-type": "application/json", **endpoint.key_headers(), **endpoint.own_headers()}


def _set_options(body: dict[str, Any], options: Options, traits: Traits) -> set[str]:
    """Write the options as the model takes them; what some models refuse of them (Request.holds)."""
    holds: set[str] = set()
    if traits.stream_options:
        body["stream_options"] = {"include_usage": True}
        holds.add("stream_options")
    if options.max_tokens is not None:
        body[traits.max_tokens_field] = options.max_tokens
        holds.add(traits.max_tokens_field)
    if options.temperature is not None and traits.temperature:
        body["temperature"] = options.temperature
        holds.add("temperature")
    if options.reasoning_effort is not None and traits.effort != "none":
        holds.add(f"effort:{traits.effort}")
        match traits.effort:
            case "effort":
                body["reasoning_effort"] = options.reasoning_effort
            case "reasoning":
                body["reasoning"] = {"effort": options.reasoning_effort}
            case "thinking":
                body["thinking"] = {"type": "enabled"}
            case "budget":
                body["thinking"] = {"type": "enabled", "budget_tokens": THINKING_TOKENS[options.reasoning_effort]}
            case "adaptive":
                body["thinking"] = {"type": "adaptive"}
                body["output_config"] = {"effort": options.reasoning_effort}
    return holds


def _tool(tool: ToolSpec) -> dict[str, Any]:
    about = {"name": wire_name(tool.name), "description": tool.description, "parameters": completed(tool.schema)}
    return {"type": "function", "function": about}


class _Encoder:
    """Turns as messages for one model."""

    def __init__(self, speaker: Speaker, traits: Traits) -> None:
        self._speaker = speaker
        self._traits = traits
        self._ends_in_results = False

    def messages(self, turn: Turn) -> Iterable[Message]:
        if turn.role == "assistant":
            for one in self._speaker.rounds(turn):
                yield from self._assistant(one)
                self._ends_in_results = bool(one.results)
        else:
            if self._ends_in_results:
                self._ends_in_results = False
                yield {"role": "assistant", "content": _STOPPED}
            content = _content(turn.parts, signed(turn))
            if content:
                is_system = turn.role == "system" and self._traits.system
                yield {"role": "system" if is_system else "user", "content": content}

    def _assistant(self, one: Round) -> Iterable[Message]:
        text = "".join(part.text for part in one.said if isinstance(part, TextPart | RefusalPart))
        calls = [_call(part) for part in one.said if isinstance(part, ToolCallPart)]
        # Always there: servers exist that read the key before they look whether there are calls.
        message: Message = {"role": "assistant", "content": text or None}
        if calls:
            message |= self._thoughts(one) | {"tool_calls": calls}
        if text or calls:
            yield message
        for result in one.results:
            yield {"role": "tool", "tool_call_id": result.id, "content": told(result)}
        pictures = [piece for result in one.results for piece in _pictures(result)]
        if pictures := [*pictures, *filter(None, map(_file, one.pictures))]:
            yield {"role": "user", "content": pictures}

    def _thoughts(self, one: Round) -> Message:
        thoughts = [part for part in one.said if isinstance(part, ReasoningPart)]
        match self._traits.reasoning_back:
            case "content":  # asked for also where nothing was thought, or by another model
                return {"reasoning_content": "".join(part.text for part in thoughts)}
            case "details":
                details = [each for part in thoughts for each in part.details]
                return {"reasoning_details": details} if details else {}
        return {}


def _merged(messages: Iterable[Message]) -> list[Message]:
    """Messages whose roles alternate: two of one role in a row become one, which many templates insist on."""
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else None
        role = message["role"]
        if last is not None and last["role"] == role and (role == "user" or (_is_text(last) and _is_text(message))):
            merged[-1] = {"role": role, "content": _joined(last["content"], message["content"])}
            continue
        merged.append(message)
    return merged


def _is_text(message: Message) -> bool:
    return message["role"] in ("assistant", "system") and "tool_calls" not in message


def _joined(first: str | list[Message], second: str | list[Message]) -> str | list[Message]:
    if isinstance(first, str) and isinstance(second, str):
        return f"{first}\n\n{second}"
    return [*_pieces(first), *_pieces(second)]


def _pieces(content: str | list[Message]) -> list[Message]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _pictures(result: ToolResultPart) -> Iterable[Message]:
    """The pictures of a result, for a message after the tools': theirs take only text in this format."""
    if pictures := pictures_of(result):
        yield {"type": "text", "text": UNTRUSTED.format(name=result.name)}
        yield from filter(None, map(_file, pictures))


def _call(part: ToolCallPart) -> Message:
    function = {"name": part.name, "arguments": part.arguments or "{}"}
    return {**(part.extra or {}), "id": part.id, "type": "function", "function": function}


def _content(parts: Iterable[Part], prefix: str) -> str | list[dict[str, Any]]:
    """A string where there is only text (some servers take nothing else), a list where there are files."""
    pieces: list[dict[str, Any]] = []
    text = prefix
    for part in parts:
        if isinstance(part, AttachmentPart) and (piece := _file(part)):
            if text:
                pieces.append({"type": "text", "text": text})
                text = ""
            pieces.append(piece)
        else:
            text += shown_text(part)
    if not pieces:
        return "" if text == prefix and not any(shown_text(part) for part in parts) else text
    return [*pieces, {"type": "text", "text": text}] if text else pieces


def _file(part: AttachmentPart) -> dict[str, Any] | None:
    if part.data and part.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": f"data:{part.media_type};base64,{base64_text(part)}"}}
    if part.data and part.media_type == "application/pdf":
        data = f"data:application/pdf;base64,{base64_text(part)}"
        return {"type": "file", "file": {"filename": part.name, "file_data": data}}
    return None
