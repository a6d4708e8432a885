"""Which tools exist: the built-in ones, and those of the MCP servers that are on; and how many of them a model is told of."""

from collections.abc import Iterable

import msgspec
from django.conf import settings

from chat.models import McpServer
from chat.tools import TOOLS, Tool


def every_tool() -> dict[str, Tool]:
    """The existing tools, by the names that models are given."""
    return {**TOOLS, **McpServer.all_tools()}


def tool_named(name: str) -> Tool | None:
    """The tool with that name; None if it does not exist, or no longer."""
    return every_tool().get(name)


def left_out(tools: Iterable[Tool]) -> list[str]:
    """The names of the tools, in their order, for which a request has no room: providers refuse too many, and schemas are long."""
    count, size, names = 0, 0, []
    for tool in tools:
        needed = len(msgspec.json.encode(tool.spec))
        if count + 1 > settings.MAX_TOOLS or size + needed > settings.MAX_TOOLS_KB * 1000:
            names.append(tool.name)
        else:
            count, size = count + 1, size + needed
    return names
