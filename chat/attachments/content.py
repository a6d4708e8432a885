"""What a reader makes of a file, and helpers for text that has a limit. Values only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Content:
    """What was read. Without a blob named "whole" the file itself is stored.

    `count` is the number of pages, sheets, slides, attachments or files; `scans` are the numbers of the pages that are
    stored as pictures, in blobs named "page1"; `encoding` is the one that a text was decoded from.
    """

    kind: str
    media_type: str
    text: str = ""
    is_cut: bool = False
    count: int | None = None
    encoding: str = ""
    width: int | None = None
    height: int | None = None
    scans: list[int] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)


def page_blob(number: int) -> str:
    """The name of the blob with the picture of a page."""
    return f"page{number}"


class EnoughError(Exception):
    """As much has been read as is kept."""


class Lines:
    """Lines of text up to a number of characters; `add` raises EnoughError beyond it."""

    def __init__(self, max_chars: int) -> None:
        self._left = max_chars
        self._lines: list[str] = []
        self.is_cut = False

    def add(self, line: str) -> None:
        """Add a line, or the beginning of it that fits."""
        self._lines.append(line[: max(0, self._left)])
        self._left -= len(line) + 1
        if self._left < 0:
            self.is_cut = True
            raise EnoughError

    @property
    def text(self) -> str:
        """All lines, without blank ones at either end."""
        return "\n".join(self._lines).strip("\n")

    @property
    def left(self) -> int:
        """How many characters still fit."""
        return max(0, self._left)


def table_lines(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """The rows of a Markdown table, the first being its head."""
    for number, row in enumerate(rows):
        yield "| " + " | ".join(map(_cell, row)) + " |"
        if number == 0:
            yield "|" + " --- |" * len(row)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
