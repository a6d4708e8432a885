"""What an upstream said, in our own words: the values that every decoder gives and nobody else makes.

Knows nothing of wire formats, transcripts or storage. All values are frozen.
"""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from .given import GivenFile, Source

# "unstated": the server said that the answer is over, and not why. "pause": it waits to be asked to go on. "unknown": its reason
# is none that we know, so that the answer may have been cut.
FinishReason = Literal[
    "stop", "length", "tool_calls", "content_filter", "refusal", "error", "unstated", "pause", "unknown"
]
PhaseName = Literal["connecting", "waiting", "retrying"]


class Text(msgspec.Struct, frozen=True, gc=False):
    """New text of the answer."""

    text: str


class Reasoning(msgspec.Struct, frozen=True, gc=False):
    """New text of the model's reasoning."""

    text: str


class TextWasReasoning(msgspec.Struct, frozen=True, gc=False):
    """All text of this request's answer so far was reasoning: only its end is marked in what some models say."""


class ReasoningSignature(msgspec.Struct, frozen=True, gc=False):
    """The provider's signature of the reasoning block so far: replaces an earlier one, and ends the block."""

    signature: str


class RedactedReasoning(msgspec.Struct, frozen=True, gc=False):
    """A whole reasoning block that only the provider can read; goes back to it unchanged."""

    data: str


class ReasoningDetails(msgspec.Struct, frozen=True):
    """What goes back to the author of the reasoning of this answer, unchanged, beside its text."""

    details: list[dict[str, Any]]


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """New text in which the model says why it will not answer."""

    text: str


class ToolCallDelta(msgspec.Struct, frozen=True):
    """A piece of a tool call.

    `key` is stable for one call inside one answer. `id` and `name` are set when they became known with this piece (the
    latest wins, never joined to earlier ones); `arguments` is the new piece of JSON text; `extra` goes back to the
    provider unchanged.
    """

    key: str
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    extra: dict[str, Any] | None = None


class ProviderCall(msgspec.Struct, frozen=True, gc=False):
    """A tool that the provider itself runs: its name with the first event of a call, then pieces of its arguments."""

    id: str
    name: str = ""
    arguments: str = ""


class ProviderResult(msgspec.Struct, frozen=True):
    """What the provider's tool gave, as far as it is shown."""

    id: str
    text: str
    is_error: bool = False
    links: tuple[Source, ...] = ()


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Token counts; None where the upstream did not say.

    `input_tokens` includes `cached_input_tokens` and `cache_write_input_tokens`, `output_tokens` includes
    `reasoning_tokens`, whatever the format.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_input_tokens: int | None = None


class UsageReport(msgspec.Struct, frozen=True):
    """The usage so far: replaces the one before, is never added to it."""

    usage: Usage


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who answers, as far as it is known: the provider's request id and the model it says it used."""

    request_id: str | None = None
    model: str | None = None


class Finish(msgspec.Struct, frozen=True, gc=False):
    """The model ended its answer: our word for the reason, and the upstream's own."""

    reason: FinishReason
    raw: str


class Phase(msgspec.Struct, frozen=True, gc=False):
    """What the client is doing before the first word; `wait_seconds` and `why` belong to "retrying"."""

    name: PhaseName
    attempt: int
    of: int
    wait_seconds: float = 0.0
    why: str = ""


Event = (
    Text
    | Reasoning
    | TextWasReasoning
    | ReasoningSignature
    | RedactedReasoning
    | ReasoningDetails
    | Refusal
    | ToolCallDelta
    | ProviderCall
    | ProviderResult
    | GivenFile
    | Source
    | UsageReport
    | Identity
    | Finish
    | Phase
)

# What a person can see, or what ends the answer: after the first of these a request is never sent again by itself.
CONTENT = (
    *(Text, Reasoning, ReasoningSignature, RedactedReasoning, Refusal, ToolCallDelta, ProviderCall, ProviderResult),
    *(GivenFile, Source, Finish),
)


def joined(events: Iterable[Event]) -> list[Event]:
    """The same in fewer events: neighbouring pieces of text, or of reasoning, become one."""
    found: list[Event] = []
    pieces: list[str] = []
    kind: type[Text] | type[Reasoning] | None = None
    for event in events:
        if kind is not None and type(event) is kind:
            pieces.append(event.text)
            continue
        if kind is not None and len(pieces) > 1:
            found[-1] = kind("".join(pieces))
        kind = type(event) if isinstance(event, Text | Reasoning) else None
        pieces = [event.text] if isinstance(event, Text | Reasoning) else []
        found.append(event)
    if kind is not None and len(pieces) > 1:
        found[-1] = kind("".join(pieces))
    return found
