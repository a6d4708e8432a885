"""Upstreams that an administrator has stored, for the tests of the catalogue."""

from chat.models import Upstream

KEY = "sk-abcdefghijklmnop-1234"


def row(slug: str = "house", **fields) -> Upstream:
    fields = {
        "name": slug.title(),
        "format": "openai",
        "base_url": "https://models.example",
        "model_names": ["m-1"],
        **fields,
    }
    return Upstream.objects.create(slug=slug, **fields)


def dead_address() -> str:
    return "http://127.0.0.1:9"  # the discard port, on which nobody answers
