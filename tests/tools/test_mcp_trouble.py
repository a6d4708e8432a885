"""What is said when an MCP server cannot be used: its status and body, without secrets, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from chat.tools.mcp.offer import discover
from chat.tools.tool import ToolError
from tests.tools.conftest import SECRET, served
from tests.tools.odd_server import Http, OddServer
from tests.tools.test_mcp import at as at_port
from tests.tools.test_mcp import call as call_once
from tests.tools.test_mcp_sessions import at, call, open_sessions, texts

pytestmark = pytest.mark.asyncio

OAUTH = {"www-authenticate": 'Bearer resource_metadata="https://odd.example/.well-known/oauth-protected-resource"'}
HTML = Http(503, b"<html><h1>Bad</h1></html>", {"content-type": "text/html"})


@pytest.mark.parametrize(
    ("refusal", "about", "said"),
    [
        (Http(401, b"", OAUTH), {}, "401 Unauthorized. It requires signing in with OAuth"),
        (Http(401, b"who are you?"), {}, "401 Unauthorized (who are you?). It requires a secret"),
        (Http(401, b"no", OAUTH), {"headers": {"x-key": "a-long-secret"}}, "(no). The secret is wrong or has expired"),
        (Http(403, b'{"error": {"message": "not for a-long-secret"}}'), {"headers": {"x": "a-long-secret"}}, "403 Forbidden (not for …)"),
        (Http(404, b'{"detail": "Not Found"}'), {}, "404 Not Found (Not Found). Nothing is at this address"),
        (Http(405), {}, "405 Method Not Allowed. This address does not take MCP requests"),
        (Http(429, b"slow down", {"retry-after": "30"}), {}, "too many requests. Try again later. It asks for a pause of 30 s."),
        (Http(500, b"oops"), {}, "500 Internal Server Error (oops). The fault is on its side"),
        (HTML, {}, "503 Service Unavailable. The fault is on its side"),
        (Http(799, b"?"), {}, "it answered 799 (?)."),
    ],
)  # fmt: skip
async def test_a_refusal_has_its_status_its_body_and_advice(refusal: Http, about: dict[str, Any], said: str) -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd:
        assert (await discover(at(odd, **about))).tools
        odd.answers["initialize"] = odd.answers["server/discover"] = lambda _: refusal
        with pytest.raises(ToolError) as caught:
            await discover(at(odd, **about))
    assert said in str(caught.value)
    assert "a-long-secret" not in str(caught.value)


async def test_one_failed_call_leaves_the_session_as_it_was() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions() as sessions:
        assert await call(sessions, at(odd), "a") == "hi"
        for broken in (
            Http(500, b"oops"),
            Http(200, b"not json", {"content-type": "application/json"}),
            Http(200, b"{}", {"content-type": "application/json", "content-length": "50"}),
            Http(200, b"hi", {"content-type": "text/plain"}),
            Http(200, b"\x1f\x8b", {"content-type": "application/json", "content-encoding": "gzip"}),
        ):
            odd.answers["tools/call"] = lambda _, broken=broken: broken
            with pytest.raises(ToolError, match="The MCP server Odd cannot be used"):
                await call(sessions, at(odd), "a")
        odd.answers["tools/call"] = texts("again")
        assert await call(sessions, at(odd), "a") == "again"
        assert set(odd.calls) == {"s1"}


async def test_a_server_that_is_away_is_found_again_in_the_same_session() -> None:
    async with OddServer({"tools/call": texts("hi")}) as odd, open_sessions() as sessions:
        assert await call(sessions, at(odd), "a") == "hi"
        odd._server.close()
        await odd._server.wait_closed()
        with pytest.raises(ToolError, match=r"nothing answers at 127\.0\.0\.1"):
            await call(sessions, at(odd), "a")


async def test_the_older_transport_is_found_and_used() -> None:
    with served("--sse") as port:
        server = at_port(port, url=f"http://127.0.0.1:{port}/sse")
        catalog = await discover(server)
        assert catalog.transport == "sse"
        assert "add" in {tool.name for tool in catalog.tools}
        older = at_port(port, url=f"http://127.0.0.1:{port}/sse", transport="sse")
        assert await call_once(older, "add", {"a": 2, "b": 40}) == "42"
        with pytest.raises(ToolError, match="401 Unauthorized") as caught:
            await discover(
                at_port(port, url=f"http://127.0.0.1:{port}/sse", headers={"authorization": "Bearer wrong-wrong"})
            )
        assert SECRET not in str(caught.value)
