"""The Anthropic format, POST {base}/v1/messages: turns -> request, SSE events -> events. Pure.

Must know nothing of sockets, retries or the database. Source: the API reference of Anthropic (messages, streaming,
extended thinking, tool use), and what compatible proxies leave out.
"""

from typing import Any

import msgspec

from chat.text import clean, clean_json

from . import odd_json, reasons, usage
from .anthropic_given import Given
from .anthropic_messages import encode, headers
from .events import (
    Event,
    Finish,
    Identity,
    Reasoning,
    ReasoningSignature,
    RedactedReasoning,
    Refusal,
    Usage,
    UsageReport,
)
from .format import AnswerDecoder
from .sse import SSEEvent
from .text import label

__all__ = ["LABEL", "MODELS_PATH", "Decoder", "encode", "headers"]

LABEL = "Anthropic (/v1/messages)"
MODELS_PATH = "/models?limit=1000"  # without a limit only twenty come

# The events of the format. What has another name is skipped where its data is no JSON.
_NAMES = (
    *("message", "error", "message_start", "message_delta", "message_stop"),
    *("content_block_start", "content_block_delta", "content_block_stop"),
)


class _Delta(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None


class _BlockDelta(msgspec.Struct):
    """The one event that comes hundreds of times; all others are decoded without a schema."""

    type: str | None = None
    index: int | None = None
    delta: _Delta | None = None


_decode = msgspec.json.Decoder(_BlockDelta).decode


class Decoder(AnswerDecoder):
    """One answer's decoder."""

    def __init__(self, name: str = "The upstream") -> None:
        super().__init__(name)
        self._blocks: dict[int, str] = {}  # index -> type
        self._counts: dict[str, Any] = {}
        self._usage = Usage()
        self._call_count = 0
        self._numbers: dict[int, int] = {}  # index -> number of the call that is open there
        self._ids: dict[int, str] = {}
        self._given: dict[int, str] = {}  # index -> arguments that came with the beginning of its block
        self._besides = Given()

    def _feed(self, event: SSEEvent) -> list[Event]:
        try:
            block = _decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._feed_odd(event)
        if block.type == "content_block_delta" and block.delta is not None and block.index is not None:
            self._seen = True
            delta = block.delta
            if delta.type == "text_delta" and delta.text is not None:
                return self._text(delta.text)
            if delta.type == "input_json_delta" and delta.partial_json is not None:
                return self._arguments(block.index, delta.partial_json)
            if delta.type == "thinking_delta" and delta.thinking is not None:
                return self._reasoning(delta.thinking)
        return self._feed_odd(event)

    def _held_text(self) -> list[Event]:
        given = [event for index in [*self._given] for event in self._give(index)]
        return [*super()._held_text(), *given]

    def whole(self, body: bytes) -> list[Event]:
        message = self._object(body)
        if not isinstance(message.get("content"), list):
            raise self._not_a_model()
        events = self._start(message)
        for index, block in enumerate(message["content"]):
            events += [*self._block(index, odd_json.mapping(block)), *self._end_block(index)]
        events += self._finish({**message, "stop_reason": message.get("stop_reason") or "end_turn"})
        self.done = True
        return events

    def _feed_odd(self, event: SSEEvent) -> list[Event]:
        value = self._odd(event, ignores_text=event.event not in _NAMES)
        return [] if value is None else self._take(value, event.event)

    def _take(self, value: dict[str, Any], event_name: str) -> list[Event]:
        index = odd_json.index(value.get("index")) or 0
        match value.get("type", event_name):
            case "message_start":
                return self._start(odd_json.mapping(value.get("message")))
            case "content_block_start":
                return self._block(index, odd_json.mapping(value.get("content_block")))
            case "content_block_delta":
                return self._delta(index, odd_json.mapping(value.get("delta")))
            case "content_block_stop":
                return self._end_block(index)
            case "message_delta":
                return self._finish({**odd_json.mapping(value.get("delta")), "usage": value.get("usage")})
            case "message_stop":
                return [*self._report_usage(value.get("amazon-bedrock-invocationMetrics")), *self._close()]
        return []

    def _start(self, message: dict[str, Any]) -> list[Event]:
        model = odd_json.text(message.get("model"))
        events: list[Event] = [Identity(model=label(model))] if model else []
        return events + self._report_usage(message.get("usage"))

    def _end_block(self, index: int) -> list[Event]:
        cited = self._besides.end(index)
        return [*self._give(index), *([*self._held_prose(), *cited] if cited else [])]

    def _block(self, index: int, block: dict[str, Any]) -> list[Event]:
        kind = odd_json.text(block.get("type")) or ""
        self._blocks[index] = kind
        self.tool_is_open = kind.endswith("_tool_use")  # of the provider's; ours is "tool_use"
        if kind == "text":
            self._besides.begin(index, kind, block)
            return self._text(odd_json.text(block.get("text")) or "")
        return [*self._held_prose(), *self._other_block(index, kind, block)]

    def _other_block(self, index: int, kind: str, block: dict[str, Any]) -> list[Event]:
        text = odd_json.text
        if kind == "thinking":
            signature = text(block.get("signature"))
            ending: list[Event] = [ReasoningSignature(clean(signature))] if signature else []
            return self._reasoning(text(block.get("thinking")) or "") + ending
        if kind == "redacted_thinking":
            self._said = True
            return [RedactedReasoning(clean(text(block.get("data")) or ""))]
        if kind == "tool_use":
            given = block.get("input")
            arguments = msgspec.json.encode(clean_json(given)).decode() if given and isinstance(given, dict) else ""
            return self._call(index, text(block.get("id")) or "", text(block.get("name")) or "", arguments)
        events = self._besides.begin(index, kind, block)
        self._said = self._said or bool(events)
        return events

    def _call(self, index: int, call_id: str, name: str, given: str) -> list[Event]:
        """A new call. Under the index of an open one, too: proxies renumber blocks, and splice answers."""
        events = self._give(index)
        if call_id and self._tools.has(call_id):
            if self._ids.get(index) == call_id:  # its beginning was sent twice
                return events
            call_id = ""
        self._call_count += 1
        self._numbers[index], self._ids[index], self._given[index] = self._call_count, call_id, given
        pieces = self._tools.piece(self._call_count, call_id, name, "")
        self._said = self._said or bool(pieces)
        return [*events, *pieces]

    def _give(self, index: int) -> list[Event]:
        """The arguments that came whole at the beginning of a block, unless they came in pieces as well."""
        given = self._given.pop(index, "")
        return [*self._tools.piece(self._numbers[index], None, None, given)] if given else []

    def _delta(self, index: int, delta: dict[str, Any]) -> list[Event]:
        text = odd_json.text
        match delta.get("type"):
            case "text_delta":
                return self._text(text(delta.get("text")) or "")
            case "thinking_delta":
                return self._reasoning(text(delta.get("thinking")) or "")
            case "input_json_delta":
                return self._arguments(index, text(delta.get("partial_json")) or "")
            case "citations_delta":
                self._besides.cite(index, odd_json.mapping(delta.get("citation")))
            case "signature_delta":
                return [ReasoningSignature(clean(text(delta.get("signature")) or ""))]
        return []

    def _reasoning(self, text: str) -> list[Event]:
        if not text:
            return []
        self._said = True
        return [Reasoning(clean(text))]

    def _arguments(self, index: int, piece: str) -> list[Event]:
        """A piece of arguments, of our tools or of those that the provider itself runs."""
        if not piece or self._blocks.get(index) != "tool_use":
            return self._besides.arguments(index, piece)
        self._given.pop(index, None)
        return [*self._tools.piece(self._numbers[index], None, None, piece)]

    def _finish(self, delta: dict[str, Any]) -> list[Event]:
        events: list[Event] = []
        raw = reasons.given(odd_json.text(delta.get("stop_reason")))
        if raw:
            reason = reasons.reason_of(raw)
            explanation = odd_json.text(odd_json.mapping(delta.get("stop_details")).get("explanation"))
            if reason == "refusal" and explanation:
                events.append(Refusal(clean(explanation)))
            if reason == "stop" and self._tools:
                reason = "tool_calls"
            self._said = self._said or reason in ("length", "content_filter", "refusal", "error", "unknown")
            self._ending = Finish(reason, label(raw))
        return events + self._report_usage(delta.get("usage"))

    def _report_usage(self, report: Any) -> list[Event]:
        """The usage so far."""
        self._counts = usage.merged(self._counts, odd_json.mapping(report))
        now = usage.of_anthropic(self._counts)
        if now == self._usage:
            return []
        self._usage = now
        return [UsageReport(now)]
