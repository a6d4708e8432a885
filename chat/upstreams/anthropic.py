"""The Anthropic format, POST {base}/v1/messages: turns -> request, SSE events -> events. Pure.

Must know nothing of sockets, retries or the database. Source: the API reference of Anthropic (messages, streaming,
extended thinking, tool use), and what compatible proxies leave out.
"""

from typing import Any

import msgspec

from chat.text import clean, clean_json

from . import odd_json
from .anthropic_messages import encode, headers
from .events import (
    Event,
    Finish,
    FinishReason,
    Identity,
    Reasoning,
    ReasoningSignature,
    RedactedReasoning,
    Refusal,
    Text,
    ToolCallDelta,
    Usage,
    UsageReport,
)
from .format import AnswerDecoder
from .sse import SSEEvent
from .text import label

__all__ = ["LABEL", "Decoder", "encode", "headers"]

LABEL = "Anthropic (/v1/messages)"

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}


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
        self._counts: dict[str, int] = {}
        self._usage = Usage()

    def feed(self, event: SSEEvent) -> list[Event]:
        if self.done:
            return []
        if event.event != "ping":
            self._seen = True
        try:
            block = _decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._feed_odd(event)
        if block.type == "content_block_delta" and block.delta is not None and block.index is not None:
            delta = block.delta
            if delta.type == "text_delta" and delta.text is not None:
                return self._text(delta.text)
            if delta.type == "input_json_delta" and delta.partial_json is not None:
                return self._arguments(block.index, delta.partial_json)
            if delta.type == "thinking_delta" and delta.thinking is not None:
                return self._reasoning(delta.thinking)
        return self._feed_odd(event)

    def whole(self, body: bytes) -> list[Event]:
        message = self._object(body)
        if not isinstance(message.get("content"), list):
            raise self._not_a_model()
        events = self._start(message)
        for index, block in enumerate(message["content"]):
            events += self._block(index, odd_json.mapping(block))
        events += self._finish({**message, "stop_reason": message.get("stop_reason") or "end_turn"})
        self.done = True
        return events

    def _feed_odd(self, event: SSEEvent) -> list[Event]:
        value = self._odd(event, ignores_text=event.event == "ping" or event.data.strip() == b"[DONE]")
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
            case "message_delta":
                return self._finish({**odd_json.mapping(value.get("delta")), "usage": value.get("usage")})
            case "message_stop":
                self.done = True
        return []

    def _start(self, message: dict[str, Any]) -> list[Event]:
        model = odd_json.text(message.get("model"))
        events: list[Event] = [Identity(model=label(model))] if model else []
        return events + self._report_usage(message.get("usage"))

    def _block(self, index: int, block: dict[str, Any]) -> list[Event]:
        kind = odd_json.text(block.get("type")) or ""
        self._blocks[index] = kind
        text = odd_json.text
        if self.finished:
            return []
        if kind == "text":
            return self._text(text(block.get("text")) or "")
        if kind == "thinking":
            signature = text(block.get("signature"))
            ending: list[Event] = [ReasoningSignature(clean(signature))] if signature else []
            return self._reasoning(text(block.get("thinking")) or "") + ending
        if kind == "redacted_thinking":
            self._said = True
            return [RedactedReasoning(clean(text(block.get("data")) or ""))]
        if kind == "tool_use":
            self._said = True
            given = block.get("input")
            arguments = msgspec.json.encode(clean_json(given)).decode() if given and isinstance(given, dict) else ""
            id, name = clean(text(block.get("id")) or ""), clean(text(block.get("name")) or "")
            return [ToolCallDelta(f"call-{index}", id or None, name or None, clean(arguments))]
        return []

    def _delta(self, index: int, delta: dict[str, Any]) -> list[Event]:
        text = odd_json.text
        match delta.get("type"):
            case "text_delta":
                return self._text(text(delta.get("text")) or "")
            case "thinking_delta":
                return self._reasoning(text(delta.get("thinking")) or "")
            case "input_json_delta":
                return self._arguments(index, text(delta.get("partial_json")) or "")
            case "signature_delta" if not self.finished:
                return [ReasoningSignature(clean(text(delta.get("signature")) or ""))]
        return []

    def _text(self, text: str) -> list[Event]:
        if not text or self.finished:
            return []
        if not self._said:
            self._said = not text.isspace()
        return [Text(clean(text))]

    def _reasoning(self, text: str) -> list[Event]:
        if not text or self.finished:
            return []
        self._said = True
        return [Reasoning(clean(text))]

    def _arguments(self, index: int, piece: str) -> list[Event]:
        """A piece of arguments, unless it belongs to a tool that the provider itself runs."""
        if not piece or self.finished or self._blocks.get(index) != "tool_use":
            return []
        return [ToolCallDelta(f"call-{index}", arguments=clean(piece))]

    def _finish(self, delta: dict[str, Any]) -> list[Event]:
        events: list[Event] = []
        raw = odd_json.text(delta.get("stop_reason"))
        if raw and not self.finished:
            reason = _REASONS.get(raw, "stop")
            explanation = odd_json.text(odd_json.mapping(delta.get("stop_details")).get("explanation"))
            if reason == "refusal" and explanation:
                events.append(Refusal(clean(explanation)))
            self.finished = True
            self._said = self._said or reason in ("length", "refusal")
            if self._said:
                events.append(Finish(reason, label(raw)))
        return events + self._report_usage(delta.get("usage"))

    def _report_usage(self, usage: Any) -> list[Event]:
        """The usage so far; the counts of a later event replace those of an earlier one, field by field."""
        for key, value in odd_json.mapping(usage).items():
            number = odd_json.count(value)
            if number is not None:
                self._counts[key] = number
        counts = self._counts
        fresh, cached = counts.get("input_tokens"), counts.get("cache_read_input_tokens")
        created = counts.get("cache_creation_input_tokens", 0)
        total = None if fresh is None else fresh + created + (cached or 0)
        now = Usage(total, counts.get("output_tokens"), cached, None)
        if now == self._usage:
            return []
        self._usage = now
        return [UsageReport(now)]
