"""What readers are told of personas."""

from typing import Any

from django.conf import settings

from chat import policy
from chat.catalogue.tools import every_tool, left_out
from chat.models import Persona, ToolPolicy, User


def persona_list(user: User) -> dict[str, Any]:
    """{personas, tools, left_out, max_tools, team}: what `user` can choose, and whether they may change what the team has."""
    on = set(ToolPolicy.objects.filter(is_on=True).values_list("tool", flat=True))
    tools = [tool for name, tool in every_tool().items() if name in on]
    return {
        "personas": [persona.as_json() for persona in Persona.of(user)],
        "tools": [tool.name for tool in tools],
        "left_out": left_out(tools),
        "max_tools": settings.MAX_TOOLS,
        "team": policy.administers(user),
    }
