"""Decodes bytes into events, and adds the events up to what a reader would have in the end."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from chat.upstreams import FORMATS, sse
from chat.upstreams.events import (
    Event,
    Finish,
    Reasoning,
    ReasoningSignature,
    RedactedReasoning,
    Refusal,
    Text,
    TextWasReasoning,
    ToolCallDelta,
    Usage,
    UsageReport,
)


@dataclass
class Result:
    """The sum of an answer's events."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    signature: str = ""
    redacted: list[str] = field(default_factory=list)
    tools: dict[str, dict[str, str]] = field(default_factory=dict)
    extra: list[object] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    finish: list[Finish] = field(default_factory=list)

    def calls(self) -> list[tuple[str, str]]:
        """(name, arguments) of each tool call."""
        return [(call["name"], call["arguments"]) for call in self.tools.values()]


def total(events: Iterable[Event]) -> Result:
    """The sum of these events."""
    result = Result()
    for event in events:
        match event:
            case Text(text=text):
                result.text += text
            case Reasoning(text=text):
                result.reasoning += text
            case TextWasReasoning():
                result.reasoning, result.text = result.reasoning + result.text, ""
            case Refusal(text=text):
                result.refusal += text
            case ReasoningSignature(signature=signature):
                result.signature = signature
            case RedactedReasoning(data=data):
                result.redacted.append(data)
            case ToolCallDelta():
                call = result.tools.setdefault(event.key, {"id": "", "name": "", "arguments": ""})
                call["id"] = event.id or call["id"]
                call["name"] = event.name or call["name"]
                call["arguments"] += event.arguments
                if event.extra:
                    result.extra.append(event.extra)
            case UsageReport(usage=usage):
                result.usage = usage
            case Finish():
                result.finish.append(event)
    return result


def decode(format_name: str, pieces: Iterable[bytes]) -> Result:
    """A whole stream that arrives in these pieces. Raises UpstreamError."""
    return total(events_of(format_name, pieces))


def events_of(format_name: str, pieces: Iterable[bytes]) -> list[Event]:
    """Its events. Raises UpstreamError."""
    lines, decoder = sse.Decoder(), FORMATS[format_name].Decoder("Test")
    events: list[Event] = []
    for piece in pieces:
        for event in lines.feed(piece):
            events += decoder.feed(event)
    for event in lines.flush():
        events += decoder.feed(event)
    events += decoder.end()
    return events


def cut_at(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The data cut at these places."""
    marks = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(marks)]
