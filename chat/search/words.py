"""What a query asks for: words as they are written, without wildcards and operators. Pure."""

from __future__ import annotations

import re

from chat.text import clean

# A search of one sentence is a search; SQLite refuses patterns over 50,000 bytes, and each word costs a pass.
LONGEST_WORD_CHARS = 200
MOST_WORDS = 8
MOST_CHARS = 2000
# What a trigram index can look up.
SHORTEST_INDEXED_CHARS = 3
# Only double quotes hold words together: an apostrophe is a letter of "don't".
_WORD = re.compile(r'"([^"]*)"|“([^”]*)”|„([^“”]*)[“”]|«([^»]*)»|(\S+)')


def words_of(query: str) -> list[str]:
    """The words of a query, quoted ones together; at most MOST_WORDS of at most LONGEST_WORD_CHARS, each once."""
    words: dict[str, None] = {}
    for match in _WORD.finditer(clean(query[:MOST_CHARS]).replace("\ufffd", " ")):
        word = next(group for group in match.groups() if group is not None).strip()[:LONGEST_WORD_CHARS]
        if word:
            words.setdefault(word)
        if len(words) == MOST_WORDS:
            break
    return list(words)


def is_indexed(word: str) -> bool:
    """Whether a trigram index can look the word up."""
    return len(word) >= SHORTEST_INDEXED_CHARS


def holds(text: str, words: list[str]) -> bool:
    """Whether every word occurs in `text`, in any case."""
    lower = text.lower()
    return all(word.lower() in lower for word in words)


def any_of(words: list[str], *, whole: bool = False) -> re.Pattern[str]:
    """Finds each place of one of the words, longer ones first; with `whole`, not inside of longer words."""
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if whole else alternatives, re.IGNORECASE)


def escaped(word: str) -> str:
    """The word for LIKE with the escape character backslash, between wildcards."""
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def spellings(word: str) -> set[str]:
    """The word in the cases that people write, for a database that knows the cases of ASCII alone."""
    return {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
