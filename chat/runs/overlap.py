"""Where a continued answer repeats what is there already, the repetition is cut. Pure.

A model that is asked to go on often begins by saying its last words again, or all of them. A short coincidence must
never cost a character, so only a repetition of some length counts.
"""

from __future__ import annotations

# Shorter matches happen by chance (" the", "\n\n"); measured on nothing but prudence: a lost word is worse than a double.
MIN_OVERLAP_CHARS = 12


class OverlapCutter:
    """Feed it the continuation as it comes; it gives back what is new.

    `before` is the text so far. Text is held back only while it still is a passage of `before`, so a continuation that
    repeats nothing passes after its first few characters. A model that was sent `before` as a prefilled answer repeats
    nothing; but it was sent without the blanks at its end, so those it says again.
    """

    def __init__(self, before: str, *, is_prefilled: bool = False) -> None:
        is_blank = not before.strip()
        self._before = before
        self._blanks = before[len(before.rstrip()) :] if is_prefilled or is_blank else ""
        self._held = ""
        self._is_settled = is_prefilled or is_blank

    def feed(self, text: str) -> str:
        """More of the continuation; returns what can be shown now."""
        if self._is_settled:
            return self._without_blanks(text) if self._blanks else text
        self._held += text
        if self._held in self._before:
            return ""
        return self.end()

    def end(self) -> str:
        """The continuation is over, or settled: what is new in the text held back."""
        held, self._held, self._is_settled = self._held, "", True
        return held[self._overlap(held) :]

    def _without_blanks(self, text: str) -> str:
        same = 0
        while same < min(len(self._blanks), len(text)) and self._blanks[same] == text[same]:
            same += 1
        self._blanks = self._blanks[same:] if same == len(text) else ""
        return text[same:]

    def _overlap(self, held: str) -> int:
        for length in range(min(len(held), len(self._before)), MIN_OVERLAP_CHARS - 1, -1):
            if self._before.endswith(held[:length]):
                return length
        return 0
