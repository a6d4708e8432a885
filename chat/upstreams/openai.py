"""The OpenAI format, POST {base}/v1/chat/completions: turns -> request, SSE events -> events. Pure.

Must know nothing of sockets, retries or the database. Sources: the API reference of OpenAI, and what OpenRouter, Ollama,
vLLM, llama.cpp, Mistral, DeepSeek and Gemini's compatible endpoint send instead.
"""

import msgspec

from chat.text import clean

from . import openai_chunks
from .events import (
    Event,
    Finish,
    FinishReason,
    Identity,
    Reasoning,
    Refusal,
    Text,
    Usage,
    UsageReport,
)
from .format import AnswerDecoder
from .openai_chunks import Choice, Chunk, Delta
from .openai_messages import encode, headers
from .sse import SSEEvent
from .text import label
from .think_tags import ThinkTags
from .tool_calls import ToolCalls

__all__ = ["LABEL", "Decoder", "encode", "headers"]

LABEL = "OpenAI (/v1/chat/completions)"

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "refusal",
    "error": "error",
}


class Decoder(AnswerDecoder):
    """One answer's decoder."""

    def __init__(self, name: str = "The upstream") -> None:
        super().__init__(name)
        self._model: str | None = None
        self._choice: int | None = None
        self._usage: Usage | None = None
        self._refused = False
        self._think = ThinkTags()
        self._tools = ToolCalls()

    def feed(self, event: SSEEvent) -> list[Event]:
        data = event.data
        if self.done:
            return []
        if data[:2] == b"[D" and data.strip() == b"[DONE]":
            self.done = True
            return self.held()
        self._seen = True
        try:
            chunk = openai_chunks.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._feed_odd(event)
        if chunk.error is not None or chunk.object == "error" or event.event == "error":
            return self._feed_odd(event)
        return self._take(chunk)

    def held(self) -> list[Event]:
        if not self._think.plain:
            events = self._think.end()
            self._said = self._said or any(not event.text.isspace() for event in events)
            return [*events]
        return []

    def whole(self, body: bytes) -> list[Event]:
        chunk = openai_chunks.from_odd(self._object(body), "message")
        if not chunk.choices:
            raise self._not_a_model()
        for choice in chunk.choices:
            choice.finish_reason = choice.finish_reason or "stop"
        events = self._take(chunk)
        self.done = True
        return events

    def _feed_odd(self, event: SSEEvent) -> list[Event]:
        """An event that does not fit the schema: an error, a server's own types, or no JSON at all."""
        value = self._odd(event, ignores_text=event.event not in ("message", "error"))
        return [] if value is None else self._take(openai_chunks.from_odd(value))

    def _take(self, chunk: Chunk) -> list[Event]:
        events: list[Event] = []
        if self._model is None and chunk.model:
            self._model = label(chunk.model)
            events.append(Identity(model=self._model))
        if chunk.choices and not self.finished:
            for choice in chunk.choices:
                self._take_choice(choice, events)
        if chunk.usage is not None:
            usage = openai_chunks.usage_of(chunk.usage)
            if usage != self._usage:
                self._usage = usage
                events.append(UsageReport(usage))
        return events

    def _take_choice(self, choice: Choice, events: list[Event]) -> None:
        if choice.index != self._choice:
            if self._choice is not None:
                return
            self._choice = choice.index
        if choice.error is not None:
            self._raise_report({"error": choice.error})
        if choice.delta is not None:
            self._take_delta(choice.delta, events)
        if choice.finish_reason:
            self._finish(choice.finish_reason, events)

    def _take_delta(self, delta: Delta, events: list[Event]) -> None:
        reasoning = delta.reasoning_content or delta.reasoning
        if reasoning:
            events.append(Reasoning(clean(reasoning)))
            self._said = True
        if delta.content:
            content = clean(delta.content)
            if self._think.plain:
                events.append(Text(content))
            else:
                events += self._think.feed(content)
            if not self._said:
                self._said = bool(events) and not content.isspace()
        if delta.refusal:
            events.append(Refusal(clean(delta.refusal)))
            self._said = self._refused = True
        if delta.tool_calls:
            for call in delta.tool_calls:
                function = call.function
                name, arguments = (function.name, function.arguments or "") if function else (None, "")
                extra = {"extra_content": call.extra_content} if call.extra_content else None
                events.append(self._tools.piece(call.index, call.id, name, arguments, extra))
            self._said = True
        elif delta.function_call is not None:
            call_name, arguments = delta.function_call.name, delta.function_call.arguments or ""
            events.append(self._tools.piece(0, None, call_name, arguments))
            self._said = True

    def _finish(self, raw: str, events: list[Event]) -> None:
        events += self.held()
        self.finished = True
        reason = _REASONS.get(raw, "stop")
        if reason == "stop" and self._tools:  # some servers say "stop" after a tool call
            reason = "tool_calls"
        elif reason == "stop" and self._refused:
            reason = "refusal"
        if reason in ("length", "content_filter", "refusal", "error"):
            self._said = True  # not empty without a reason
        if self._said:
            events.append(Finish(reason, label(raw)))
