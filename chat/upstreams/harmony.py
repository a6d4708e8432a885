"""The raw tokens of OpenAI's open models ("harmony"), where a server passes them on undecoded. Pure.

    <|start|>assistant<|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…<|return|>

Between a channel's name and its message stands whom a message is for: `to=functions.NAME` is a tool call. What is for
nobody is text, except in the channel "analysis". Source: the format's description by its authors, openai/harmony.
"""

import re

from .events import Event, Reasoning, Text
from .tool_calls import ToolCalls

STARTS = ("<|channel|>", "<|start|>")
_TOKEN = re.compile(r"<\|(start|channel|message|constrain|end|return|call)\|>")
_LONGEST_TOKEN = len("<|constrain|>")
_RECIPIENT = re.compile(r"to=(?:functions\.)?([\w.-]{1,200})")
# A header is a few words.
_MAX_HEADER_CHARS = 1000


class Harmony:
    """Decodes one answer; feed() and end() -> events."""

    def __init__(self, tools: ToolCalls) -> None:
        self._tools = tools
        self._held = ""
        self._header: str | None = None  # while one is read
        self._channel = ""
        self._name = ""
        self._calls = 0

    def feed(self, text: str) -> list[Event]:
        """The events for this piece; what may be half a token is held back."""
        text, self._held = self._held + text, ""
        events: list[Event] = []
        at = 0
        for token in _TOKEN.finditer(text):
            self._say(text[at : token.start()], events)
            self._take(token[1])
            at = token.end()
        rest = text[at:]
        half = rest.rfind("<", max(0, len(rest) - _LONGEST_TOKEN + 1))
        if half >= 0 and _may_be_token(rest[half:]):
            rest, self._held = rest[:half], rest[half:]
        self._say(rest, events)
        return events

    def end(self) -> list[Event]:
        """What was held back, now that no more comes."""
        held, self._held = self._held, ""
        events: list[Event] = []
        self._say(held, events)
        return events

    def _take(self, token: str) -> None:
        match token:
            case "start":
                self._header = ""
            case "channel" | "constrain":
                self._header = f"{self._header or ''} <{token}> "
            case "message":
                header, self._header = self._header or "", None
                channel = header.partition("<channel>")[2].split()
                recipient = _RECIPIENT.search(header)
                self._channel = channel[0] if channel else "final"
                self._name = recipient[1] if recipient else ""
                self._calls += 1
            case _:
                self._header = ""

    def _say(self, text: str, events: list[Event]) -> None:
        if not text:
            return
        if self._header is not None:
            self._header = (self._header + text)[:_MAX_HEADER_CHARS]
        elif self._name:
            # An index of its own for each: two calls of one tool have no id that tells them apart.
            events += self._tools.piece(-self._calls, None, self._name, text)
        elif self._channel == "analysis":
            events.append(Reasoning(text))
        else:
            events.append(Text(text))


def _may_be_token(text: str) -> bool:
    return any(
        f"<|{name}|>".startswith(text) for name in ("start", "channel", "message", "constrain", "end", "return", "call")
    )
