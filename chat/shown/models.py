"""What readers are told of the models they can choose from."""

from dataclasses import asdict
from typing import Any

from chat import catalogue


def model_list() -> dict[str, Any]:
    """{models, default}: the models a person can choose from, and the one that answers when nobody chose."""
    default = catalogue.default()
    return {
        "models": [asdict(choice) for choice in catalogue.model_list()],
        "default": {"upstream": default.upstream, "model": default.model} if default else None,
    }
