"""OpenRouter's reasoning_details: put together from pieces, stored with the reasoning, sent back by the encoder."""

import json
from typing import Any

import pytest

from chat.transcript import Writer, empty_state, fold
from chat.upstreams import FORMATS
from chat.upstreams.events import ReasoningDetails
from chat.upstreams.parts import TextPart, Turn, from_json
from chat.upstreams.reasoning_details import MAX_CHARS
from chat.upstreams.request import ToolSpec
from tests.upstreams.asking import endpoint
from tests.upstreams.decode import events_of

SAID = [
    {"reasoning": "Look ", "reasoning_details": [{"type": "reasoning.text", "text": "Look ", "index": 0, "format": "anthropic-v1"}]},
    {"reasoning": "it up.", "reasoning_details": [{"type": "reasoning.text", "text": "it up.", "index": 0}]},
    {"reasoning_details": [{"type": "reasoning.text", "signature": "sig", "index": 0}]},
    {"reasoning_details": [{"type": "reasoning.encrypted", "data": "blob", "id": "call_9", "index": 1}, 7]},
    {"tool_calls": [{"index": 0, "id": "call_9", "function": {"name": "clock", "arguments": "{}"}}]},
]  # fmt: skip
WHOLE = [
    {"type": "reasoning.text", "text": "Look it up.", "index": 0, "format": "anthropic-v1", "signature": "sig"},
    {"type": "reasoning.encrypted", "data": "blob", "id": "call_9", "index": 1},
]


def stream(deltas: list[dict[str, Any]]) -> bytes:
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    return b"".join(b"data: %s\n\n" % json.dumps(chunk).encode() for chunk in chunks) + b"data: [DONE]\n\n"


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_they_go_back_as_they_came(size: int) -> None:
    events = events_of("openai", pieces_of(stream(SAID), size))
    assert [event.details for event in events if isinstance(event, ReasoningDetails)] == [WHOLE]
    writer, state = Writer(), empty_state()
    for event in events:
        fold(state, writer.apply(event))
    assert [part["type"] for part in state["parts"]] == ["reasoning", "tool_call"]
    it = endpoint("https://x.example", traits={"reasoning_back": "details"})
    turn = Turn("assistant", tuple(from_json(state["parts"])), author=it.author("m"))
    request = FORMATS["openai"].encode(it, "m", [Turn("user", (TextPart("?"),)), turn], [ToolSpec("clock", "d", {})])
    sent = json.loads(request.body)["messages"][1]
    assert sent["reasoning_details"] == [WHOLE[0], {**WHOLE[1], "id": sent["tool_calls"][0]["id"]}]


def test_details_without_text_are_reasoning_that_nobody_reads_and_too_many_are_left_out() -> None:
    writer, state = Writer(), empty_state()
    for event in events_of("openai", [stream(SAID[3:])]):
        fold(state, writer.apply(event))
    assert [part["type"] for part in state["parts"]] == ["tool_call", "reasoning"]
    assert state["parts"][1]["text"] == ""
    huge = [{"reasoning_details": [{"type": "reasoning.encrypted", "data": "x" * MAX_CHARS, "index": 0}]}, *SAID[1:]]
    assert not [event for event in events_of("openai", [stream(huge)]) if isinstance(event, ReasoningDetails)]
