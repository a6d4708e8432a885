"""Conversations and answers as files: Markdown, Word, Excel. Text in, bytes out; nothing here knows who asks.

Markdown is read by the library whose JavaScript twin the page uses; formulas stay the source that the model wrote.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from chat.review.export import harmless

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

FORMULAS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
# Word's own limit is nine levels; deeper lists are shown at the last of the three that its template has.
LIST_LEVELS = 3
# What XML 1.0 cannot hold, which would make a file that Word refuses.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel's own limits.
MOST_SHEET_NAME_CHARS = 31
MOST_CELL_CHARS = 32_767
MOST_ROWS = 1_048_576


@dataclass(frozen=True, slots=True)
class Piece:
    """What one message gives to a file: who wrote it, when (in words), the names of its files, and its Markdown."""

    author: str
    when: str
    files: tuple[str, ...]
    text: str


def as_markdown(title: str, pieces: list[Piece]) -> str:
    """A conversation as one Markdown file; a single answer is its own text."""
    if len(pieces) == 1 and not title:
        return pieces[0].text + "\n"
    told = [f"# {title}\n"] if title else []
    for piece in pieces:
        files = "".join(f"- {name}\n" for name in piece.files)
        blocks = [f"**{piece.author}** · {piece.when}", files.rstrip(), piece.text]
        told.append("\n\n".join(filter(None, blocks)) + "\n")
    return "\n---\n\n".join(told)


def as_word(title: str, pieces: list[Piece]) -> bytes:
    """The same as a .docx file."""
    import docx

    document = docx.Document()
    document.core_properties.title = _clean(title)[:255]
    document.core_properties.author = ""
    if title:
        document.add_heading(_clean(title), 0)
    for piece in pieces:
        if title:
            document.add_heading(_clean(f"{piece.author} · {piece.when}"), 3)
        for name in piece.files:
            document.add_paragraph(_clean(name), style="List Bullet")
        _Word(document).write(_parser().parse(piece.text))
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_excel(text: str) -> bytes | None:
    """Every table of a Markdown text on a sheet of its own, as an .xlsx file; None where there is none.

    No cell is a formula or a link, whatever it looks like; plain numbers are numbers.
    """
    import xlsxwriter

    tables = list(tables_of(text))
    if not tables:
        return None
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        for number, rows in enumerate(tables, 1):
            sheet = book.add_worksheet(str(number)[:MOST_SHEET_NAME_CHARS])
            for at, row in enumerate(rows[:MOST_ROWS]):
                for column, cell in enumerate(row):
                    _write_cell(sheet, at, column, cell, bold if at == 0 else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return file.getvalue()


def tables_of(text: str) -> Iterator[list[list[str]]]:
    """The cells of each table of a Markdown text, as plain text, row by row."""
    rows: list[list[str]] = []
    for token in _parser().parse(text):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "inline" if token.meta.get("cell"):
                rows[-1].append(_plain(token))
            case "table_close":
                yield rows
                rows = []


NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")


def _write_cell(sheet: Any, row: int, column: int, cell: str, style: Any) -> None:
    if NUMBER.fullmatch(cell) and not (cell.lstrip("-").startswith("0") and len(cell) > 1 and "." not in cell):
        sheet.write_number(row, column, float(cell), style)
    else:
        sheet.write_string(row, column, _clean(str(harmless(cell)))[:MOST_CELL_CHARS], style)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.core.ruler.push("cells", _mark_cells)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    """Formulas are text as they stand, before their backslashes and underscores are read as Markdown."""
    opener = state.src[state.pos : state.pos + 2]
    closer = FORMULAS.get(opener)
    end = state.src.find(closer, state.pos + 2) if closer else -1
    if closer is None or end < 0 or end > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = state.src[state.pos : end + 2]
    state.pos = end + 2
    return True


def _mark_cells(state: Any) -> None:
    inside = False
    for token in state.tokens:
        if token.type in ("th_open", "td_open", "th_close", "td_close"):
            inside = token.nesting == 1
        elif token.type == "inline" and inside:
            token.meta["cell"] = True


def _plain(token: Token) -> str:
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    text = "".join(breaks.get(child.type, child.content) for child in token.children or [])
    return re.sub(r"<br\s*/?>", "\n", text).strip()


def _clean(text: str) -> str:
    return NO_XML.sub("\ufffd", text)


class _Word:
    """Writes the tokens of a Markdown text to a document, block after block."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lists: list[str] = []
        self._quotes = 0
        self._heading = 0
        self._is_first = False

    def write(self, tokens: list[Token]) -> None:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
                self._table(tokens[at:end])
                at = end
            else:
                self._block(token)
            at += 1

    def _block(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._lists.append("List Bullet")
            case "ordered_list_open":
                self._lists.append("List Number")
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._is_first = True
            case "blockquote_open" | "blockquote_close":
                self._quotes += token.nesting
            case "heading_open" | "heading_close":
                self._heading = int(token.tag[1]) if token.nesting == 1 else 0
            case "inline":
                self._inline(self._paragraph(), token.children or [])
            case "fence" | "code_block":
                run = self._document.add_paragraph(style="No Spacing").add_run(_clean(token.content.rstrip("\n")))
                run.font.name = "Consolas"
            case "hr":
                self._document.add_paragraph("⁂").alignment = 1  # type: ignore[assignment]  # WD_ALIGN_PARAGRAPH.CENTER

    def _paragraph(self) -> Paragraph:
        paragraph: Paragraph
        if self._heading:
            paragraph = self._document.add_heading("", min(self._heading, 6))
            return paragraph
        if not self._lists:
            paragraph = self._document.add_paragraph(style="Quote" if self._quotes else None)
            return paragraph
        level = min(len(self._lists), LIST_LEVELS)
        # The second paragraph of an item has no mark of its own.
        style = self._lists[-1] if self._is_first else "List Continue"
        self._is_first = False
        paragraph = self._document.add_paragraph(style=style if level == 1 else f"{style} {level}")
        return paragraph

    def _inline(self, paragraph: Paragraph, children: list[Token]) -> None:
        marks = {"strong": 0, "em": 0, "s": 0}
        address = ""
        for child in children:
            name = child.type.removesuffix("_open").removesuffix("_close")
            if name in marks:
                marks[name] += child.nesting
            elif child.type == "link_open":
                address = str(child.attrGet("href") or "")
            elif child.type == "link_close":
                # Written out, so that it is there on paper, too, and nobody is led elsewhere than they read.
                paragraph.add_run(_clean(f" ({address})")) if address not in paragraph.text else None
            elif child.type in ("softbreak", "hardbreak"):
                paragraph.add_run(" ") if child.type == "softbreak" else paragraph.add_run().add_break()
            elif child.content:
                run = paragraph.add_run(_clean(child.content))
                run.bold, run.italic = marks["strong"] > 0, marks["em"] > 0
                run.font.strike = marks["s"] > 0
                if child.type == "code_inline":
                    run.font.name = "Consolas"
                elif child.type == "formula":
                    run.font.name = "Cambria Math"

    def _table(self, tokens: list[Token]) -> None:
        rows: list[list[list[Token]]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline" and rows:
                rows[-1].append(token.children or [])
        table = self._document.add_table(len(rows), max((len(row) for row in rows), default=1), style="Table Grid")
        for at, row in enumerate(rows):
            for column, children in enumerate(row):
                paragraph = table.cell(at, column).paragraphs[0]
                self._inline(paragraph, children)
                for run in paragraph.runs if at == 0 else []:
                    run.bold = True
        self._document.add_paragraph()
