"""The names that people give to things: one line with at least one visible letter."""

import unicodedata

# Letters by their class that show nothing: Hangul fillers and the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def cleaned_name(text: str) -> str:
    """The name as it is stored: blanks and line breaks become one blank each; "" if none of its letters can be seen."""
    name = " ".join(text.split())
    return name if any(_is_seen(letter) for letter in name) else ""


def _is_seen(letter: str) -> bool:
    # Others (zero width, turning marks), separators, and marks that stand on a letter which is not there.
    return unicodedata.category(letter)[0] not in "CZM" and letter not in _BLANK
