"""The answer of one run while it is written: each change goes to the journal, and nowhere else."""

from collections.abc import Iterable
from typing import Any

from chat.models import Run
from chat.runs.calls import OpenCall, open_calls
from chat.runs.feed import Feed
from chat.runs.journal import Journal
from chat.runs.round_text import RoundText
from chat.transcript import Change, RunState, StoredPart, Writer
from chat.upstreams import events as ev


class Answer:
    """Turns what the model and its tools say into changes, and has them committed."""

    def __init__(self, run: Run, feed: Feed, journal: Journal) -> None:
        self.feed = feed
        # A run that was taken over from another process has a journal already.
        self.was_taken_over = feed.seq > 0
        self._run = run
        self._journal = journal
        # A run that goes on with an ended one's message begins with the parts it finds there.
        self._inherited: list[StoredPart] = [] if feed.seq else run.message.parts
        parts = [*feed.state["parts"], *self._inherited]
        self.writer = Writer(parts)
        self.has_content = any(part["type"] != "seam" for part in parts)
        self._round_text = RoundText(self.writer.kind)
        self._round_text.note(["add", index, part] for index, part in enumerate(feed.state["parts"]))

    @property
    def parts(self) -> list[StoredPart]:
        """What has been committed."""
        return self.feed.state["parts"]

    @property
    def round_text(self) -> str:
        """The text of the round that is not finished, committed or not."""
        return str(self._round_text)

    @property
    def has_calls(self) -> bool:
        """Whether the model has called a tool."""
        return self.writer.last("tool_call") is not None

    def begin(self) -> None:
        """Append the inherited parts: the end of a run stores what its journal has."""
        self.append([["add", index, part] for index, part in enumerate(self._inherited)])

    async def store_inherited(self) -> None:
        """Have the inherited parts committed, so that they are among `parts`."""
        if self._inherited:
            await self._journal.store(self.feed, [])

    def append(self, changes: list[Change], *, chunks: int = 0, urgent: bool = False) -> None:
        """Have `changes` committed with the next tick, or at once when `urgent`."""
        self._note(changes)
        self._journal.append(self.feed, changes, chunks=chunks, urgent=urgent)

    def tell(self, fields: RunState, *, urgent: bool = False) -> None:
        """Set fields of the run."""
        self.append([["run", fields]], urgent=urgent)

    def set(self, index: int, fields: dict[str, Any]) -> None:
        """Set fields of a part at once."""
        self.append([["set", index, fields]], urgent=True)

    def write(self, text: str) -> None:
        """Append text that was held back."""
        self.append(self.writer.apply(ev.Text(text)))

    def join(self, attempt: int, of: int, why: str) -> None:
        """Append the visible mark between what came before a break and what comes after it."""
        self.append([self.writer.seam(attempt=attempt, of=of, why=why)])

    def note_thinking_time(self, seconds: float) -> None:
        """Store with the reasoning how long it took: the page shows it long after the run's own clocks are gone."""
        index = self.writer.last("reasoning")
        if index is not None:
            self.append([["set", index, {"seconds": round(seconds, 1)}]])

    async def add_result(self, part: StoredPart) -> None:
        """Append a tool's result; returns when it is committed."""
        await self._store([self.writer.result(part)])

    async def end_round(self) -> list[OpenCall]:
        """Mark the calls of this round as complete; returns them when that is committed."""
        indexes = self.writer.end_round()
        if not indexes:
            return []
        await self._store([["set", index, {"status": "called"}] for index in indexes])
        return open_calls(self.parts)

    async def end(self, fields: RunState) -> None:
        """Set the last fields of the run, in the commit that ends it; returns when that is done."""
        await self._journal.end(self._run, self.feed, [["run", fields]])

    async def _store(self, changes: list[Change]) -> None:
        self._note(changes)
        await self._journal.store(self.feed, changes)

    def _note(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change[0] == "add":
                self.has_content = self.has_content or change[2]["type"] != "seam"
        self._round_text.note(changes)
