"""HTML -> tags and text, in one pass. Not html.parser: 200 KB of `<a <a <a` took that more than two minutes (CPython 3.11).

Every search either finds something, and goes on behind it, or ends the page: so its cost grows with its length alone. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal

Token = tuple[Literal["text", "open", "close"], str]

# Between them is text only, whatever it looks like (HTML, section 13.2.5: raw text).
_RAW = frozenset({"script", "style", "textarea", "xmp", "iframe", "noembed", "noframes", "title"})
_NAME = re.compile(r"/?[a-zA-Z][^\s/>]*+")
# To the end of a tag: a ">" in a quoted value does not end it.
_REST = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")


def tokens(html: str) -> Iterator[Token]:
    """Text without its character references, and the names of tags, in lower case; what is never closed ends the page."""
    at = text_from = 0
    while (at := html.find("<", at)) >= 0:
        name = _NAME.match(html, at + 1)
        if name is None and html[at + 1 : at + 2] not in ("!", "?", "/"):
            at += 1
            continue
        yield from _text(html[text_from:at])
        end = _end(html, at, name)
        if end < 0:
            return
        at = text_from = end
        if name is None:
            continue
        tag = name[0].lower()
        yield ("close", tag[1:]) if tag.startswith("/") else ("open", tag)
        if html[end - 2] == "/":
            yield "close", tag
        elif tag in _RAW:
            closing = re.compile(f"</{tag}(?=[\\s/>])", re.IGNORECASE).search(html, at)
            if closing is None:
                return
            if tag == "title":
                yield from _text(html[at : closing.start()])
            at = text_from = closing.start()
    yield from _text(html[text_from:])


def _end(html: str, at: int, name: re.Match[str] | None) -> int:
    """The place behind the tag or comment that begins at `at`; -1 where it has no end."""
    if name is not None:
        rest = _REST.match(html, name.end())
        return rest.end() if rest else -1
    close = "-->" if html.startswith("<!--", at) else ">"
    found = html.find(close, at + 2)
    return found + len(close) if found >= 0 else -1


def _text(text: str) -> Iterator[Token]:
    if text:
        try:
            yield "text", unescape(text)
        except ValueError:  # a reference of more digits than Python reads
            yield "text", text
