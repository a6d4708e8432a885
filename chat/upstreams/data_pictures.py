"""Pictures that a model writes into its text as Markdown with a data: address, taken out as files while it writes. Pure.

Inside a code fence they are an example and stay text. Linear: each character is looked at once or twice.
"""

import re

from .events import CONTENT, Event, Text
from .given import GivenFile, from_base64

# In base64, as much as the largest event of a stream: what is longer is given as an empty file, which is refused.
MAX_CHARS = 16 << 20
# A description is a sentence or two; what is longer is a bracket that somebody left open.
_MOST_ALT_CHARS = 500
_DATA = "data:image/"
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINE_CHARS = 80


class DataPictures:
    """One answer's filter: events in, the same events out, with pictures in place of their Markdown."""

    def __init__(self) -> None:
        self._head = ""  # what may begin a picture
        self._data: list[str] | None = None  # of a picture that has begun: its data so far
        self._data_chars = 0
        self._line = ""
        self._fence = ""

    def feed(self, events: list[Event]) -> list[Event]:
        """What these events are without pictures in their text. Other content ends a picture that is not complete."""
        found: list[Event] = []
        for event in events:
            if isinstance(event, Text):
                found += self._text(event.text)
            elif isinstance(event, CONTENT):
                found += [*self.end(), event]
            else:
                found.append(event)
        return found

    def end(self) -> list[Event]:
        """What was held back, now that no more comes: half a picture is a file that cannot be read."""
        if self._data is not None:
            return [self._picture(b"")]
        held, self._head = self._head, ""
        return [self._said(held)] if held else []

    def _text(self, text: str) -> list[Event]:
        if self._data is None and not self._head and "!" not in text:
            return [self._said(text)]
        found: list[Event] = []
        while text:
            if self._data is not None:
                text = self._collect(text, found)
                continue
            text, self._head = self._head + text, ""
            begin = text.find("![")
            if begin < 0:
                begin = len(text) - text.endswith("!")
            if begin:
                found.append(self._said(text[:begin]))
            text = self._begin(text[begin:], found)
        return found

    def _begin(self, text: str, found: list[Event]) -> str:
        """Look at text that may begin a picture: hold it, give it out, or begin to collect. Returns what is left of it."""
        stage = "" if self._fence else _stage(text)
        if stage == "open":
            self._head = text
            return ""
        if stage == "picture":
            self._head, _, rest = text.partition("](")
            self._data, self._data_chars = [], 0
            return rest
        found.append(self._said(text[:2]))
        return text[2:]

    def _collect(self, text: str, found: list[Event]) -> str:
        piece, closing, rest = text.partition(")")
        assert self._data is not None
        self._data_chars += len(piece)
        if self._data_chars <= MAX_CHARS:
            self._data.append(piece)
        if closing:
            address = "".join(self._data).strip().strip("<>").split('"')[0]
            whole = self._data_chars <= MAX_CHARS
            found.append(self._picture(from_base64(address.partition(",")[2]) if whole else b"", address))
        return rest

    def _picture(self, data: bytes, address: str = _DATA) -> GivenFile:
        media_type = address.removeprefix("data:").partition(",")[0].partition(";")[0].strip()
        name, self._head, self._data = self._head.removeprefix("!["), "", None
        return GivenFile(data, media_type, " ".join(name.split()))

    def _said(self, text: str) -> Text:
        """The text, with a look at the fences in it."""
        if "\n" not in text:
            if len(self._line) < _LINE_CHARS:
                self._line += text[:_LINE_CHARS]
            return Text(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            mark = _FENCE.match(line)
            if mark is None:
                continue
            if not self._fence:
                self._fence = mark[1]
            elif mark[1].startswith(self._fence) and not line[mark.end() :].strip():
                self._fence = ""
        self._line = self._line[:_LINE_CHARS]
        return Text(text)


def _stage(text: str) -> str:
    """What a text that begins with "!" is: "picture", "open" while it may become one, "" if it is none."""
    if text == "!":
        return "open"
    end = text.find("]")
    if end < 0:
        return "open" if len(text) <= _MOST_ALT_CHARS and "\n\n" not in text else ""
    after = text[end + 1 :]
    if not after or after == "(":
        return "open"
    address = after[1:].lstrip().removeprefix("<")
    if not after.startswith("(") or len(after) - len(address) > _MOST_ALT_CHARS:
        return ""
    if address.lower().startswith(_DATA):
        return "picture"
    return "open" if _DATA.startswith(address.lower()) else ""
