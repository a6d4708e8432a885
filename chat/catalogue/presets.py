"""Well-known upstreams with all settings but the key. Values only; chat.upstreams.traits says what each trait means."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Preset:
    """The initial settings of an upstream; `hint` says in one sentence where to get its key or its server.

    `hosts`: the ends of other host names of this provider. `traits`: what holds for all its models.
    """

    slug: str
    name: str
    base_url: str
    hint: str
    format: str = "openai"
    needs_key: bool = True
    allow_private: bool = False
    hosts: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def max_tokens_field(self) -> str:
        """The initial value of the field for it."""
        return str(self.traits.get("max_tokens_field", "max_tokens"))


def _local(slug: str, name: str, port: int, hint: str, **traits: Any) -> Preset:
    """A server on this machine or network, which is started without a key."""
    return Preset(slug, name, f"http://127.0.0.1:{port}", hint, needs_key=False, allow_private=True, traits=traits)


_COMPLETION_TOKENS = {"max_tokens_field": "max_completion_tokens"}

PRESETS: dict[str, Preset] = {
    preset.slug: preset
    for preset in (
        Preset(
            "openai",
            "OpenAI",
            "https://api.openai.com",
            "Create a key at https://platform.openai.com/api-keys.",
            traits=_COMPLETION_TOKENS,
        ),
        Preset(
            "anthropic",
            "Anthropic",
            "https://api.anthropic.com",
            "Create a key at https://console.anthropic.com/settings/keys.",
            format="anthropic",
        ),
        Preset(
            "gemini",
            "Google Gemini",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            "Create a key at https://aistudio.google.com/apikey.",
            traits={"path": "/v1beta/openai"},
        ),
        Preset(
            "mistral",
            "Mistral",
            "https://api.mistral.ai",
            "Create a key at https://console.mistral.ai/api-keys.",
            # Usage comes without being asked for, and a field that is unknown there is refused with 422.
            traits={"stream_options": False},
        ),
        Preset("deepseek", "DeepSeek", "https://api.deepseek.com", "Create a key at https://platform.deepseek.com/api_keys."),
        Preset(
            "groq",
            "Groq",
            "https://api.groq.com/openai",
            "Create a key at https://console.groq.com/keys.",
            traits={**_COMPLETION_TOKENS, "path": "/openai/v1"},
        ),
        Preset("xai", "xAI", "https://api.x.ai", "Create a key at https://console.x.ai.", traits=_COMPLETION_TOKENS),
        Preset(
            "perplexity",
            "Perplexity",
            "https://api.perplexity.ai/chat/completions",
            "Create a key at https://www.perplexity.ai/settings/api and write the models' names by hand: sonar, sonar-pro.",
            traits={"tools": False, "stream_options": False},
        ),
        Preset("moonshot", "Moonshot", "https://api.moonshot.ai", "Create a key at https://platform.moonshot.ai.",
               hosts=(".moonshot.cn",), traits={"effort": "thinking"}),
        Preset(
            "zai",
            "Z.ai",
            "https://api.z.ai/api/paas/v4",
            "Create a key at https://z.ai/manage-apikey/apikey-list.",
            hosts=(".bigmodel.cn",),
            traits={"effort": "thinking", "path": "/api/paas/v4"},
        ),
        Preset(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/api",
            "Create a key at https://openrouter.ai/keys.",
            traits={"effort": "reasoning", "reasoning_back": "details", "path": "/api/v1"},
        ),
        Preset("together", "Together AI", "https://api.together.xyz", "Create a key at https://api.together.ai/settings/api-keys.",
               hosts=(".together.ai",)),
        Preset(
            "fireworks",
            "Fireworks AI",
            "https://api.fireworks.ai/inference",
            "Create a key at https://app.fireworks.ai/settings/users/api-keys.",
            traits={"path": "/inference/v1"},
        ),
        Preset(
            "azure",
            "Azure OpenAI",
            "https://RESOURCE.openai.azure.com/openai/v1",
            "Replace RESOURCE; keys are under Keys and Endpoint, and models are the names of your deployments. An address with "
            "/deployments/NAME and ?api-version= works, too.",
            hosts=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
            traits={**_COMPLETION_TOKENS, "key_header": "api-key", "path": "/openai/v1"},
        ),
        Preset(
            "cloudflare",
            "Cloudflare Workers AI",
            "https://api.cloudflare.com/client/v4/accounts/ACCOUNT_ID/ai/v1",
            "Replace ACCOUNT_ID; create a token for Workers AI, and write the models' names by hand: @cf/….",
        ),
        Preset(
            "portkey",
            "Portkey",
            "https://api.portkey.ai",
            "Create a key at https://app.portkey.ai; models are written @provider/model, or set the header x-portkey-config.",
            traits={"key_header": "x-portkey-api-key"},
        ),
        Preset(
            "megallm",
            "MegaLLM",
            "https://ai.megallm.io",
            "Create a key in your MegaLLM account; docs.megallm.io names its models.",
        ),
        Preset(
            "megallm-anthropic",
            "MegaLLM (Anthropic format)",
            "https://ai.megallm.io",
            "The same key as MegaLLM; its Claude models in their own format.",
            format="anthropic",
        ),
        _local("ollama", "Ollama", 11434, "Start it with `ollama serve` and fetch a model with `ollama pull NAME`; no key."),
        _local(
            "llama-cpp",
            "llama.cpp",
            8080,
            "Start it with `llama-server -m MODEL.gguf --jinja`; a key only if you gave it --api-key.",
        ),
        _local(
            "vllm",
            "vLLM",
            8000,
            "Start it with `vllm serve MODEL`; for tools, add --enable-auto-tool-choice and --tool-call-parser.",
        ),
        _local("sglang", "SGLang", 30000, "Start it with `python -m sglang.launch_server --model-path MODEL`."),
        _local("lm-studio", "LM Studio", 1234, "Switch its server on under Developer, or with `lms server start`."),
        _local("litellm", "LiteLLM", 4000, "Start it with `litellm --config FILE`; its master key or a virtual key."),
    )
}  # fmt: skip


@functools.lru_cache(maxsize=100)  # it takes 0.2 ms and is called twice for each message
def preset_at(base_url: str, wire_format: str) -> Preset | None:
    """The preset with this host and format, which names an upstream of which only the address is given."""
    host = urlsplit(base_url).netloc.lower()
    for preset in PRESETS.values():
        if preset.format == wire_format and (
            urlsplit(preset.base_url).netloc == host or host.endswith(preset.hosts or "\n")
        ):
            return preset
    return None
