"""The models in what a server lists, in every shape that servers send. Pure.

Sources: OpenAI and Anthropic (`{"data": [{"id"}]}`), Together (a bare list of objects), Ollama's /api/tags and Gemini's own
API (`{"models": [{"name"}]}`), Cloudflare (`{"result": [{"name"}]}`), LiteLLM's /model/info (`model_name`), and servers
that list bare names or say `"data": null`.
"""

from typing import Any

from . import odd_json

_LISTS = ("data", "models", "result", "items", "model_list", "model_ids")
# What a model is asked by, the first that is there.
_NAMES = ("id", "name", "model", "model_name", "slug")
# Cloudflare gives its models an `id` for its database, and asks for them by `name`.
_NAMES_IN_A_RESULT = ("name", "id")
# Gemini writes its models as resources, and takes their bare names.
_RESOURCE = "models/"
# The kinds that Together, Cloudflare and others name for what does not chat.
_NO_CHAT = ("image", "embedding", "embeddings", "rerank", "audio", "transcribe", "moderation", "video", "tts", "stt")


def model_names(value: Any) -> list[str]:
    """The names in a decoded list of models, each once and sorted; empty where there are none."""
    keys = _NAMES_IN_A_RESULT if "result" in odd_json.mapping(value) else _NAMES
    names = (_name(each, keys) for each in _entries(value))
    return sorted({name.removeprefix(_RESOURCE) for name in names if name})


def is_list(value: Any) -> bool:
    """Whether this is a list of models at all, perhaps an empty one."""
    return isinstance(value, list) or any(key in odd_json.mapping(value) for key in _LISTS)


def _entries(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    listed = odd_json.mapping(value)
    for key in _LISTS:
        found = listed.get(key)
        if isinstance(found, list):
            return found
        if isinstance(found, dict):  # by name, or a list inside
            return _entries(found) or [{"id": name, **odd_json.mapping(about)} for name, about in found.items()]
    return []


def _name(entry: Any, keys: tuple[str, ...]) -> str | None:
    if isinstance(entry, str):
        return entry.strip() or None
    about = odd_json.mapping(entry)
    if str(odd_json.text(about.get("type")) or "").lower() in _NO_CHAT:
        return None
    return next((name for key in keys if (name := odd_json.text(about.get(key)))), None)
