"""python -m tests.tools.mcp_server PORT SECRET [--sse] | --stdio: the protocol's own server, with tools for tests."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from starlette.responses import PlainTextResponse

server = MCPServer("tests", instructions="Add before you multiply.")
_remembered: list[str] = []


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


@server.tool()
def remember(what: str) -> str:
    """Remembers a text as long as this program lives."""
    _remembered.append(what)
    return ", ".join(_remembered)


@server.tool()
def number() -> int:
    """The number of this process."""
    return os.getpid()


@server.tool()
def end() -> str:
    """Ends this program."""
    print("out of memory, password=a-password-in-the-environment", file=sys.stderr, flush=True)
    os._exit(3)


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Greet {name} warmly."


@server.resource("notes://today")
def today() -> str:
    """Notes of today."""
    return "It rains."


def main() -> None:
    """Serve until killed; over HTTP only to clients with the secret."""
    if sys.argv[1] == "--stdio":
        server.run("stdio")
        return
    app = server.sse_app() if "--sse" in sys.argv else server.streamable_http_app()
    secret = f"Bearer {sys.argv[2]}".encode()

    async def door(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and dict(scope["headers"]).get(b"authorization") != secret:
            return await PlainTextResponse("who are you?", status_code=401)(scope, receive, send)
        await app(scope, receive, send)

    uvicorn.run(door, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
