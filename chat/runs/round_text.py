"""The text of the unfinished round, which an attempt after a break continues. Pure."""

from collections.abc import Callable, Iterable

from chat.transcript import Change

# A token as a string of its own costs 75 bytes; joined, only its letters.
MOST_PIECES = 100


class RoundText:
    """Collects the text of changes as they are written; `kind` tells the type of the part at an index."""

    def __init__(self, kind: Callable[[int], str]) -> None:
        self._kind = kind
        self._before_seam = ""
        self._pieces: list[str] = []

    def __str__(self) -> str:
        return self._before_seam + "".join(self._pieces)

    def note(self, changes: Iterable[Change]) -> None:
        """Take in the text of `changes`; a tool's result starts a new round, and text may turn out to be reasoning, or be taken back."""
        for change in changes:
            if change[0] == "add" and change[2]["type"] == "tool_result":
                self._before_seam = ""
                self._pieces.clear()
            elif change[0] == "add" and change[2]["type"] == "seam":
                self._before_seam = str(self)
                self._pieces.clear()
            elif change[0] == "set" and change[2].get("type") == "reasoning":
                self._pieces.clear()
            elif change[0] == "set" and change[2].get("text") == "":
                self._before_seam = ""
                self._pieces.clear()
            elif change[0] in ("add", "text") and self._kind(change[1]) == "text":
                self._pieces.append(change[2] if change[0] == "text" else change[2]["text"])
                if len(self._pieces) >= MOST_PIECES:
                    self._pieces = ["".join(self._pieces)]
