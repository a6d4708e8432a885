"""Well-known upstreams with all settings but the key. Values only."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from chat.upstreams.traits import MaxTokensField


@dataclass(frozen=True, slots=True)
class Preset:
    """The initial settings of an upstream; `hint` says in one sentence where to get its key or its server."""

    slug: str
    name: str
    format: str
    base_url: str
    hint: str
    needs_key: bool = True
    allow_private: bool = False
    max_tokens_field: MaxTokensField = "max_tokens"
    # What holds for all its models, whatever their names say (chat.upstreams.traits).
    traits: Mapping[str, Any] = field(default_factory=dict)


PRESETS: dict[str, Preset] = {
    preset.slug: preset
    for preset in (
        Preset(
            "openai",
            "OpenAI",
            "openai",
            "https://api.openai.com",
            "Create a key at https://platform.openai.com/api-keys.",
            max_tokens_field="max_completion_tokens",
            traits={"max_tokens_field": "max_completion_tokens"},
        ),
        Preset(
            "anthropic",
            "Anthropic",
            "anthropic",
            "https://api.anthropic.com",
            "Create a key at https://console.anthropic.com/settings/keys.",
        ),
        Preset(
            "megallm",
            "MegaLLM",
            "openai",
            "https://ai.megallm.io",
            "Create a key in your MegaLLM account; docs.megallm.io names its models.",
        ),
        Preset(
            "megallm-anthropic",
            "MegaLLM (Anthropic format)",
            "anthropic",
            "https://ai.megallm.io",
            "The same key as MegaLLM; its Claude models in their own format.",
        ),
        Preset(
            "openrouter",
            "OpenRouter",
            "openai",
            "https://openrouter.ai/api",
            "Create a key at https://openrouter.ai/keys.",
        ),
        Preset(
            "ollama",
            "Ollama",
            "openai",
            "http://127.0.0.1:11434",
            "Start it with `ollama serve` and fetch a model with `ollama pull NAME`; no key.",
            needs_key=False,
            allow_private=True,
        ),
        Preset(
            "llama-cpp",
            "llama.cpp",
            "openai",
            "http://127.0.0.1:8080",
            "Start it with `llama-server -m MODEL.gguf`; a key only if you gave it --api-key.",
            needs_key=False,
            allow_private=True,
        ),
    )
}


@functools.lru_cache(maxsize=100)  # it takes 0.2 ms and is called twice for each message
def preset_at(base_url: str, wire_format: str) -> Preset | None:
    """The preset with this host and format, which names an upstream of which only the address is given."""
    host = urlsplit(base_url).netloc.lower()
    for preset in PRESETS.values():
        if preset.format == wire_format and urlsplit(preset.base_url).netloc == host:
            return preset
    return None
