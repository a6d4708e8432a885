"""MCP servers of other projects, as programs on this machine. Optional: each test needs its program.

The first run of each downloads it; a test whose launcher (npx, uvx) is not installed is skipped.

    npx -y @modelcontextprotocol/server-everything    every kind of content
    npx -y @modelcontextprotocol/server-filesystem    files of a folder
    npx -y @modelcontextprotocol/server-memory        a memory, in a file
    npx -y @playwright/mcp --headless                 a browser, whose page lasts over calls; the machine's Chromium
    uvx mcp-server-fetch                              web pages
    uvx mcp-server-git                                a repository

    pytest -m thirdparty tests/other_servers/test_mcp_servers.py
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chat.tools.mcp.offer import discover
from chat.tools.mcp.server import Server
from chat.tools.mcp.sessions import Sessions
from chat.tools.tool import Result
from tests.e2e.chromium import find_chromium

pytestmark = [pytest.mark.thirdparty, pytest.mark.asyncio]


def program(*command: str, **about: Any) -> Server:
    """The server; skips the test where its launcher is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed; see this file's docstring")
    return Server(slug="other", name="Other", command=command, timeout_seconds=120, **about)


@asynccontextmanager
async def talking(server: Server) -> AsyncIterator[Any]:
    """A function that calls a tool in one session."""
    sessions = Sessions(60)

    async def call(tool: str, **arguments: Any) -> Result:
        return await sessions.call(server, "a conversation", tool, arguments, may_repeat=False)

    try:
        yield call
    finally:
        await sessions.close()


async def test_everything() -> None:
    server = program("npx", "-y", "@modelcontextprotocol/server-everything")
    catalog = await discover(server)
    names = {tool.name for tool in catalog.tools}
    assert {"echo", "get-tiny-image"} <= names
    assert catalog.prompts
    assert catalog.resources
    async with talking(server) as call:
        assert "hello" in (await call("echo", message="hello")).text
        assert [file.media_type for file in (await call("get-tiny-image")).files] == ["image/png"]


async def test_filesystem(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("It rains.")
    server = program("npx", "-y", "@modelcontextprotocol/server-filesystem", str(tmp_path))
    async with talking(server) as call:
        assert (await call("read_text_file", path=str(tmp_path / "notes.txt"))).text == "It rains."


async def test_memory(tmp_path: Path) -> None:
    environment = {"MEMORY_FILE_PATH": str(tmp_path / "memory.json")}
    server = program("npx", "-y", "@modelcontextprotocol/server-memory", environment=environment)
    async with talking(server) as call:
        await call("create_entities", entities=[{"name": "Oslo", "entityType": "city", "observations": ["cold"]}])
        assert "cold" in (await call("search_nodes", query="Oslo")).text
    assert "Oslo" in (tmp_path / "memory.json").read_text()


async def test_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    async with talking(program("uvx", "mcp-server-git", "--repository", str(tmp_path))) as call:
        (tmp_path / "notes.txt").write_text("It rains.")
        assert "notes.txt" in (await call("git_status", repo_path=str(tmp_path))).text


async def test_fetch() -> None:
    catalog = await discover(program("uvx", "mcp-server-fetch"))
    assert [tool.name for tool in catalog.tools] == ["fetch"]
    assert json.dumps(catalog.tools[0].schema)


async def test_playwright() -> None:
    chromium = ("--executable-path", find_chromium())
    server = program("npx", "-y", "@playwright/mcp", "--headless", "--isolated", "--no-sandbox", *chromium)
    async with talking(server) as call:
        await call("browser_navigate", url="data:text/html,<title>Tides</title><h1>They rise</h1>")
        assert "They rise" in (await call("browser_snapshot")).text
