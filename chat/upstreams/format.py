"""What a wire format is: the members that each module in FORMATS has, so that the type checker misses none. Pure."""

from collections.abc import Callable, Sequence
from typing import Protocol

from .endpoint import Endpoint
from .events import Event
from .parts import Turn
from .request import Options, Request, ToolSpec
from .sse import SSEEvent


class AnswerDecoder(Protocol):
    """Turns one answer's SSE events into our events.

    `finished`: the finish reason was seen, so the answer is whole. `done`: nothing more needs to be read.
    """

    finished: bool
    done: bool

    def feed(self, event: SSEEvent) -> list[Event]:
        """The events of one SSE event. Raises the UpstreamError that the upstream reports, or BadJsonError."""
        ...

    def held(self) -> list[Event]:
        """Text that was held back in case it began a tag; called when nothing more comes."""
        ...

    def end(self) -> list[Event]:
        """The last events. Raises BrokenOffError or EmptyAnswerError unless the answer is whole."""
        ...

    def whole(self, body: bytes) -> list[Event]:
        """The events of an answer that came as one JSON object instead of a stream."""
        ...


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
