"""What a wire format is: the members that each module in FORMATS has, so that the type checker misses none. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chat.text import clean

from . import classify, errors, odd_json
from .endpoint import Endpoint
from .events import Event, Finish, FinishReason, Reasoning, Refusal, Text, TextWasReasoning, ToolCallDelta
from .parts import Turn
from .prose import Prose
from .request import Options, Request, ToolSpec
from .sse import SSEEvent
from .tool_calls import ToolCalls

# What a model goes on with; sources and counts may follow the end of what it says.
_MORE = (Text, Reasoning, Refusal, ToolCallDelta)


class AnswerDecoder:
    """Turns one answer's SSE events into our events; each format has its own. `name` is the upstream's, for messages.

    `finished`: a finish reason was seen, so an answer that ends now is whole. `settled`: nothing shows that the reason was
    said too early, so a connection that breaks now has lost nothing. `done`: nothing more needs to be read. `tool_is_open`: a
    tool works that the provider runs itself, so that a long silence is no fault.
    """

    def __init__(self, name: str = "The upstream") -> None:
        self.done = False
        self.tool_is_open = False
        self._name = name
        self._seen = False
        self._said = False
        self._has_text = False
        self._tools = ToolCalls()
        self._prose = Prose(self._tools)
        self._ending: Finish | None = None
        self._ending_was_early = False
        self._ending_was_told = False

    @property
    def finished(self) -> bool:
        return self._ending is not None

    @property
    def settled(self) -> bool:
        return self._ending is not None and not self._ending_was_early

    def feed(self, event: SSEEvent) -> list[Event]:
        """The events of one SSE event. Raises the UpstreamError that the upstream reports, or BadJsonError."""
        if self.done:
            return []
        if event.data[:1] != b"{":
            event = _without_comments(event)
            if event.data == b"[DONE]":
                return self._close()
            if not event.data:
                return []
        if b"\n" in event.data and (lines := objects_on_lines(event.data)):
            return [found for line in lines for found in self.feed(SSEEvent(event.event, line))]
        is_expected = self._ending is None and self._said
        events = self._feed(event)
        # Some servers give a reason with every piece of text. It says nothing while there is more.
        if self._ending is not None and not is_expected and any(isinstance(each, _MORE) for each in events):
            self._ending_was_early = True
        return events

    def whole(self, body: bytes) -> list[Event]:
        """The events of an answer that came as one JSON object instead of a stream."""
        raise NotImplementedError

    def held(self) -> list[Event]:
        """What waits for the end: text that was held back in case it began a tag, and why the answer ended."""
        events = self._held_text()
        if self._ending is not None and self._said and not self._ending_was_told:
            self._ending_was_told = True
            events.append(self._ending)
        return events

    def end(self) -> list[Event]:
        """The last events. Raises BrokenOffError or EmptyAnswerError unless the answer is whole."""
        events = self.held()
        if not self._seen:
            raise errors.EmptyAnswerError(
                "{name} sent an empty answer. Try again, or choose another model.", name=self._name
            )
        if not self.finished:
            raise errors.BrokenOffError("The connection to {name} ended in the middle of the answer.", name=self._name)
        if not self._said:
            raise errors.NoWordError(
                "{name} ended its answer without any text. Try again, or choose another model.", name=self._name
            )
        return events

    def _feed(self, event: SSEEvent) -> list[Event]:
        raise NotImplementedError

    def _text(self, text: str) -> list[Event]:
        """A piece of the text as it came: what the model says, and what it has written into that besides."""
        if not text:
            return []
        text = clean(text)
        if self._has_text and self._prose.passes(text):
            return [Text(text)]
        return self._noted(self._prose.feed(text))

    def _noted(self, events: list[Event]) -> list[Event]:
        for event in events:
            match event:
                case Text(text=text) | Reasoning(text=text):
                    self._said = self._said or not text.isspace()
                    self._has_text = self._has_text or (type(event) is Text and not text.isspace())
                case TextWasReasoning():
                    self._has_text = False
                case ToolCallDelta():
                    self._said = True
        return events

    def _held_prose(self) -> list[Event]:
        """What was held back of the text, because something else comes, or nothing more."""
        return self._noted(self._prose.end())

    def _held_text(self) -> list[Event]:
        return [*self._held_prose(), *self._tools.end()]

    def _reason_without_one(self) -> FinishReason | None:
        """Why an answer ended whose server did not say; None where it has said nothing that could be whole."""
        if self._tools:
            return "tool_calls" if self._tools.are_whole else None
        return "unstated" if self._has_text else None

    def _close(self) -> list[Event]:
        """The server says that this was all."""
        self.done = True
        events = self._held_text()
        if self._ending is None and (reason := self._reason_without_one()):
            self._ending = Finish(reason, "")
        return events + self.held()

    def _object(self, body: bytes) -> dict[str, Any]:
        """The answer that came as one JSON object. Raises what it reports, or BadJsonError."""
        value = odd_json.decode(body, self._name)
        self._raise_report(value)
        self._seen = True
        return odd_json.mapping(value)

    def _odd(self, event: SSEEvent, ignores_text: bool) -> dict[str, Any] | None:
        """The object of an event that fits no schema, None if there is none. Raises what the upstream reports."""
        try:
            value = odd_json.decode(event.data, self._name)
        except errors.BadJsonError:
            if ignores_text or not event.data.strip():
                return None
            if event.event != "error":
                raise
            value = {"error": {"message": event.data.decode("utf-8", "replace")}}
        if event.event == "error" and isinstance(value, dict) and "error" not in value:
            value = {"error": value}
        self._raise_report(value)
        self._seen = self._seen or event.event != "ping"
        return value if isinstance(value, dict) else None

    def _raise_report(self, value: Any) -> None:
        report = classify.report_of(value)
        if report is not None and not self.settled:
            raise classify.in_stream(report, self._name)

    def _not_a_model(self) -> errors.NotAStreamError:
        return errors.NotAStreamError(
            "{name} is not a model endpoint: it answered with other data. Check its address.", name=self._name
        )


class Format(Protocol):
    """One wire format; a module implements it. `LABEL` is what an administrator chooses it by.

    `MODELS_PATH`: where its models are listed, with a query where one is needed for the whole list.
    """

    @property
    def LABEL(self) -> str: ...  # noqa: N802  a module's constant

    @property
    def MODELS_PATH(self) -> str: ...  # noqa: N802  a module's constant

    @property
    def Decoder(self) -> Callable[[str], AnswerDecoder]:  # noqa: N802  a module's class
        """Makes the decoder of one answer, given the upstream's name for its error messages."""
        ...

    def headers(self, endpoint: Endpoint) -> dict[str, str]:
        """The headers of every request to this endpoint, its key among them."""
        ...

    def encode(
        self,
        endpoint: Endpoint,
        model: str,
        turns: Sequence[Turn],
        tools: Sequence[ToolSpec] = (),
        options: Options | None = None,
    ) -> Request:
        """The streamed request for the next answer; the request for turn n+1 begins with the request for turn n."""
        ...


def _without_comments(event: SSEEvent) -> SSEEvent:
    """The event without comments that a server has put where data belongs: no JSON begins with a colon."""
    lines = event.data.strip().split(b"\n")
    while lines and lines[0].lstrip()[:1] in (b":", b""):
        lines.pop(0)
    return SSEEvent(event.event, b"\n".join(lines).strip())


def objects_on_lines(data: bytes) -> list[bytes]:
    """The objects of an event that holds several, because its server puts no blank line between them; else none."""
    lines = [line for line in map(bytes.strip, data.split(b"\n")) if line]
    if len(lines) > 1 and all((line[:1] == b"{" and line[-1:] == b"}") or line == b"[DONE]" for line in lines):
        return lines
    return []
