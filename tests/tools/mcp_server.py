"""python -m tests.tools.mcp_server PORT SECRET | --stdio: the protocol's own server, with tools for tests."""

from __future__ import annotations

import sys
import time
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.responses import PlainTextResponse

server = MCPServer("tests")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail(why: str) -> str:
    """Fails."""
    raise ToolError(why)


@server.tool()
def flood(chars: int) -> str:
    """Returns a long text."""
    return "x" * chars


@server.tool()
def sleep(seconds: float) -> str:
    """Answers after some seconds."""
    time.sleep(seconds)
    return "awake"


def main() -> None:
    """Serve until killed; over HTTP only to clients with the secret."""
    if sys.argv[1] == "--stdio":
        server.run("stdio")
        return
    app, secret = server.streamable_http_app(), f"Bearer {sys.argv[2]}".encode()

    async def door(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"authorization") != secret:
            return await PlainTextResponse("who are you?", status_code=401)(scope, receive, send)
        await app(scope, receive, send)

    uvicorn.run(door, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
