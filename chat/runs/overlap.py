"""Cuts what a continued answer repeats of the text before it. Pure.

A model that is asked to go on often begins by saying its last words again, or all of them. A short coincidence must
never cost a character, so only a repetition of some length counts.
"""

# Shorter matches happen by chance (" the", "\n\n"); not measured, only prudent:
# losing a word is worse than repeating one.
MIN_OVERLAP_CHARS = 12


class OverlapCutter:
    """Feed it the continuation as it comes; it gives back what is new.

    `before` is the text so far. Text is held back only while it still is a passage of `before`, so a continuation that
    repeats nothing passes after its first few characters. A model that was sent `before` as a prefilled answer repeats
    nothing except the blanks at its end, because they were not sent.
    """

    def __init__(self, before: str, *, is_prefilled: bool = False) -> None:
        is_blank = not before.strip()
        self._before = before
        self._blanks = before[len(before.rstrip()) :] if is_prefilled or is_blank else ""
        # What is held back is a passage of `before`: where it first occurs, and its length.
        self._at = self._held_chars = 0
        self._is_settled = is_prefilled or is_blank

    def feed(self, text: str) -> str:
        """More of the continuation; returns what can be shown now."""
        if self._is_settled:
            return self._without_blanks(text) if self._blanks else text
        if self._before.startswith(text, self._at + self._held_chars):
            self._held_chars += len(text)
            return ""
        held = self._held() + text
        at = self._before.find(held, self._at + 1)
        if at < 0:
            return self._settle(held)
        self._at, self._held_chars = at, len(held)
        return ""

    def end(self) -> str:
        """The continuation is over: what is new in the text held back."""
        return self._settle(self._held())

    def _held(self) -> str:
        return self._before[self._at : self._at + self._held_chars]

    def _settle(self, held: str) -> str:
        self._is_settled, self._held_chars = True, 0
        return held[overlap_chars(self._before, held) :]

    def _without_blanks(self, text: str) -> str:
        same = 0
        while same < min(len(self._blanks), len(text)) and self._blanks[same] == text[same]:
            same += 1
        self._blanks = self._blanks[same:] if same == len(text) else ""
        return text[same:]


def overlap_chars(before: str, after: str) -> int:
    """How many characters at the end of `before` are the beginning of `after`; 0 for less than MIN_OVERLAP_CHARS.

    Linear in time: the failure function of Knuth, Morris and Pratt, over no more than can overlap.
    """
    start = before.find(after[:MIN_OVERLAP_CHARS], max(0, len(before) - len(after)))
    if start < 0 or len(after) < MIN_OVERLAP_CHARS:
        return 0
    ending = before[start:]
    beginning = after[: len(ending)]
    borders = [0] * len(beginning)
    same = 0
    for index in range(1, len(beginning)):
        same = borders[index] = _longer(beginning, borders, same, beginning[index])
    same = 0
    for char in ending:
        same = _longer(beginning, borders, same, char)
    return same if same >= MIN_OVERLAP_CHARS else 0


def _longer(beginning: str, borders: list[int], same: int, char: str) -> int:
    """How many characters of `beginning` match after one more character, when `same` did before it."""
    while same and beginning[same] != char:
        same = borders[same - 1]
    return same + (beginning[same] == char)
