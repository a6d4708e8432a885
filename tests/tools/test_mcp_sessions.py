"""Sessions with MCP servers: one for each conversation and server, ended and begun anew as it should be."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from chat.tools.mcp.server import Server
from chat.tools.mcp.sessions import Sessions
from chat.tools.mcp.trouble import SessionGoneError
from chat.tools.tool import ToolError
from tests.tools.odd_server import Http, OddServer

pytestmark = pytest.mark.asyncio

PROGRAM = Server(
    slug="local", name="Local", command=(sys.executable, "-m", "tests.tools.mcp_server", "--stdio"), timeout_seconds=30
)


@asynccontextmanager
async def open_sessions(idle_seconds: float = 60, **about: Any) -> AsyncIterator[Sessions]:
    sessions = Sessions(idle_seconds, **about)
    try:
        yield sessions
    finally:
        await sessions.close()


def at(server: OddServer, **changes: Any) -> Server:
    about = {"slug": "odd", "name": "Odd", "url": server.url, "allow_private": True, "timeout_seconds": 10}
    return Server(**{**about, **changes})


async def call(sessions: Sessions, server: Server, conversation: str, tool: str = "odd", **arguments: Any) -> str:
    result = await sessions.call(server, conversation, tool, arguments, may_repeat=False)
    return result.text


def texts(*said: str) -> Callable[[Any], dict[str, Any]]:
    return lambda _: {"content": [{"type": "text", "text": each} for each in said]}


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_a_program_remembers_within_a_conversation_and_not_beyond_it() -> None:
    async with open_sessions() as sessions:
        assert await call(sessions, PROGRAM, "a", "remember", what="one") == "one"
        assert await call(sessions, PROGRAM, "a", "remember", what="two") == "one, two"
        assert await call(sessions, PROGRAM, "b", "remember", what="three") == "three"


async def test_a_program_that_ends_is_started_again_and_its_last_words_are_told_without_secrets() -> None:
    server = msgspec.structs.replace(PROGRAM, environment={"PASSWORD": "a-password-in-the-environment"})
    async with open_sessions() as sessions:
        with pytest.raises(SessionGoneError, match="its program ended while it worked on this") as caught:
            await call(sessions, server, "a", "end")
        assert "out of memory, password=…" in str(caught.value)
        assert await call(sessions, server, "a", "remember", what="again") == "again"


async def test_a_program_that_cannot_start_says_why() -> None:
    async with open_sessions() as sessions:
        missing = msgspec.structs.replace(PROGRAM, command=("no-such-program",))
        with pytest.raises(ToolError, match="there is no program 'no-such-program' on this machine"):
            await call(sessions, missing, "a")
        broken = msgspec.structs.replace(PROGRAM, command=(sys.executable, "-c", "raise SystemExit('no key is set')"))
        with pytest.raises(ToolError, match=r"its program ended before it was ready\..* no key is set"):
            await call(sessions, broken, "a")


async def test_one_http_session_for_a_conversation() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions() as sessions:
        assert await call(sessions, at(odd), "a") == "hi"
        await asyncio.gather(*(call(sessions, at(odd), "a") for _ in range(5)))
        await call(sessions, at(odd), "b")
        assert odd.calls == ["s1"] * 6 + ["s2"]
        assert odd.live == {"s1", "s2"}
    assert odd.live == set()


@pytest.mark.parametrize("refusal", [Http(404, b"who?"), Http(400, b"Bad Request: No valid session ID provided")])
async def test_a_session_that_the_server_has_forgotten_is_begun_anew(refusal: Http) -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions() as sessions:
        await call(sessions, at(odd), "a")
        say, odd.answers["tools/call"] = odd.answers["tools/call"], lambda _: refusal

        def know_again(params: Any) -> Any:
            odd.answers["tools/call"] = say
            return OddServer._initialize(odd, params)

        odd.answers["initialize"] = know_again
        assert await call(sessions, at(odd), "a") == "hi"
        assert odd.calls == ["s1", "s1", "s2"]


async def test_another_address_or_secret_is_another_session() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions() as sessions:
        await call(sessions, at(odd), "a")
        await call(sessions, at(odd, headers={"x-key": "another-secret"}), "a")
        assert odd.calls == ["s1", "s2"]


async def test_sessions_end_when_nobody_uses_them() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd:
        async with open_sessions() as sessions:
            await call(sessions, at(odd), "a")
            sessions.sweep()
            assert odd.live == {"s1"}
        async with open_sessions(idle_seconds=0) as sessions:
            await call(sessions, at(odd), "a")
            assert odd.live == {"s2"}
            sessions.sweep()
            await until(lambda: not odd.live)


async def test_sessions_end_with_their_conversation_and_their_server() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions() as sessions:
        for conversation in "abc":
            await call(sessions, at(odd), conversation)
        sessions.retain({at(odd).identity}, {"b", "c"})
        await until(lambda: odd.live == {"s2", "s3"})
        assert sessions.conversations() == {"b", "c"}
        sessions.retain({"another server"}, {"b", "c"})
        await until(lambda: not odd.live)


async def test_a_program_ends_with_its_session() -> None:
    async with open_sessions() as sessions:
        pid = int(await call(sessions, PROGRAM, "a", "number"))
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_least_recently_used_session_makes_room() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions(max_sessions=2) as sessions:
        for conversation in "aba":
            await call(sessions, at(odd), conversation)
        await call(sessions, at(odd), "c")
        await until(lambda: odd.live == {"s1", "s3"})


async def test_a_server_tells_that_its_tools_have_changed() -> None:
    changed = b'event: message\ndata: {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}\n\n'
    answer = b'event: message\ndata: {"jsonrpc": "2.0", "id": %d, "result": {"content": []}}\n\n'

    def say(_: Any) -> Http:
        # The third request of the session: after the probe and the handshake.
        return Http(200, changed + answer % 3, {"content-type": "text/event-stream"})

    async with OddServer({"tools/call": say}) as odd, open_sessions() as sessions:
        await call(sessions, at(odd), "a")
        await until(lambda: sessions.take_changed() == {"odd"})
        assert sessions.take_changed() == set()
