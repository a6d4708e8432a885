"""What readers are told of personas."""

from typing import Any

from chat import policy
from chat.catalogue.tools import every_tool
from chat.models import Persona, ToolPolicy, User


def persona_list(user: User) -> dict[str, Any]:
    """{personas, tools, team}: what `user` can choose, and whether they may change what the team has."""
    return {
        "personas": [persona.as_json() for persona in Persona.of(user)],
        "tools": _tools(),
        "team": policy.administers(user),
    }


def _tools() -> list[str]:
    on = set(ToolPolicy.objects.filter(is_on=True).values_list("tool", flat=True))
    return [name for name in every_tool() if name in on]
