"""The course of a run in a few numbers: when which phase began, and how fast the text came. Pure, and bounded.

    {"moments": [["connecting", 0.0], ["waiting", 0.1], ["writing", 1.4]], "every_seconds": 0.5, "tokens": [0, 0, 12, 25]}

Seconds count from the beginning of the run. `tokens` are estimates, one for each stretch of `every_seconds`.
"""

from typing import Any

from chat.transcript import TimelineState

# As many as a line of a few centimetres can show.
MOST_POINTS = 60
# A run of many tool rounds changes its phase often; the first and the last ones say most.
MOST_MOMENTS = 30
SHORTEST_SECONDS = 0.5


class Timeline:
    """Counts while the run goes on; when it is full, two neighbouring stretches become one that is twice as long."""

    def __init__(self, chars_per_token: int, earlier: TimelineState | None = None) -> None:
        self._chars_per_token = chars_per_token
        self._moments: list[list[Any]] = list(earlier["moments"]) if earlier else []
        self._every_seconds = earlier["every_seconds"] if earlier else SHORTEST_SECONDS
        self._chars = [tokens * chars_per_token for tokens in earlier["tokens"]] if earlier else []

    def enter(self, phase: str, at_seconds: float) -> None:
        """A phase begins."""
        if len(self._moments) == MOST_MOMENTS:
            self._moments.pop()
        self._moments.append([phase, round(at_seconds, 2)])

    def count(self, chars: int, at_seconds: float) -> None:
        """Text arrives."""
        index = int(at_seconds / self._every_seconds)
        while index >= MOST_POINTS:
            self._chars = [sum(self._chars[pair : pair + 2]) for pair in range(0, len(self._chars), 2)]
            self._every_seconds *= 2
            index = int(at_seconds / self._every_seconds)
        if index >= len(self._chars):
            self._chars.extend([0] * (index + 1 - len(self._chars)))
        self._chars[index] += chars

    def as_json(self) -> TimelineState:
        """What the run's state keeps of it; a copy."""
        return {
            "moments": [list(moment) for moment in self._moments],
            "every_seconds": self._every_seconds,
            "tokens": [round(chars / self._chars_per_token) for chars in self._chars],
        }
