"""Reasoning that some models write into the answer itself, between <think> and </think>.

Only tags at the very beginning of an answer count: later ones are somebody talking about tags. Pure.
"""

from .events import Reasoning, Text

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkTags:
    """Tells text from reasoning for one answer, with tags split anywhere. feed() and end() -> events."""

    def __init__(self) -> None:
        self.plain = False  # from here on everything is text: the caller need not ask any more
        self._inside = False
        self._held = ""

    def feed(self, text: str) -> list[Text | Reasoning]:
        """The events for this piece of content; what may be half a tag is held back."""
        if self.plain:
            return [Text(text)] if text else []
        text = self._held + text
        self._held = ""
        return self._close(text) if self._inside else self._open(text)

    def end(self) -> list[Text | Reasoning]:
        """What was held back, now that no more comes."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [Reasoning(held)] if self._inside else [Text(held)]

    def _open(self, text: str) -> list[Text | Reasoning]:
        start = text.lstrip()
        if start.startswith(_OPEN):
            self._inside = True
            return self._close(start[len(_OPEN) :])
        if _OPEN.startswith(start) and len(text) <= 100:  # blanks are held back, but not for ever
            self._held = text
            return []
        self.plain = True
        return [Text(text)] if text else []

    def _close(self, text: str) -> list[Text | Reasoning]:
        reasoning, tag, rest = text.partition(_CLOSE)
        if tag:
            self.plain = True
            events: list[Text | Reasoning] = [Reasoning(reasoning)] if reasoning else []
            return [*events, Text(rest)] if rest else events
        keep = _half_tag_at_end(text)
        self._held = text[len(text) - keep :]
        reasoning = text[: len(text) - keep]
        return [Reasoning(reasoning)] if reasoning else []


def _half_tag_at_end(text: str) -> int:
    for length in range(min(len(_CLOSE) - 1, len(text)), 0, -1):
        if text.endswith(_CLOSE[:length]):
            return length
    return 0
