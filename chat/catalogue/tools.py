"""Which tools exist: the built-in ones, and those of the MCP servers that are on."""

from chat.models import McpServer
from chat.tools import TOOLS, Tool


def every_tool() -> dict[str, Tool]:
    """The existing tools, by the names that models are given."""
    return {**TOOLS, **McpServer.all_tools()}


def tool_named(name: str) -> Tool | None:
    """The tool with that name; None if it does not exist, or no longer."""
    return every_tool().get(name)
