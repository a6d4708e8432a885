"""The few words around a match. Pure."""

import re

from chat.search.words import any_of

# Together they fill two lines of the narrow sidebar.
BEFORE_CHARS = 28
AFTER_CHARS = 120
# A cut is moved to a blank at most this far; text without blanks (Chinese, a long address) is cut anywhere.
EDGE_CHARS = 16

# Markdown's signs and the targets of links, which only disturb in two lines. Both patterns are linear for any text: no
# part of them matches what the next part begins with, or crosses a line.
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300}+)\]\([^()\[\]\s]{0,2000}+\)")
_SIGNS = re.compile(r"[*`#>|~]++|^[^\S\n]*+[-+]\s(?:\[[ x]\]\s)?|:?-{2,}+:?", re.MULTILINE)

Snippet = list[tuple[str, bool]]


def snippet(text: str, words: list[str]) -> Snippet:
    """The extract of `text` that shows the words best, in pieces: (piece, whether it is one of the words).

    Blanks and line breaks become one space. A word that stands alone is preferred to one within another word.
    """
    shown = _SIGNS.sub(" ", _LINK.sub(r"\1", text))
    # A search for the signs themselves shows them.
    text = shown if any_of(words).search(shown) else text
    match = any_of(words, whole=True).search(text) or any_of(words).search(text)
    place = match.start() if match else 0
    begin, end = max(0, place - BEFORE_CHARS), min(len(text), place + AFTER_CHARS)
    begin, end = _after_blank(text, begin, place), _before_blank(text, end)
    pieces = marked(" ".join(text[begin:end].split()), words)
    if begin > 0:
        pieces.insert(0, ("… ", False))
    if end < len(text.rstrip()):
        pieces.append((" …", False))
    return _joined(pieces)


def marked(text: str, words: list[str]) -> Snippet:
    """The whole of `text`, in pieces."""
    pieces: Snippet = []
    at = 0
    for match in any_of([" ".join(word.split()) for word in words]).finditer(text):
        pieces += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    return _joined([*pieces, (text[at:], False)])


def _after_blank(text: str, begin: int, place: int) -> int:
    if begin == 0 or text[begin - 1].isspace():
        return begin
    for at in range(begin, min(begin + EDGE_CHARS, place)):
        if text[at].isspace():
            return at + 1
    return begin


def _before_blank(text: str, end: int) -> int:
    if end == len(text) or text[end].isspace():
        return end
    for at in range(end, max(end - EDGE_CHARS, 0), -1):
        if text[at - 1].isspace():
            return at - 1
    return end


def _joined(pieces: Snippet) -> Snippet:
    joined: Snippet = []
    for text, is_match in pieces:
        if joined and joined[-1][1] == is_match:
            joined[-1] = (joined[-1][0] + text, is_match)
        elif text:
            joined.append((text, is_match))
    return joined
