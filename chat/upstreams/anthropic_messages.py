"""Turns -> the messages of the Anthropic format. Pure; the messages of turn n+1 begin with those of turn n.

The only thing that moves from turn to turn is `cache_control`: a mark on the last block, which is no part of the prefix
that the provider compares.
"""

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
from .request import Options, Request, ToolSpec
from .rounds import Round, pictures_of, rounds, shown_text, signed, told

# Required by this format. Long enough for a long answer, and within what every model of the last two years takes.
DEFAULT_MAX_TOKENS = 8192
# How much a model may think, in tokens, for each effort: the least this format takes is 1,024, and its guide to extended
# thinking calls more than 32,000 work for batches. The answer's own room comes on top.
THINKING_TOKENS = {"low": 2048, "medium": 8192, "high": 24_576}
_VERSION = "2023-06-01"
_CACHED = {"type": "ephemeral"}

Block = dict[str, Any]


def encode(
    endpoint: Endpoint,
    model: str,
    turns: Sequence[Turn],
    tools: Sequence[ToolSpec] = (),
    options: Options | None = None,
) -> Request:
    """The streamed request for the next answer. `messages` come last in the body, so that it grows at its end."""
    options = options or Options()
    max_tokens = options.max_tokens if options.max_tokens is not None else DEFAULT_MAX_TOKENS
    body: dict[str, Any] = {"model": model, "stream": True, "max_tokens": max_tokens}
    # A model that thinks takes no prefilled answer and no temperature: an answer that goes on does so without thinking.
    thinks = options.reasoning_effort is not None and not (turns and turns[-1].role == "assistant")
    if options.reasoning_effort is not None and thinks:
        budget = THINKING_TOKENS[options.reasoning_effort]
        body["max_tokens"] = budget + max_tokens
        body["thinking"] = {"type": "enabled", "budget_tokens": budget}
    elif options.temperature is not None:
        # The scale of this format ends at 1, the other one's at 2.
        body["temperature"] = min(options.temperature, 1)
    if tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.schema)} for tool in tools
        ]
    leading = 0
    while leading < len(turns) and turns[leading].role == "system":
        leading += 1
    system = [options.system or "", *("".join(map(shown_text, turn.parts)) for turn in turns[:leading])]
    if text := "\n\n".join(piece for piece in system if piece.strip()):
        body["system"] = [{"type": "text", "text": text, "cache_control": _CACHED}]
    body["messages"] = _finished(_merged(block for turn in turns[leading:] for block in _messages(turn)))
    return Request(endpoint.url("/messages"), headers(endpoint), msgspec.json.encode(body))


def headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request to this endpoint; the administrator's own come last."""
    own = {"x-api-key": endpoint.key.strip()} if endpoint.key.strip() else {}
    given = {k.lower(): v for k, v in endpoint.headers.items()}
    return {"content-type": "application/json", "anthropic-version": _VERSION, **own, **given}


def _messages(turn: Turn) -> Iterable[tuple[str, list[Block]]]:
    """(role, blocks) of one turn; several for an answer with tool rounds."""
    if turn.role == "assistant":
        for one in rounds(turn.parts):
            yield "assistant", _assistant(one)
            yield "user", [_result(result) for result in one.results]
    else:  # a system turn in the middle has no place of its own here
        yield "user", _user(turn)


def _assistant(one: Round) -> list[Block]:
    """Reasoning goes back where the provider asks for it: in rounds with tool calls, signed, and unchanged."""
    calls = any(isinstance(part, ToolCallPart) for part in one.said)
    blocks: list[Block] = []
    text = ""
    for part in one.said:
        if isinstance(part, TextPart | RefusalPart):
            text += part.text
            continue
        block = _said(part) if calls else None
        if block is not None:
            blocks += [*_text(text), block]
            text = ""
    return blocks + _text(text)


def _said(part: Part) -> Block | None:
    match part:
        case ReasoningPart(redacted=data) if data:
            return {"type": "redacted_thinking", "data": data}
        case ReasoningPart(text=text, signature=signature) if signature:
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolCallPart(id=id, name=name, arguments=arguments):
            return {"type": "tool_use", "id": id, "name": name, "input": _input(arguments)}
    return None


def _input(arguments: str) -> dict[str, Any]:
    """Arguments as the object this format wants; broken ones go back as text, so that the model sees them."""
    try:
        value = msgspec.json.decode(arguments or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"arguments": arguments}


def _result(part: ToolResultPart) -> Block:
    pictures = list(filter(None, map(_file, pictures_of(part))))
    content = [{"type": "text", "text": told(part)}, *pictures] if pictures else told(part)
    block: Block = {"type": "tool_result", "tool_use_id": part.id, "content": content}
    return {**block, "is_error": True} if part.is_error else block


def _user(turn: Turn) -> list[Block]:
    blocks: list[Block] = []
    prefix = text = signed(turn)
    for part in turn.parts:
        if isinstance(part, AttachmentPart) and (block := _file(part)):
            blocks += [*_text(text), block]
            text = ""
        else:
            text += shown_text(part)
    return blocks + _text("" if text == prefix else text)


def _file(part: AttachmentPart) -> Block | None:
    source = {"type": "base64", "media_type": part.media_type, "data": base64_text(part)}
    if part.data and part.media_type.startswith("image/"):
        return {"type": "image", "source": source}
    if part.data and part.media_type == "application/pdf":
        return {"type": "document", "source": source, "title": part.name}
    return None


def _text(text: str) -> list[Block]:
    """A block, or none: blank text is refused by this format."""
    return [{"type": "text", "text": text}] if text.strip() else []


def _merged(messages: Iterable[tuple[str, list[Block]]]) -> list[dict[str, Any]]:
    """Messages whose roles alternate and begin with the user's."""
    merged: list[dict[str, Any]] = []
    for role, blocks in messages:
        if not blocks:
            continue
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += blocks
        else:
            if not merged and role == "assistant":
                merged.append({"role": "user", "content": _text("(The conversation goes on.)")})
            merged.append({"role": role, "content": blocks})
    return merged


def _finished(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ready to be sent: a prefilled answer may not end in blanks, and the last block of a user's turn is marked."""
    if messages and messages[-1]["role"] == "assistant":
        last = messages[-1]["content"][-1]
        if last["type"] == "text":
            last["text"] = last["text"].rstrip()
    for message in reversed(messages):
        if message["role"] == "user":
            message["content"][-1]["cache_control"] = _CACHED
            break
    return messages
