"""One request to the model, and what has come of it so far. Pure."""

from chat.runs.overlap import MIN_OVERLAP_CHARS, OverlapCutter
from chat.tools.tool import MAX_ARGUMENT_CHARS
from chat.upstreams import events as ev
from chat.upstreams.errors import LimitReachedError

# Four calls with the longest arguments that any tool reads.
MAX_ROUND_ARGUMENT_CHARS = 4 * MAX_ARGUMENT_CHARS


class Attempt:
    """`before` is the text that the attempt goes on with; a prefilled one is a part of the request as the model's own.

    So little text that a repetition of it could not be told from new words is not gone on with: the model is asked anew, and
    what it says then `replaces` that text.
    """

    def __init__(self, before: str, *, is_prefilled: bool, is_pause: bool = False) -> None:
        is_short = 0 < len(before.strip()) < MIN_OVERLAP_CHARS
        self.replaces = is_short and not is_prefilled and not is_pause
        self.before = before = "" if self.replaces else before
        self.finish: ev.Finish | None = None
        self.has_heard = False
        self._argument_chars = 0
        self._cutter = OverlapCutter(before, is_prefilled=is_prefilled)

    def heard(self, event: ev.Event) -> ev.Event:
        """The content that is new: what repeats the text before a break is cut. Raises LimitReachedError."""
        match event:
            case ev.Text(text=text):
                self.has_heard = True
                return ev.Text(self._cutter.feed(text))
            case ev.ToolCallDelta(arguments=arguments) | ev.ProviderCall(arguments=arguments):
                self._argument_chars += len(arguments)
                if self._argument_chars > MAX_ROUND_ARGUMENT_CHARS:
                    raise LimitReachedError("Stopped: the arguments of a tool call did not end.")
        self.has_heard = self.has_heard or isinstance(event, ev.CONTENT)
        return event

    def held_back(self) -> str:
        """The text is over: what is new in the piece that looked like a repetition."""
        return self._cutter.end()
