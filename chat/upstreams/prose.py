"""Reasoning and calls that models write into the answer itself, between tags or the tokens of a template. Pure.

Tags count at the very beginning of an answer; later ones are somebody talking about tags. The one exception is a `</think>`
without its opening, which many templates put into the prompt.
"""

from collections.abc import Callable

from .events import Event, Reasoning, Text, TextWasReasoning
from .harmony import STARTS, Harmony
from .tool_calls import ToolCalls

# Qwen, DeepSeek and most others; Mistral; Gemini's compatible endpoint; Seed; Kimi; Command A.
_TAGS = {
    "<think>": "</think>",
    "[THINK]": "[/THINK]",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "◁think▷": "◁/think▷",
    "<|START_THINKING|>": "<|END_THINKING|>",
}
_BARE = "</think>"
_OPENINGS = (*_TAGS, *STARTS)
# How templates end a turn: at the end of an answer it is no word of the model's.
_ENDS = (
    *("<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "<|end|>", "<end_of_turn>"),
    *("<|END_OF_TURN_TOKEN|>", "<｜end▁of▁sentence｜>"),
)
_LONGEST = max(map(len, (*_TAGS.values(), *_ENDS)))
# Longer than any model thinks; so much text is kept to look at when a bare tag comes.
_MAX_BARE_CHARS = 1 << 19
# Beside one of these a tag is talked about.
_QUOTES = "`'\"“”‘’«»„\\"
_STOPS = _QUOTES + ".,;:!?)"


class Prose:
    """Tells text from reasoning for one answer, with tags split anywhere. feed() and end() -> events."""

    def __init__(self, tools: ToolCalls) -> None:
        self._held = ""
        self._state: Callable[[str], list[Event]] = self._open
        self._closing = ""
        self._is_open = False  # no tag has to close before text can come
        self._listens = False  # for a bare tag
        self._said: list[str] = []  # the text so far, while a bare tag may come
        self._said_chars = 0
        self._harmony = Harmony(tools)

    def passes(self, text: str) -> bool:
        """Whether this piece is text and nothing else; then it need not be fed. Asked for every token."""
        if self._held or not self._is_open or "<" in text:
            return False
        if self._listens:
            self._said.append(text)
            self._said_chars += len(text)
            if self._said_chars > _MAX_BARE_CHARS:
                self._forget()
        return True

    def feed(self, text: str) -> list[Event]:
        """The events for this piece of content; what may be half a tag is held back."""
        text, self._held = self._held + text, ""
        return self._state(text)

    def end(self) -> list[Event]:
        """What was held back, now that no more comes, or something else comes first."""
        held, self._held = self._held, ""
        if self._state == self._harmony.feed:
            return self._harmony.end()
        if not held or (held in _ENDS and self._state != self._reason):
            return []
        if self._state == self._reason:
            return [Reasoning(held)]
        return self._bare(held, is_over=True) if self._state == self._bare else [Text(held)]

    def _open(self, text: str) -> list[Event]:
        start = text.lstrip()
        for opening, closing in _TAGS.items():
            if start.startswith(opening):
                self._closing, self._state = closing, self._reason
                return self._reason(start[len(opening) :])
        if start.startswith(STARTS):
            self._state = self._harmony.feed
            return self._state(start)
        if len(text) <= 100 and any(opening.startswith(start) for opening in _OPENINGS):  # not for ever
            self._held = text
            return []
        self._state = self._bare
        self._is_open = self._listens = True
        return self._bare(text)

    def _reason(self, text: str) -> list[Event]:
        reasoning, tag, rest = text.partition(self._closing)
        if tag:
            self._state = self._answer
            self._is_open = True
            return [*_some(Reasoning(reasoning)), *self._answer(rest)]
        reasoning = text[: len(text) - _half_at_end(text, (self._closing,))]
        self._held = text[len(reasoning) :]
        return _some(Reasoning(reasoning))

    def _answer(self, text: str) -> list[Event]:
        """Text in which no tag counts any more."""
        kept = _half_at_end(text, _ENDS) if "<" in text else 0
        text, self._held = text[: len(text) - kept], text[len(text) - kept :]
        return _some(Text(text))

    def _bare(self, text: str, *, is_over: bool = False) -> list[Event]:
        """Text, unless a `</think>` follows it."""
        before, tag, after = text.partition(_BARE)
        if not tag:
            kept = 0 if is_over or "<" not in text else _half_at_end(text, (_BARE, *_ENDS))
            text, self._held = text[: len(text) - kept], text[len(text) - kept :]
            self._said.append(text)
            self._said_chars += len(text)
            if self._said_chars > _MAX_BARE_CHARS:
                self._forget()
            return _some(Text(text))
        if not after and not is_over:
            self._held = tag
            self._said.append(before)
            return _some(Text(before))
        said = "".join([*self._said, before])
        self._forget()
        if not _closes(said, after):
            return self._answer(text)
        return [*_some(Text(before)), *([TextWasReasoning()] if said.strip() else []), *self._answer(after)]

    def _forget(self) -> None:
        self._state = self._answer
        self._listens = False
        self._said.clear()


def _half_at_end(text: str, tags: tuple[str, ...]) -> int:
    """How many characters at the end of a text may be a tag's beginning, or a whole one that counts if nothing follows."""
    for length in range(min(_LONGEST, len(text)), 0, -1):
        end = text[len(text) - length :]
        if any(tag.startswith(end) for tag in tags):
            return length
    return 0


def _closes(before: str, after: str) -> bool:
    """Whether a tag between these ends what the model thought, rather than being talked about."""
    if "<think" in before or before.count("```") % 2:
        return False
    line = before[before.rfind("\n") + 1 :]
    if line.count("`") % 2:
        return False
    if not line.strip():
        return after[:1] not in tuple(_QUOTES)
    if line[-1] in _QUOTES or after[:1] in tuple(_STOPS):
        return False
    return not (line[-1].isspace() and after[:1] == " ")


def _some(*events: Text | Reasoning) -> list[Event]:
    return [event for event in events if event.text]
