"""An Access for tools in tests, with a fixed clock and only what a test puts into it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chat.tools.mcp.server import Server
from chat.tools.mcp.sessions import Sessions
from chat.tools.tool import FileText, Found, Result, ToolError
from chat.upstreams.proxies import DIRECT, Proxies


class StillAccess:
    """The time is always the same Thursday morning."""

    def __init__(self, found: list[Found] | None = None) -> None:
        self.found = found or []
        self.asked: list[str] = []

    @property
    def proxies(self) -> Proxies:
        return DIRECT

    def now(self) -> datetime:
        return datetime(2026, 11, 26, 5, 30, 12, 345, tzinfo=UTC)

    async def search(self, query: str, limit: int) -> list[Found]:
        self.asked.append(query)
        return self.found[:limit]

    async def file(self, name: str, start: int, chars: int) -> FileText:
        if name != "notes.txt":
            raise ToolError(f"There is no file {name!r} in this conversation.")
        text = "abcdefghij" * 5000
        return FileText(name, text[start : start + chars], start, len(text))

    async def call_server(self, server: Server, tool: str, arguments: dict[str, Any], *, is_harmless: bool) -> Result:
        sessions = Sessions(60)
        try:
            return await sessions.call(server, "a conversation", tool, arguments, may_repeat=is_harmless)
        finally:
            await sessions.close()
