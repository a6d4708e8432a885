"""What a wire format is: the members that each module in FORMATS has, so that the type checker misses none. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from . import classify, errors, odd_json
from .endpoint import Endpoint
from .events import Event
from .parts import Turn
from .request import Options, Request, ToolSpec
from .sse import SSEEvent


class AnswerDecoder:
    """Turns one answer's SSE events into our events; each format has its own. `name` is the upstream's, for messages.

    `finished`: the finish reason was seen, so the answer is whole. `done`: nothing more needs to be read.
    """

    def __init__(self, name: str = "The upstream") -> None:
        self.finished = False
        self.done = False
        self._name = name
        self._seen = False
        self._said = False

    def feed(self, event: SSEEvent) -> list[Event]:
        """The events of one SSE event. Raises the UpstreamError that the upstream reports, or BadJsonError."""
        raise NotImplementedError

    def whole(self, body: bytes) -> list[Event]:
        """The events of an answer that came as one JSON object instead of a stream."""
        raise NotImplementedError

    def held(self) -> list[Event]:
        """Text that was held back in case it began a tag; called when nothing more comes."""
        return []

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
        return value if isinstance(value, dict) else None

    def _raise_report(self, value: Any) -> None:
        report = classify.report_of(value)
        if report is not None and not self.finished:
            raise classify.in_stream(report, self._name)

    def _not_a_model(self) -> errors.NotAStreamError:
        return errors.NotAStreamError(
            "{name} is not a model endpoint: it answered with other data. Check its address.", name=self._name
        )


class Format(Protocol):
    """One wire format; a module implements it. `LABEL` is what an administrator chooses it by."""

    @property
    def LABEL(self) -> str: ...  # noqa: N802  a module's constant

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
