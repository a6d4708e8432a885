"""How a run is getting on: chunks, tokens, seconds, speed. A token count is an estimate until the upstream says.

Pure but for the clock it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from chat.runs.timeline import Timeline
from chat.transcript import RunState, Usage
from chat.upstreams import events as ev

# English prose has about four characters a token; close enough for a meter that says "about".
CHARS_PER_TOKEN = 4
REPORT_SECONDS = 1.0
# The timeline goes with every tenth report, because it is sent whole each time, a few hundred bytes.
REPORTS_PER_TIMELINE = 10


class Progress:
    """Counts events as they come; `fields()` are fields of the run's state.

    `clock` gives monotonic seconds; `earlier` are the fields of a process that worked on the run before this one.
    """

    def __init__(self, clock: Callable[[], float], earlier: RunState | None = None) -> None:
        earlier = earlier or {}
        self._clock = clock
        self._began = clock() - (earlier.get("elapsed_seconds") or 0.0)
        self._sent = clock()
        self._earlier_ttft: float | None = earlier.get("ttft_seconds")
        self._first: float | None = None
        self._reported = self._began
        self._chunks: int = earlier.get("chunks") or 0
        self._earlier_tokens: int = earlier.get("output_tokens") or 0
        self._chars = self._earlier_tokens * CHARS_PER_TOKEN
        self._usage = ev.Usage()
        self._usage_before = ev.Usage()
        self._chars_before = 0
        self._is_finished = False
        self._timeline = Timeline(CHARS_PER_TOKEN, earlier.get("timeline"))
        self._reports = 0

    def entered(self, phase: str) -> None:
        """A phase has begun."""
        self._timeline.enter(phase, self._clock() - self._began)

    @property
    def input_tokens(self) -> int | None:
        """What the upstream has said of the size of the last request."""
        return self._usage.input_tokens

    def request_sent(self) -> None:
        """A new attempt begins; TTFT counts from the first one that got an answer."""
        if self._first is None:
            self._sent = self._clock()
        self._usage_before = _add(self._usage_before, self._usage)
        self._usage = ev.Usage()
        self._chars_before, self._is_finished = self._chars, False

    def saw(self, event: ev.Event) -> None:
        """Count one event."""
        match event:
            case ev.Text(text=text) | ev.Reasoning(text=text) | ev.Refusal(text=text):
                self._chunks += 1
                self._add_chars(_weight(text))
                if self._first is None and text:
                    self._first = self._clock()
            case ev.ToolCallDelta(arguments=arguments):
                self._chunks += 1
                self._add_chars(_weight(arguments))
            case ev.UsageReport(usage=usage):
                self._usage = usage
            case ev.Finish():
                self._is_finished = True

    def _add_chars(self, chars: int) -> None:
        self._chars += chars
        self._timeline.count(chars, self._clock() - self._began)

    def report_is_due(self) -> bool:
        """Whether the page's live figures are a second old."""
        if self._clock() - self._reported < REPORT_SECONDS:
            return False
        self._reported = self._clock()
        self._reports += 1
        return True

    def fields(self, *, final: bool = False) -> RunState:
        """The figures so far; `final` adds the usage as the upstream gave it."""
        # Some report one token at the start and the sum at the end, so the count means nothing before the end.
        counted = self._usage.output_tokens if final and self._is_finished else None
        if counted is None:
            tokens, is_known = _estimate(self._chars), False
        else:
            tokens, is_known = _estimate(self._chars_before) + counted, not self._chars_before
        now = self._clock()
        writing = now - self._first if self._first is not None else 0.0
        fields: RunState = {
            "chunks": self._chunks,
            "output_tokens": tokens,
            "tokens_estimated": not is_known,
            "elapsed_seconds": round(now - self._began, 2),
            "tokens_per_second": round((tokens - self._earlier_tokens) / writing, 1)
            if tokens and writing > 0.05
            else None,
        }
        if self._earlier_ttft is not None:
            fields["ttft_seconds"] = self._earlier_ttft
        elif self._first is not None:
            fields["ttft_seconds"] = round(self._first - self._sent, 3)
        if final or self._reports % REPORTS_PER_TIMELINE == 1:
            fields["timeline"] = self._timeline.as_json()
        if final:
            usage = _add(self._usage_before, self._usage)
            counts = cast("Usage", {name: getattr(usage, name) for name in ev.Usage.__struct_fields__})
            fields["usage"] = {**counts, "output_tokens": tokens if is_known else None}
        return fields


def _weight(text: str) -> int:
    """The length of a text as if it were English: a Chinese, Japanese or Korean character is most of a token."""
    return len(text) if text.isascii() else len(text) + 2 * sum(char >= "\u2e80" for char in text)


def _estimate(chars: int) -> int:
    return (chars + CHARS_PER_TOKEN - 1) // CHARS_PER_TOKEN


def _add(a: ev.Usage, b: ev.Usage) -> ev.Usage:
    def total(x: int | None, y: int | None) -> int | None:
        return None if x is None and y is None else (x or 0) + (y or 0)

    return ev.Usage(*(total(getattr(a, name), getattr(b, name)) for name in ev.Usage.__struct_fields__))
