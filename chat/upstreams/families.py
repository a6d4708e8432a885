"""Which models take pictures, by the names that their makers gave them. Pure.

Nothing in either format says it before a request fails. What is not known here counts as a model that reads only; an
administrator can say otherwise for an upstream.
"""

import re
from typing import Literal

Images = Literal["auto", "all", "none"]
IMAGES: tuple[Images, ...] = ("auto", "all", "none")

# Looked for anywhere in a name, because routers and local servers write things around it: "openai/gpt-4o:extended".
_SEES = re.compile(
    r"""gpt-4o | gpt-4\.1 | gpt-4\.5 | gpt-4-turbo | gpt-4-vision | chatgpt-4o | gpt-5 | \bo1(?!-(?:mini|preview)) | \bo3(?!-mini)
    | \bo4-mini | claude-(?!1|2|instant) | gemini | gemma-?3n? (?!-?:?(?:270m|1b)) | llava | llama-?3\.2-?(?:vision|11b|90b)
    | llama-?4 | pixtral | mistral-small-?3\.[12] | mistral-(?:medium-3|small-2506|large-3) | magistral-.*-2509
    | qwen.*-?vl | qvq | minicpm-v | internvl | moondream | phi-3(?:\.5)?-vision | phi-4-multimodal | grok-(?:4|2-vision)
    | glm-4(?:\.\d)?v | deepseek-vl | molmo | nova-(?:lite|pro|premier) | kimi-(?:vl|k2\.5) | granite.*vision | smolvlm
    | cogvlm | idefics | aya-vision | command-a-vision | [-_.:]vl\b | vision | omni | multimodal""",
    re.IGNORECASE | re.VERBOSE,
)
# Of the same families, and blind.
_BLIND = re.compile(
    r"gpt-4o-(?:audio|realtime|transcribe)|gpt-4o-mini-(?:audio|realtime|transcribe|tts)|codegemma", re.IGNORECASE
)
_LONGEST_NAME = 200


def takes_images(model: str, images: Images = "auto") -> bool:
    """Whether `model` takes pictures, where its upstream says so (`images`), else as far as its name tells."""
    if images != "auto":
        return images == "all"
    name = model[:_LONGEST_NAME]
    return bool(_SEES.search(name)) and not _BLIND.search(name)
