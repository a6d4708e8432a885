"""Turns HTML into lines of text: headings, paragraphs, list items and links, without scripts, styles and menus. Pure."""

import re

from .html_tokens import tokens

_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "nav", "iframe", "object", "select", "head"})
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "footer", "aside", "ul", "ol", "li", "table", "tr", "pre"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "br", "hr", "dl", "dt", "dd", "figure", "form"}
)
# Deeper than any real page; a malicious one must not make the list of open tags grow without bound.
_MAX_SKIPPED = 100
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


class _Reader:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.title = ""
        self._skipping: list[str] = []
        self._in_title = False
        self._in_pre = 0

    def open(self, tag: str) -> None:
        if tag == "title" and not self.title:
            self._in_title = True
        # The body ends a head that was not closed.
        if tag == "body":
            self._skipping.clear()
        if tag in _SKIPPED and len(self._skipping) < _MAX_SKIPPED:
            self._skipping.append(tag)
        if self._skipping:
            return
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag in _HEADINGS:
            self.pieces.append("\n" + _HEADINGS[tag])
        elif tag == "li":
            self.pieces.append("- ")
        elif tag in ("td", "th"):
            self.pieces.append(" | ")
        self._in_pre += tag == "pre"

    def close(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"
        if self._skipping:
            while tag in self._skipping:
                self._skipping.pop()
            return
        if tag in _BLOCKS:
            self.pieces.append("\n")
        self._in_pre -= tag == "pre" and self._in_pre > 0

    def text(self, data: str) -> None:
        if self._in_title:
            self.title = data
        elif not self._skipping:
            self.pieces.append(data if self._in_pre else re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    """The text of a page, with its title first. Never raises, whatever the HTML is."""
    reader = _Reader()
    take = {"open": reader.open, "close": reader.close, "text": reader.text}
    for kind, what in tokens(html):
        take[kind](what)
    lines = [line.strip() for line in "".join(reader.pieces).split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    title = " ".join(reader.title.split())
    return f"{title}\n\n{text}".strip() if title and not text.startswith(f"# {title}") else text
