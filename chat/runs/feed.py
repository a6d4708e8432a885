"""A run as this process knows it: its state, its newest changes, and its readers. Nothing here is stored.

What enters a feed is in the database already; so whatever a reader gets from it has been committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import msgspec

from chat.transcript import Change, State, as_changes, empty_state, fold, merge

# A reader further behind than this gets the whole state: at 50 ms a tick, half a minute of catching up.
TAIL_ENTRIES = 600

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Change]).decode


@dataclass(frozen=True, slots=True)
class Patch:
    """All changes after position `after` up to `seq`, merged, as JSON; `after` 0 means: begin with an empty state.

    `has_content` is False where they only tell how the run is getting on.
    """

    after: int
    seq: int
    changes: bytes
    done: bool
    has_content: bool = True


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing can be stored at the moment, so nothing new can be shown."""

    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one tick added, as values and as the JSON that was stored; only the JSON is kept."""

    seq: int
    changes: list[Change]
    json: bytes

    @property
    def has_content(self) -> bool:
        """Whether it adds to what the model said."""
        return any(change[0] != "run" for change in self.changes)

    @classmethod
    def of(cls, seq: int, changes: list[Change]) -> Entry:
        return cls(seq, changes, _encode(changes))


class Feed:
    """One run's committed changes, for any number of readers."""

    def __init__(self, run: int, state: State | None = None, seq: int = 0, *, done: bool = False) -> None:
        self.run = run
        self.state = state if state is not None else empty_state()
        self.seq = seq
        self.done = done
        self.paused = ""
        self._is_closed = False
        # As JSON only: few readers are more than one entry behind, and the values took four times the memory.
        self._tail: deque[bytes] = deque(maxlen=TAIL_ENTRIES)
        self._content_seq = 0
        self._readers: set[asyncio.Event] = set()

    @property
    def is_read(self) -> bool:
        return bool(self._readers)

    def extend(self, entry: Entry, *, done: bool = False) -> None:
        """Take in what was committed, and wake the readers."""
        fold(self.state, entry.changes)
        self._tail.append(entry.json)
        if entry.has_content:
            self._content_seq = entry.seq
        self.seq, self.done, self.paused = entry.seq, done, ""
        self._wake()

    def finish(self) -> None:
        """Say that nothing more will come."""
        self.done = True
        self._wake()

    def close(self) -> None:
        """Let the readers go without an end: another process now reports on this run."""
        self._is_closed = True
        self._wake()

    def pause(self, why: str) -> None:
        """Tell the readers that nothing can be stored for now."""
        self.paused = why
        self._wake()

    def after(self, seq: int) -> Patch:
        """The patch from `seq` to now: merged changes, or the whole state for a reader that is too far off."""
        behind = self.seq - seq
        if seq and 0 <= behind <= len(self._tail):
            entries = [self._tail[index] for index in range(len(self._tail) - behind, len(self._tail))]
            json = entries[0] if len(entries) == 1 else _encode(merge(c for e in entries for c in _decode(e)))
            return Patch(seq, self.seq, json, self.done, self._content_seq > seq)
        return Patch(0, self.seq, _encode(as_changes(self.state)), self.done, bool(self.state["parts"]))

    async def watch(self, seq: int) -> AsyncGenerator[Patch | Paused, None]:
        """Patches from `seq` on until the run has ended. A reader that pauses gets one larger patch.

        Ends without a patch that is `done` when the feed was closed: ask again.
        """
        ring = asyncio.Event()
        ring.set()
        self._readers.add(ring)
        told, first = "", True
        try:
            while True:
                await ring.wait()
                ring.clear()
                if self._is_closed:
                    return
                if self.paused and self.paused != told:
                    yield Paused(self.paused)
                told = self.paused
                if self.seq != seq or self.done or (first and not seq and self.seq):
                    patch = self.after(seq)
                    seq, first = patch.seq, False
                    yield patch
                    if patch.done:
                        return
        finally:
            self._readers.discard(ring)

    def _wake(self) -> None:
        for ring in self._readers:
            ring.set()
