"""What differs between servers and between models, as data: the encoders read it, and nothing else branches on a name. Pure.

What holds for one model is put together from layers, the later one wins: the format, the model's name, its server (a
preset, then what an administrator set), and what the model's refusals have taught (lessons.py).
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

MaxTokensField = Literal["max_completion_tokens", "max_tokens"]
# How much to think: `reasoning_effort`; `reasoning: {effort}`; `thinking` switched on, with a budget of tokens, or adaptive
# with `output_config.effort`.
Effort = Literal["effort", "reasoning", "thinking", "budget", "adaptive", "none"]
# In which field an answer's reasoning goes back to its author, in the rounds that called tools.
ReasoningBack = Literal["none", "content", "details"]
KeyHeader = Literal["authorization", "x-api-key", "api-key", "x-portkey-api-key", "cf-aig-authorization"]


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """One model as the encoders see it; the defaults are those of the OpenAI format.

    `path`: where the API is on a host of which only the address was given. `left_out`: tools that it refuses, by name.
    `tool_ids`: "function" is Kimi's own shape of an id. `unsigned_calls`: what a call of another model carries in place
    of the signature that only this one's author gives. `prefill`: continues a partial answer that is the last turn.
    """

    tools: bool = True
    left_out: tuple[str, ...] = ()
    tool_ids: Literal["plain", "function"] = "plain"
    unsigned_calls: Mapping[str, Any] = msgspec.field(default_factory=dict)
    system: bool = True
    temperature: bool = True
    effort: Effort = "effort"
    reasoning_back: ReasoningBack = "none"
    max_tokens_field: MaxTokensField = "max_tokens"
    stream_options: bool = True
    pictures: bool = True
    prefill: bool = False
    key_header: KeyHeader = "authorization"
    path: str = ""


_BY_FORMAT: Mapping[str, Mapping[str, Any]] = {
    "anthropic": {"effort": "budget", "key_header": "x-api-key"},
}
# By what a name contains, because routers and local servers write things around it. All that match hold, in this order.
_BY_NAME: tuple[tuple[str, re.Pattern[str], Mapping[str, Any]], ...] = tuple(
    (wire_format, re.compile(pattern, re.IGNORECASE | re.VERBOSE), traits)
    for wire_format, pattern, traits in (
        # Claude 4.6 thinks adaptively, and from Opus 4.7 on only so (Amazon Bedrock's guide, "Adaptive thinking").
        ("anthropic", r"claude-(?:opus|sonnet|haiku|fable|mythos)-(?:4[-.][6-9]|[5-9]|\D)", {"effort": "adaptive"}),
        ("openai", r"(?:^|/) (?:o[1-9] (?!\d) | gpt-[5-9])", {"max_tokens_field": "max_completion_tokens"}),
        ("openai", r"o1-(?:mini|preview) | gemma-?[123](?!\d)", {"system": False}),  # no such role in their templates
        # A round with calls is refused without the thoughts that led to it (DeepSeek, Moonshot and Z.ai on thinking mode).
        ("openai", r"deepseek | kimi-(?:k2|k3|thinking) | glm-(?:4\.[5-9]|[5-9]) | minimax-m | mimo", {"reasoning_back": "content"}),
        ("openai", r"kimi-k2", {"tool_ids": "function"}),
        # The makers' own way to say that a call was made elsewhere (Gemini API guide, "Thought signatures").
        ("openai", r"gemini-[3-9]", {"unsigned_calls": {
            "extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}}
        }}),
    )
)  # fmt: skip
_LONGEST_NAME = 200


def traits_of(wire_format: str, model: str, *known: Mapping[str, Any]) -> Traits:
    """The traits of a model; `known` says more of it, the most certain last. Unknown names in it are left out."""
    name = model[:_LONGEST_NAME]
    layers = [_BY_FORMAT.get(wire_format, {})]
    layers += [traits for of, pattern, traits in _BY_NAME if of == wire_format and pattern.search(name)]
    merged: dict[str, Any] = {}
    for layer in (*layers, *known):
        merged |= layer
    return msgspec.convert(merged, Traits)
