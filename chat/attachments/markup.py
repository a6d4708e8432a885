"""Walks through the XML of an office document from begin to end, without building a tree of it.

Word, PowerPoint and OpenDocument differ in the namespaces of their elements more than in the elements: all have paragraphs,
tables of rows of cells, tabs and breaks. `Walker` knows those, by their local names; each format adds what it has besides.
The parser is Python's own expat: it opens no address, and a document that declares an entity is refused.
"""

import zipfile
from xml.parsers import expat

from chat.attachments.content import Lines, table_lines
from chat.attachments.limits import UnreadableError
from chat.text import clean

Attributes = dict[str, str]
_PIECE_BYTES = 64 * 1024
# No document nests this deep; each level costs memory.
_MAX_DEPTH = 1000
# A cell that says it is repeated ten thousand times is formatting without content.
MAX_REPEATED = 100


class Walker:
    """Collects the text of a document's XML in `lines`. A subclass says what more its elements mean."""

    # Elements that hold text of the document; None where all text within a paragraph counts.
    text_elements: frozenset[str] | None = frozenset({"t"})
    paragraphs = frozenset({"p"})
    tables, rows, cells = frozenset({"tbl"}), frozenset({"tr"}), frozenset({"tc"})
    # Elements whose content is said elsewhere, or is not part of the text.
    skipped = frozenset({"Fallback", "delText", "instrText"})
    breaks = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        # Paragraphs nest, because a paragraph may hold a text box or a note; so do tables.
        self._open: list[list[str]] = []
        self._tables: list[list[list[list[str]]]] = []
        self._names: list[str] = []
        self._skipping = 0
        self._in_text = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        """Called for each element that is not skipped, after its own meaning."""

    def end(self, name: str) -> None:
        """Called at the end of each element that is not skipped, before its own meaning."""

    def say(self, text: str) -> None:
        """Add to the paragraph that is open."""
        if self._open:
            self._open[-1].append(text)

    def start(self, name: str, attributes: Attributes) -> None:
        if len(self._names) >= _MAX_DEPTH:
            raise UnreadableError("broken_file")
        self._names.append(name)
        if self._skipping or name in self.skipped:
            self._skipping += 1
            return
        self._in_text += self.text_elements is not None and name in self.text_elements
        if name in self.paragraphs:
            self._open.append([])
        elif name in self.tables:
            self._tables.append([])
        elif name in self.rows and self._tables:
            self._tables[-1].append([])
        elif name in self.cells and self._tables and self._tables[-1]:
            self._tables[-1][-1].append([])
        elif name in self.breaks:
            self.say(self.breaks[name])
        self.begin(name, attributes)

    def finish(self, name: str) -> None:
        self._names.pop()
        if self._skipping:
            self._skipping -= 1
            return
        self.end(name)
        self._in_text -= self.text_elements is not None and name in self.text_elements
        if name in self.paragraphs and self._open:
            self.paragraph("".join(self._open.pop()))
        elif name in self.tables and self._tables:
            self._table(self._tables.pop())

    def text(self, text: str) -> None:
        if not self._skipping and (self._in_text or self.text_elements is None):
            self.say(text)

    def paragraph(self, text: str) -> None:
        """A whole paragraph: a line, or a part of the cell that it stands in."""
        text = clean(text)
        if self._tables and self._tables[-1] and self._tables[-1][-1]:
            if text.strip():
                self._tables[-1][-1][-1].append(text.strip())
        elif text.strip():
            self.lines.add(text.rstrip())
        else:
            self.lines.add("")

    def _table(self, rows: list[list[list[str]]]) -> None:
        cells = [[" ".join(cell) for cell in row] for row in rows if row]
        if not any(any(row) for row in cells):
            return
        if self._tables:  # within a cell of another table
            for row in cells:
                self.paragraph(" / ".join(filter(None, row)))
            return
        widest = max(map(len, cells))
        self.lines.add("")
        for line in table_lines([*row, *[""] * (widest - len(row))] for row in cells):
            self.lines.add(line)
        self.lines.add("")


def walk(package: zipfile.ZipFile, name: str, walker: Walker) -> None:
    """Feed an entry of the package to `walker`. Raises UnreadableError, EnoughError, KeyError."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: walker.start(_local(tag), _locals(attributes))
    parser.EndElementHandler = lambda tag: walker.finish(_local(tag))
    parser.CharacterDataHandler = walker.text
    parser.EntityDeclHandler = _refuse
    with package.open(name) as stream:
        try:
            while piece := stream.read(_PIECE_BYTES):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise UnreadableError("broken_file") from error


def _refuse(*_: object) -> None:
    raise UnreadableError("entities")


def _local(name: str) -> str:
    space, _, local = name.rpartition(" ")
    # A slide has two ids, and only the namespace tells which one is the relation.
    return f"relation {local}" if space.endswith("/relationships") and local == "id" else local


def _locals(attributes: Attributes) -> Attributes:
    return {_local(name): value for name, value in attributes.items()}
