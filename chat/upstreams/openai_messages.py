"""Turns -> the messages of the OpenAI format. Pure; the messages of turn n+1 begin with those of turn n."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from .endpoint import Endpoint
from .parts import (
    AttachmentPart,
    Part,
    RefusalPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Turn,
    base64_text,
)
from .request import Options, Request, ToolSpec
from .rounds import UNTRUSTED, Round, pictures_of, rounds, shown_text, signed, told


def encode(
    endpoint: Endpoint,
    model: str,
    turns: Sequence[Turn],
    tools: Sequence[ToolSpec] = (),
    options: Options | None = None,
) -> Request:
    """The streamed request for the next answer. `messages` come last in the body, so that it grows at its end."""
    options = options or Options()
    body: dict[str, Any] = {"model": model, "stream": True}
    if endpoint.stream_options:
        body["stream_options"] = {"include_usage": True}
    if options.max_tokens is not None:
        body[endpoint.max_tokens_field] = options.max_tokens
    if options.temperature is not None:
        body["temperature"] = options.temperature
    if options.reasoning_effort is not None:
        body["reasoning_effort"] = options.reasoning_effort
    if tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": dict(tool.schema)},
            }
            for tool in tools
        ]
    system = [{"role": "system", "content": options.system}] if options.system else []
    body["messages"] = [*system, *(message for turn in turns for message in _messages(turn))]
    return Request(endpoint.url("/chat/completions"), headers(endpoint), msgspec.json.encode(body))


def headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request to this endpoint; the administrator's own come last."""
    own = {"authorization": f"Bearer {endpoint.key.strip()}"} if endpoint.key.strip() else {}
    return {"content-type": "application/json", **own, **{k.lower(): v for k, v in endpoint.headers.items()}}


def _messages(turn: Turn) -> Iterable[dict[str, Any]]:
    if turn.role == "assistant":
        for one in rounds(turn.parts):
            yield from _assistant(one)
    else:
        content = _content(turn.parts, signed(turn))
        if content:
            yield {"role": turn.role, "content": content}


def _assistant(one: Round) -> Iterable[dict[str, Any]]:
    message: dict[str, Any] = {"role": "assistant"}
    text = "".join(part.text for part in one.said if isinstance(part, TextPart | RefusalPart))
    calls = [_call(part) for part in one.said if isinstance(part, ToolCallPart)]
    if text or not calls:
        message["content"] = text
    if calls:
        message["tool_calls"] = calls
    if text or calls:
        yield message
    for result in one.results:
        yield {"role": "tool", "tool_call_id": result.id, "content": told(result)}
    if pictures := [piece for result in one.results for piece in _pictures(result)]:
        yield {"role": "user", "content": pictures}


def _pictures(result: ToolResultPart) -> Iterable[dict[str, Any]]:
    """The pictures of a result, for a message after the tools': theirs take only text in this format."""
    if pictures := pictures_of(result):
        yield {"type": "text", "text": UNTRUSTED.format(name=result.name)}
        yield from filter(None, map(_file, pictures))


def _call(part: ToolCallPart) -> dict[str, Any]:
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
