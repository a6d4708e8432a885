"""The OpenAI format, POST {base}/v1/chat/completions: turns -> request, SSE events -> events. Pure.

Must know nothing of sockets, retries or the database. Sources: the API reference of OpenAI, and what OpenRouter, Ollama,
vLLM, llama.cpp, Mistral, DeepSeek and Gemini's compatible endpoint send instead.
"""

import msgspec

from chat.text import clean

from . import openai_chunks, reasoning_details, reasons
from .events import (
    Event,
    Finish,
    FinishReason,
    Identity,
    Reasoning,
    ReasoningDetails,
    Refusal,
    ToolCallDelta,
    Usage,
    UsageReport,
)
from .format import AnswerDecoder
from .openai_chunks import Choice, Chunk, Delta
from .openai_given import Given
from .openai_messages import encode, headers
from .sse import SSEEvent
from .text import label

__all__ = ["LABEL", "MODELS_PATH", "Decoder", "encode", "headers"]

LABEL = "OpenAI (/v1/chat/completions)"
MODELS_PATH = "/models"


class Decoder(AnswerDecoder):
    """One answer's decoder."""

    def __init__(self, name: str = "The upstream") -> None:
        super().__init__(name)
        self._model: str | None = None
        self._choice: int | None = None
        self._usage: Usage | None = None
        self._has_content = self._has_reasoning = self._refused = False
        self._besides = Given()
        self._details = reasoning_details.ReasoningDetails()

    def _feed(self, event: SSEEvent) -> list[Event]:
        try:
            chunk = openai_chunks.decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._feed_odd(event)
        is_odd = chunk.error is not None or chunk.object == "error" or event.event == "error"
        if is_odd or (chunk.choices is None and chunk.usage is None):  # perhaps an error in a shape of its own
            return self._feed_odd(event)
        self._seen = True
        return self._take(chunk)

    def _held_text(self) -> list[Event]:
        details = self._details.take()
        return [
            *self._held_prose(),
            *self._besides.end(),
            *self._tools.end(),
            *([ReasoningDetails(details)] if details else []),
        ]

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
        if chunk.choices:
            for choice in chunk.choices:
                self._take_choice(choice, events)
        if chunk.citations is not None or chunk.search_results is not None:
            events += self._besides.of_chunk(chunk)
        if chunk.usage is not None or chunk.x_groq is not None or chunk.timings is not None:
            self._report(openai_chunks.usage_of(chunk), events)
        return events

    def _report(self, usage: Usage | None, events: list[Event]) -> None:
        if usage is not None and usage != self._usage:
            self._usage = usage
            events.append(UsageReport(usage))

    def _take_choice(self, choice: Choice, events: list[Event]) -> None:
        index = choice.index or 0
        if index != self._choice:
            if self._choice is not None:
                return
            self._choice = index
        if choice.error is not None:
            self._raise_report({"error": choice.error})
        if choice.delta is not None:
            self._take_delta(choice.delta, events)
        if choice.message is not None and not (choice.delta and choice.delta.content):
            self._take_message(choice.message, events)
        if choice.usage is not None:  # Moonshot
            self._report(openai_chunks.usage_of(choice), events)
        if choice.finish_reason and (raw := reasons.given(choice.finish_reason)):
            self._finish(raw)

    def _take_message(self, message: msgspec.Raw, events: list[Event]) -> None:
        """A whole answer in one event: of it only what has not come in pieces, lest it be said twice."""
        whole = openai_chunks.message_of(message)
        if self._has_content:
            whole.content = None
        if self._has_reasoning:
            whole.reasoning_content = whole.reasoning = whole.reasoning_details = whole.thinking = None
        if self._tools:
            whole.tool_calls = whole.function_call = None
        if self._besides.has_sound:
            whole.audio = None
        self._take_delta(whole, events)

    def _take_delta(self, delta: Delta, events: list[Event]) -> None:
        if delta.reasoning_details:
            self._details.piece(delta.reasoning_details)
        reasoning = delta.reasoning_content or delta.reasoning or openai_chunks.other_reasoning(delta)
        if reasoning:
            events.append(Reasoning(clean(reasoning)))
            self._said = self._has_reasoning = True
        if delta.content:
            self._has_content = True
            events += self._text(delta.content)
        if openai_chunks.brings_more(delta) and (given := self._besides.of_delta(delta)):
            events += [*self._held_prose(), *given]
            self._said = self._has_text = True
        if delta.refusal:
            events.append(Refusal(clean(delta.refusal)))
            self._said = self._refused = True
        if delta.tool_calls:
            for call in delta.tool_calls:
                function = call.function
                name, arguments = (function.name, function.arguments or "") if function else (None, "")
                extra = {"extra_content": call.extra_content} if call.extra_content else None
                self._take_call(self._tools.piece(call.index, call.id, name, arguments, extra), events)
        elif delta.function_call is not None:
            function = delta.function_call
            self._take_call(self._tools.piece(0, None, function.name, function.arguments or ""), events)

    def _take_call(self, pieces: list[ToolCallDelta], events: list[Event]) -> None:
        if pieces:
            events += [*self._held_prose(), *pieces]
            self._said = True

    def _finish(self, raw: str) -> None:
        reason = reasons.reason_of(raw)
        if reason == "stop" and self._tools:  # some servers say "stop" after a tool call
            reason = "tool_calls"
        elif reason == "tool_calls" and not self._tools:  # none of them had a name
            reason = "stop"
        elif reason == "stop" and self._refused:
            reason = "refusal"
        if reason in ("length", "content_filter", "refusal", "error", "unknown"):
            self._said = True  # not empty without a reason
        self._ending = Finish(reason, label(raw))

    def _reason_without_one(self) -> FinishReason | None:
        return super()._reason_without_one() or ("refusal" if self._refused else None)
