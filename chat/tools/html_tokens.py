"""Splits HTML into tags and text, in one pass. html.parser took over two minutes for 200 KB of `<a <a <a` (CPython 3.11).

Every search either finds something and continues after it, or ends the page, so the cost is linear in its length. Pure.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal

Token = tuple[Literal["text", "open", "close"], str]

# The content of these is text, whatever it looks like (HTML, section 13.2.5: raw text).
_RAW = frozenset({"script", "style", "textarea", "xmp", "iframe", "noembed", "noframes", "title"})
_NAME = re.compile(r"/?[a-zA-Z][^\s/>]*+")
# The rest of a tag; a ">" in a quoted value does not end it.
_REST = re.compile(r"""(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")


def tokens(html: str) -> Iterator[Token]:
    """Text with its character references decoded, and names of tags in lower case; an unclosed tag or comment ends the page."""
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
    """The offset after the tag or comment that begins at `at`; -1 if it has no end."""
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
        except ValueError:  # a character reference has more digits than Python parses
            yield "text", text
