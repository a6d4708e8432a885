"""Text that every room handles alike: what the database can store, names, a span of time, sentences to be translated."""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
# Letters by their class that show nothing: Hangul fillers and the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Written side by side in one name, also with Latin letters, and like none of these.
_EAST_ASIAN = frozenset(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC"))


def clean(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD: PostgreSQL takes no NUL, neither database a surrogate."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", text)


def clean_json(value: Any, levels: int = 40) -> Any:
    """A JSON value whose texts are clean, keys too; NaN, infinities and what lies deeper than `levels` become None."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no such number, and PostgreSQL refuses it
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return None
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(inner, levels - 1) for key, inner in value.items()}
    return [clean_json(inner, levels - 1) for inner in value]


def cleaned_name(text: str) -> str:
    """A name as it is stored: blanks and line breaks become one blank each; "" if none of its letters can be seen."""
    name = " ".join(text.split())
    return name if is_seen(name) else ""


def visible_name(text: str) -> str:
    """A person's name: one line, without letters that are drawn as nothing or turn others; "" if nothing is left."""
    return cleaned_name("".join(letter for letter in " ".join(text.split()) if not _is_unseen(letter)))


def is_of_one_script(name: str) -> bool:
    """Whether its letters are of one script, so that no Cyrillic "а" stands in a Latin name; East Asian ones may be mixed.

    A letter's script is the first word of its Unicode name, which holds for the letters of living languages.
    """
    scripts = {re.split("[ -]", unicodedata.name(letter, "?"), maxsplit=1)[0] for letter in name if letter.isalpha()}
    others = scripts - _EAST_ASIAN
    return len(others) <= (1 if others == scripts or others == {"LATIN"} else 0)


def has_unseen(text: str) -> bool:
    """Whether a letter of it is drawn as nothing, or turns the direction of others: text can hide in such letters."""
    return not text.isascii() and any(_is_unseen(letter) for letter in text)


def is_seen(text: str) -> bool:
    """Whether any of its letters can be seen, by itself."""
    # Controls, separators, and marks that stand on a letter which is not there.
    return any(
        not (_is_control(letter) or unicodedata.category(letter)[0] in "ZM" or letter in _BLANK) for letter in text
    )


def _is_unseen(letter: str) -> bool:
    is_selector = (
        "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef" or "\u180b" <= letter <= "\u180f"
    )
    return _is_control(letter) or letter in _BLANK or letter in "\u2028\u2029\u034f" or is_selector


def _is_control(letter: str) -> bool:
    """Whether it is a control, zero width or a turning mark, or half of a letter.

    Not everything unassigned: Python's tables are older than some emoji. Unicode draws the rest of its block of tags as nothing.
    """
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs") or "\U000e0000" <= letter <= "\U000e0fff"


def _english(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


def span(seconds: float, ngettext: Callable[[str, str, int], str] = _english) -> str:
    """A span of time in words, "3 minutes": in English, or in the language of the `ngettext` that is given."""
    if seconds >= 86400:
        number = round(seconds / 86400)
        return ngettext("{count} day", "{count} days", number).format(count=number)
    if seconds >= 3600:
        number = round(seconds / 3600)
        return ngettext("{count} hour", "{count} hours", number).format(count=number)
    if seconds >= 60:
        number = round(seconds / 60)
        return ngettext("{count} minute", "{count} minutes", number).format(count=number)
    return ngettext("{count} second", "{count} seconds", round(seconds)).format(count=round(seconds))


def phrase(sentence: str) -> str:
    """Marks a sentence for bin/messages that is translated later, where its reader's language is known."""
    return sentence
