"""The text of the round that is not finished: what comes after a break goes on with it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chat.transcript import Change

# A string of its own costs each token 75 bytes; joined, its letters.
MOST_PIECES = 100


class RoundText:
    """Notes changes as they are written; `kind` tells the type of the part at a place."""

    def __init__(self, kind: Callable[[int], str]) -> None:
        self._kind = kind
        self._pieces: list[str] = []

    def __str__(self) -> str:
        return "".join(self._pieces)

    def note(self, changes: Iterable[Change]) -> None:
        """Take in the text of `changes`; with a tool's result begins another round."""
        for change in changes:
            if change[0] == "add" and change[2]["type"] == "tool_result":
                self._pieces.clear()
            elif change[0] in ("add", "text") and self._kind(change[1]) == "text":
                self._pieces.append(change[2] if change[0] == "text" else change[2]["text"])
                if len(self._pieces) >= MOST_PIECES:
                    self._pieces = [str(self)]
