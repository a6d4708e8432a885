"""What a run is doing just now: its readers are told, and its progress counts it."""

import time
from typing import Unpack

from chat.runs.answer import Answer
from chat.runs.progress import Progress
from chat.transcript import RunState
from chat.upstreams import events as ev


class Phase:
    """A run's phase by name: connecting, waiting, retrying, continuing, thinking, writing, calling or approval."""

    def __init__(self, answer: Answer, progress: Progress) -> None:
        self.name = ""
        self._began = 0.0
        self._answer = answer
        self._progress = progress

    def enter(self, name: str, **fields: Unpack[RunState]) -> None:
        """Begin a phase; `fields` are shown with it."""
        self.name, self._began = name, time.monotonic()
        self._progress.entered(name)
        # The first steps often take less than a tick: committed at once, they would only delay the first word.
        is_urgent = name not in ("connecting", "waiting")
        self._answer.tell({"phase": name, "phase_since": now_ms(), **fields}, urgent=is_urgent)

    def connect(self, step: ev.Phase) -> None:
        """Show a step of the connection to the upstream."""
        # While the run goes on after a break the reader sees that, not each step of the new connection.
        if self.name == "continuing" and step.name != "retrying":
            return
        self.enter(step.name, attempt=step.attempt, of=step.of, wait_seconds=step.wait_seconds, why=step.why)

    def follow(self, batch: list[ev.Event]) -> float | None:
        """Think or write, as the newest content of `batch` does; returns the seconds of thinking that has ended with it."""
        name = _phase_of(batch)
        if name in ("", self.name):
            return None
        seconds = time.monotonic() - self._began if self.name == "thinking" else None
        self.enter(name, why="")
        return seconds

    def await_approval(self, is_awaited: bool) -> None:
        """Wait for people to decide, or do so no longer."""
        self.name = "approval" if is_awaited else "calling"
        status = "waiting" if is_awaited else "running"
        self._answer.tell({"status": status, "phase": self.name, "phase_since": now_ms()}, urgent=True)


def now_ms() -> int:
    """The time as frames have it."""
    return int(time.time() * 1000)


def _phase_of(batch: list[ev.Event]) -> str:
    for event in reversed(batch):
        if isinstance(event, ev.Reasoning):
            return "thinking"
        if isinstance(event, ev.Text | ev.Refusal | ev.ToolCallDelta):
            return "writing"
    return ""
