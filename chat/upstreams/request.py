"""What goes up: the values that `encode` takes and gives."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

ReasoningEffort = Literal["low", "medium", "high"]
# How much a model may think, in tokens, for each effort: the least the Anthropic format takes is 1,024, and its guide to
# extended thinking calls more than 32,000 work for batches. The answer's own room comes on top.
THINKING_TOKENS = {"low": 2048, "medium": 8192, "high": 24_576}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a run asks of the model besides the conversation; None leaves it to the upstream.

    `tools`: False for none, or the names of those that are offered.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    system: str | None = None
    reasoning_effort: ReasoningEffort | None = None
    tools: bool | tuple[str, ...] | None = None


class ToolSpec(msgspec.Struct, frozen=True):
    """A tool as the model is told of it; `schema` is the JSON schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, Any]


class Request(msgspec.Struct, frozen=True):
    """One POST, ready to be sent; `headers` carry the key, so this is never logged, and repr() hides them.

    `tools`: our names of the tools that are offered, by those that the provider is given, in order. `holds`: what of it
    some models refuse (lessons.py).
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    tools: Mapping[str, str] = msgspec.field(default_factory=dict)
    holds: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Request(url={self.url!r}, {len(self.body)} bytes)"
