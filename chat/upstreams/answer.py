"""The body of one response -> events, whatever the body turns out to be: a stream, one JSON object, or a web page. Pure."""

import msgspec

from . import sse
from .data_pictures import DataPictures
from .errors import BadJsonError, LimitReachedError, NotAStreamError, UpstreamError
from .events import (
    CONTENT,
    Event,
    ProviderCall,
    ProviderResult,
    Reasoning,
    ReasoningSignature,
    RedactedReasoning,
    Refusal,
    Text,
    ToolCallDelta,
)
from .format import Format, objects_on_lines
from .given import GivenFile, Source

# About two million tokens: only a model in an endless loop writes that much.
MAX_REPLY_CHARS = 8 << 20
# The same in one piece: twice that, because JSON escapes characters and comes with other fields.
MAX_JSON_BYTES = 16 << 20
# An empty part of an answer, as it is stored.
_PART_CHARS = 64


class Answer:
    """One answer as it comes in.

    feed(bytes) and end() return nothing: the events are fetched with take(), also those before an error that feed()
    raised. `said`: there was something that a person can see. `finished`, `settled`, `done`: as in the decoder.
    """

    def __init__(self, format: Format, name: str, content_type: str = "") -> None:
        self.said = False
        self._name = name
        self._decoder = format.Decoder(name)
        self._sse = sse.Decoder()
        self._pictures = DataPictures()
        self._kind = "html" if content_type.lower().startswith(("text/html", "application/xhtml")) else ""
        self._head = b""  # until the kind is known
        self._json: list[bytes] = []
        self._json_bytes = 0
        self._batch: list[Event] = []
        self._chars = 0

    @property
    def finished(self) -> bool:
        """The finish reason was seen."""
        return self._decoder.finished

    @property
    def settled(self) -> bool:
        """It was seen, and nothing has come after it."""
        return self._decoder.settled

    @property
    def tool_is_open(self) -> bool:
        """A tool of the provider's is at work."""
        return self._decoder.tool_is_open

    @property
    def done(self) -> bool:
        """Nothing more needs to be read."""
        return self._decoder.done

    def take(self) -> list[Event]:
        """The events since the last call."""
        batch, self._batch = self._batch, []
        return batch

    def feed(self, data: bytes) -> None:
        """Take bytes of the body. Raises UpstreamError; take() still gives what came before it."""
        if not self._kind:
            data = self._head + data
            self._kind = _kind_of(data)
            self._head = b"" if self._kind else data
        if self._kind == "sse":
            self._feed_events(data)
        elif self._kind == "json":
            self._json.append(data)
            self._json_bytes += len(data)
            if self._json_bytes > MAX_JSON_BYTES:
                self._json.clear()
                raise LimitReachedError(
                    "{name} sent more than {mib} MiB in one piece. Ask for less.",
                    name=self._name,
                    mib=MAX_JSON_BYTES >> 20,
                )
        elif self._kind == "html":
            self._refuse_page()

    def end(self) -> None:
        """The body has ended. Raises UpstreamError unless the answer is whole."""
        if self._kind == "html":
            self._refuse_page()
        if self._kind == "json" or self._head.strip():
            if self._kind == "json":
                self._add(self._whole(b"".join(self._json)))
            else:
                self._feed_events(self._head)
        reported = self.cut()
        if reported is not None:
            raise reported
        self._add(self._decoder.end())
        self._batch += self._pictures.end()

    def cut(self) -> UpstreamError | None:
        """The body broke off: take a last event that only lacks its blank line, and text that was held back.

        Gives the error that the last event reported, if it did.
        """
        reported = None
        try:
            for event in self._sse.flush():
                self._add(self._decoder.feed(event))
        except BadJsonError:
            pass  # half an event
        except UpstreamError as error:
            reported = error
        self._add(self._decoder.held())
        self._batch += self._pictures.end()
        return reported

    def whole_despite(self, error: UpstreamError) -> bool:
        """Whether the answer is complete although this went wrong: the connection broke after the finish reason."""
        return self.settled and error.code in ("broken_off", "limit", "bad_json") and self.said

    def _feed_events(self, data: bytes) -> None:
        decode = self._decoder.feed
        for event in self._sse.feed(data):
            events = decode(event)
            if events:
                self._add(events)

    def _whole(self, body: bytes) -> list[Event]:
        try:
            return self._decoder.whole(body)
        except BadJsonError as error:
            if objects_on_lines(body):  # objects on lines, without the "data:" of a stream
                return self._decoder.feed(sse.SSEEvent("message", body.strip()))
            raise NotAStreamError(
                "{name} is not a model endpoint: its answer cannot be read. Check its address.", name=self._name
            ) from error

    def _add(self, events: list[Event]) -> None:
        events = self._pictures.feed(events)
        for event in events:
            kind = type(event)
            if kind is Text or kind is Reasoning or kind is Refusal:
                self._chars += len(event.text)  # type: ignore[union-attr]
            else:
                self._chars += _kept_chars(event)
            if not self.said and isinstance(event, CONTENT):
                self.said = True
        self._batch += events
        if self._chars > MAX_REPLY_CHARS:
            raise LimitReachedError(
                "The answer of {name} did not end: it was cut after {millions} million characters.",
                name=self._name,
                millions=MAX_REPLY_CHARS >> 20,
            )

    def _refuse_page(self) -> None:
        raise NotAStreamError(
            "{name} is not a model endpoint: a web page answered. Check its address.", name=self._name
        )


def _kept_chars(event: Event) -> int:
    """How many characters of an event without plain text are stored; one that is empty may still begin a part."""
    match event:
        case RedactedReasoning(data=kept) | ReasoningSignature(signature=kept):
            return _PART_CHARS + len(kept)
        case GivenFile() | Source():
            return _PART_CHARS
        case ProviderCall(arguments=kept) | ProviderResult(text=kept):
            return _PART_CHARS + len(kept)
        case ToolCallDelta():
            chars = len(event.id or "") + len(event.name or "") + len(event.arguments)
            chars += len(msgspec.json.encode(event.extra)) if event.extra else 0
            return chars or _PART_CHARS
    return 0


def _kind_of(data: bytes) -> str:
    """What a body is, by its first byte that is no blank; "" while there is none. Content types are often wrong."""
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "sse" if len(data) > 64 else ""
    if start[:1] in b"{[":
        return "json"
    return "html" if start[:1] == b"<" else "sse"
