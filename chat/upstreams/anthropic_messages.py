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
from .request import THINKING_TOKENS, Options, Request, ToolSpec
from .rounds import (
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

# Required by this format. Long enough for a long answer, and within what every model of the last two years takes.
DEFAULT_MAX_TOKENS = 8192
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
    options, traits = options or Options(), endpoint.traits_of(model)
    offered = [tool for tool in tools if traits.tools and tool.name not in traits.left_out]
    speaker = Speaker(endpoint.author(model), numbered_ids(traits.tool_ids))
    body: dict[str, Any] = {"model": model, "stream": True}
    holds = _set_options(body, options, traits, may_think=_may_think(turns, speaker.author, traits))
    if offered:
        holds.add("tools")
        body["tools"] = [
            {"name": wire_name(tool.name), "description": tool.description, "input_schema": completed(tool.schema)}
            for tool in offered
        ]
    if not traits.pictures:
        turns = without_pictures(turns)
    elif has_pictures(turns):
        holds.add("pictures")
    if turns and turns[-1].role == "assistant" and traits.prefill:
        holds.add("prefill")
    leading = 0
    while leading < len(turns) and turns[leading].role == "system":
        leading += 1
    system = [options.system or "", *("".join(map(shown_text, turn.parts)) for turn in turns[:leading])]
    if text := "\n\n".join(piece for piece in system if piece.strip()):
        body["system"] = [{"type": "text", "text": text, "cache_control": _CACHED}]
    rest = turns[leading:] if offered else without_tools(turns[leading:])
    body["messages"] = _finished(_merged(block for turn in rest for block in _messages(turn, speaker)))
    names = names_back(tool.name for tool in offered)
    return Request(endpoint.url("/messages"), headers(endpoint), msgspec.json.encode(body), names, frozenset(holds))


def headers(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request to this endpoint; the administrator's own come last."""
    common = {"content-type": "application/json", "anthropic-version": _VERSION}
    return {**common, **endpoint.key_headers(), **endpoint.own_headers()}


def _set_options(body: dict[str, Any], options: Options, traits: Traits, *, may_think: bool) -> set[str]:
    """Write the options as the model takes them; what some models refuse of them (Request.holds)."""
    holds: set[str] = set()
    effort = options.reasoning_effort if may_think and traits.effort != "none" else None
    body["max_tokens"] = options.max_tokens if options.max_tokens is not None else DEFAULT_MAX_TOKENS
    if effort is not None:
        budget = THINKING_TOKENS[effort]
        body["max_tokens"] += budget
        if traits.effort == "adaptive":
            body["thinking"] = {"type": "adaptive", "display": "summarized"}
            body["output_config"] = {"effort": effort}
        else:
            body["thinking"] = {"type": "enabled", "budget_tokens": budget}
        holds.add(f"effort:{'adaptive' if traits.effort == 'adaptive' else 'budget'}")
    elif options.temperature is not None and traits.temperature:
        # The scale of this format ends at 1, the other one's at 2.
        body["temperature"] = min(options.temperature, 1)
        holds.add("temperature")
    return holds


def _may_think(turns: Sequence[Turn], author: str, traits: Traits) -> bool:
    """Whether the next answer may be asked to think.

    A model that thinks takes no prefilled answer. With a budget it also wants its own signed thoughts in the round of
    calls that it goes on with; where another model, or one that did not think, made the calls, it goes on without.
    """
    if not turns or turns[-1].role != "assistant":
        return True
    last = turns[-1]
    if not last.parts or not isinstance(last.parts[-1], ToolResultPart):
        return False
    return traits.effort == "adaptive" or (
        last.author == author
        and any(isinstance(part, ReasoningPart) and (part.signature or part.redacted) for part in last.parts)
    )


def _messages(turn: Turn, speaker: Speaker) -> Iterable[tuple[str, list[Block]]]:
    """(role, blocks) of one turn; several for an answer with tool rounds."""
    if turn.role == "assistant":
        for one in speaker.rounds(turn):
            yield "assistant", _assistant(one)
            yield "user", [*map(_result, one.results), *filter(None, map(_file, one.pictures))]
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
