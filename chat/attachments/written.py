"""Texts and presentations: Word (docx) and OpenDocument (odt, odp)."""

import re
import zipfile

from chat.attachments.content import Content, EnoughError, Lines
from chat.attachments.limits import UnreadableError
from chat.attachments.markup import MAX_REPEATED, Attributes, Walker, walk

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HEADING = re.compile(r"heading ([1-6])$", re.IGNORECASE)
_MOST_PAGES = 100_000
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")


class _Word(Walker):
    """The body or the notes of a Word document. `levels` are the heading levels by the id of their style."""

    def __init__(self, lines: Lines, levels: dict[str, int]) -> None:
        super().__init__(lines)
        self._levels = levels
        self._sign: list[str] = []

    def begin(self, name: str, attributes: Attributes) -> None:
        value = attributes.get("val", "")
        if name == "p":
            self._sign.append("")
        elif name == "pStyle" and self._sign and value in self._levels:
            self._sign[-1] = "#" * self._levels[value] + " "
        elif name == "numPr" and self._sign:
            self._sign[-1] = self._sign[-1] or "- "
        elif name in ("footnoteReference", "endnoteReference"):
            self.say(f"[^{attributes.get('id', '')}]")
        elif name in ("footnoteRef", "endnoteRef"):
            self.say("[^]: ")

    def paragraph(self, text: str) -> None:
        sign = self._sign.pop() if self._sign else ""
        super().paragraph(sign + text if text.strip() else "")


class _Notes(_Word):
    """Notes, each with the number that refers to it; the first two are the lines that separate them."""

    _id = ""

    def begin(self, name: str, attributes: Attributes) -> None:
        super().begin(name, attributes)
        if name in ("footnote", "endnote"):
            self._id = "" if "type" in attributes else attributes.get("id", "")

    def paragraph(self, text: str) -> None:
        super().paragraph(text.replace("[^]", f"[^{self._id}]", 1) if self._id else "")


class _Styles(Walker):
    """Which styles are headings: their ids are in the language of the office, their names are not."""

    def __init__(self) -> None:
        super().__init__(Lines(0))
        self.levels: dict[str, int] = {}
        self._id = ""

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._id = attributes.get("styleId", "")
        elif name == "name" and (level := _HEADING.match(attributes.get("val", ""))):
            self.levels[self._id] = int(level[1])


class _Pages(Walker):
    """The number of pages that the office counted when it saved the document; None where it did not."""

    text_elements = frozenset({"Pages"})
    paragraphs = frozenset({"Pages"})
    count: int | None = None

    def __init__(self) -> None:
        super().__init__(Lines(0))

    def begin(self, name: str, attributes: Attributes) -> None:
        if name == "document-statistic":
            self.paragraph(attributes.get("page-count", ""))

    def paragraph(self, text: str) -> None:
        if text.isascii() and text.isdigit() and len(text) < 7:
            self.count = min(int(text), _MOST_PAGES) or None


class _Open(Walker):
    """The content of an OpenDocument text or presentation."""

    text_elements = None
    paragraphs = frozenset({"p", "h"})
    tables, rows, cells = frozenset({"table"}), frozenset({"table-row"}), frozenset({"table-cell"})
    skipped = frozenset({"annotation", "tracked-changes", "note-citation", "title", "desc"})
    breaks = {"tab": "\t", "line-break": "\n"}

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self.slides = 0
        self._repeated = 1
        self._levels: list[str] = []

    def begin(self, name: str, attributes: Attributes) -> None:
        if name in ("p", "h"):
            level = attributes.get("outline-level", "1")
            self._levels.append("#" * min(6, int(level)) + " " if name == "h" and level.isdigit() else "")
        elif name == "s":
            self.say(" " * min(MAX_REPEATED, _whole(attributes.get("c"))))
        elif name == "table-cell":
            self._repeated = min(MAX_REPEATED, _whole(attributes.get("number-columns-repeated")))
        elif name == "page":
            self.slides += 1
            self.lines.add(f"\n[Slide {self.slides}]")
        elif name == "notes":
            self.lines.add("Notes:")

    def end(self, name: str) -> None:
        if name == "table-cell" and self._repeated > 1 and self._tables and self._tables[-1] and self._tables[-1][-1]:
            row = self._tables[-1][-1]
            if row[-1]:
                row += [row[-1]] * (self._repeated - 1)
            self._repeated = 1

    def paragraph(self, text: str) -> None:
        sign = self._levels.pop() if self._levels else ""
        super().paragraph(sign + text if text.strip() else "")


def read_word(package: zipfile.ZipFile, max_chars: int) -> Content:
    """The text of a Word document: headings, lists, tables and notes as Markdown. Raises UnreadableError."""
    lines, styles, names = Lines(max_chars), _Styles(), set(package.namelist())
    if "word/styles.xml" in names:
        walk(package, "word/styles.xml", styles)
    try:
        walk(package, "word/document.xml", _Word(lines, styles.levels))
        for notes in _NOTES:
            if notes in names:
                walk(package, notes, _Notes(lines, styles.levels))
    except EnoughError:
        pass
    return _content("document", WORD, lines, _pages(package, "docProps/app.xml"))


def read_open(package: zipfile.ZipFile, media_type: str, max_chars: int) -> Content:
    """The text of an OpenDocument text or presentation, as Markdown. Raises UnreadableError."""
    lines = Lines(max_chars)
    walker = _Open(lines)
    try:
        walk(package, "content.xml", walker)
    except EnoughError:
        pass
    if "presentation" in media_type:
        return _content("slides", media_type[:100], lines, walker.slides or None)
    return _content("document", media_type[:100], lines, _pages(package, "meta.xml"))


def _content(kind: str, media_type: str, lines: Lines, count: int | None) -> Content:
    if not lines.text:
        raise UnreadableError("no_text")
    return Content(kind, media_type, lines.text, lines.is_cut, count)


def _pages(package: zipfile.ZipFile, name: str) -> int | None:
    pages = _Pages()
    if name in package.namelist():
        walk(package, name, pages)
    return pages.count


def _whole(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 7 else 1
