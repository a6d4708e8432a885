"""The words of a query, as they are written: without wildcards and operators. Pure."""

import re

from chat.text import clean

# Enough for a sentence; SQLite refuses patterns over 50,000 bytes, and each word costs a pass.
LONGEST_WORD_CHARS = 200
MOST_WORDS = 8
MOST_CHARS = 2000
# A trigram index cannot look up shorter words.
SHORTEST_INDEXED_CHARS = 3
# Only double quotes keep words together: the apostrophe is part of "don't".
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
    """A pattern that finds each of the words, longer ones first; with `whole`, not within longer words."""
    alternatives = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if whole else alternatives, re.IGNORECASE)


def escaped(word: str) -> str:
    """The word as a pattern for LIKE, between wildcards; the escape character is the backslash."""
    return "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def spellings(word: str) -> set[str]:
    """The word in the usual cases, for a database that folds the case of ASCII only."""
    return {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
