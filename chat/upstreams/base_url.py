"""The address of an API path under the base address that a person entered, in whatever form the provider shows it. Pure."""

import re
from urllib.parse import urlsplit, urlunsplit

# What people paste is often the whole address of one endpoint: everything before it is the base.
_ENDPOINTS = ("/chat/completions", "/completions", "/messages", "/responses", "/models")
# Ollama's own API, which has the OpenAI format beside it, under /v1.
_NATIVE = ("/api/chat", "/api/generate", "/api/tags")
# "v1", "v1beta", "v3", "v4": a base that names its version is complete, and so is Azure's, which says it in the query.
_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?|deployments", re.ASCII)


def api_url(base_url: str, path: str, default_base: str = "") -> str:
    """The full address of an API path such as "/chat/completions"; the query of the base stays, and one of the path is added.

    A base that is a host alone gets the path `default_base`, where its provider has the API. `/v1` is added to a base
    that names no version, unless it was given as the whole address of an endpoint.
    """
    try:
        parts = urlsplit(base_url.strip())
    except ValueError:
        return base_url + path  # what opens connections says that it is none
    base, is_complete = _without_endpoint(parts.path.rstrip("/"))
    base = base if base or is_complete else default_base
    if not is_complete and not any(_VERSION.fullmatch(piece) for piece in base.split("/")):
        base += "/v1"
    path, _, query = path.partition("?")
    both = "&".join(piece for piece in (parts.query, query) if piece)
    return urlunsplit((parts.scheme, parts.netloc, base + path, both, ""))


def _without_endpoint(path: str) -> tuple[str, bool]:
    """The path without the endpoint at its end, and whether it ended in one of a format that Parley speaks."""
    for ending in _ENDPOINTS:
        if path.endswith(ending):
            return path.removesuffix(ending), True
    return ("" if path in _NATIVE else path), False
