"""Tools of MCP servers: the protocol's own server, over real HTTP and over pipes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from chat.tools.mcp.http import MAX_ANSWER_BYTES, http_client
from chat.tools.mcp.offer import discover, names_of, tools_of
from chat.tools.mcp.server import Offered, Server
from chat.tools.tool import MAX_RESULT_CHARS, BadArgumentsError, Result, ToolError
from chat.upstreams.exchange import target_of
from tests.live.harness.server import ROOT
from tests.tools.access import StillAccess
from tests.tools.conftest import SECRET
from tests.upstreams.connect_proxy import ConnectProxy
from tests.upstreams.raw_server import Peer, RawServer


def at(port: int, **changes: object) -> Server:
    headers = {"authorization": f"Bearer {SECRET}"}
    server = Server(
        slug="sums",
        name="Sums",
        url=f"http://127.0.0.1:{port}/mcp",
        headers=headers,
        allow_private=True,
        timeout_seconds=10,
    )
    return msgspec.structs.replace(server, **changes)


async def call(server: Server, name: str, arguments: dict[str, Any]) -> str:
    """The text of a tool's result."""
    return (await StillAccess().call_server(server, name, arguments, is_harmless=True)).text


@pytest.mark.asyncio
async def test_its_tools_are_found_and_called(mcp_port: int) -> None:
    catalog = await discover(at(mcp_port))
    offered = catalog.tools
    assert [one.name for one in offered] == ["add", "fail", "flood", "sleep", "remember", "number", "end"]
    assert [one.name for one in offered if one.is_harmless] == ["add"]
    assert (catalog.instructions, catalog.transport, catalog.skipped) == ("Add before you multiply.", "http", ())
    assert [(one.name, one.arguments) for one in catalog.prompts] == [("greet", (("name", "", True),))]
    assert [one.uri for one in catalog.resources] == ["notes://today"]
    add = tools_of(at(mcp_port), offered)[0]
    assert (add.name, add.description, add.policy, add.has_effect) == (
        "sums__add",
        "Adds two numbers. (from Sums)",
        "ask",
        False,
    )
    assert add.schema["properties"].keys() == {"a", "b"}
    assert await add.call(add.read('{"a": 2, "b": 40}'), StillAccess()) == Result("42")


@pytest.mark.asyncio
async def test_a_tool_that_fails_says_so_to_the_model(mcp_port: int) -> None:
    with pytest.raises(ToolError, match="out of luck"):
        await call(at(mcp_port), "fail", {"why": "out of luck"})
    with pytest.raises(ToolError):
        await call(at(mcp_port), "add", {"a": "no number"})
    with pytest.raises(ToolError):
        await call(at(mcp_port), "nothing", {})


@pytest.mark.asyncio
async def test_an_answer_has_an_end(mcp_port: int) -> None:
    assert len(await call(at(mcp_port), "flood", {"chars": 1_000_000})) == MAX_RESULT_CHARS
    with pytest.raises(ToolError, match="sends more than"):
        await call(at(mcp_port), "flood", {"chars": 2 * MAX_ANSWER_BYTES})


@pytest.mark.asyncio
async def test_a_server_that_closes_after_each_answer_is_asked_again() -> None:
    async def answer_and_close(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

    async with RawServer(answer_and_close) as server:
        target = target_of(server.url, "Test", allow_private=True)
        async with http_client(target, {}, 5) as client:
            assert [(await client.get(server.url)).text for _ in range(3)] == ["hi"] * 3


@pytest.mark.parametrize(
    ("schema", "fits", "wrong"),
    [
        ({"required": ["a"]}, '{"a": null}', "{}"),
        ({"properties": {"a": {"type": "integer"}}}, '{"a": 2.0}', '{"a": true}'),
        ({"properties": {"a": {"type": ["string", "null"]}}}, '{"a": null, "b": 1}', '{"a": 1}'),
        ({"properties": {"a": {"enum": ["x"]}}}, '{"a": "x"}', '{"a": "y"}'),
        ({"properties": {"a": {}}, "additionalProperties": False}, '{"a": 1}', '{"b": 1}'),
        ({"properties": {"a": {"type": [{}], "enum": 1}, "b": 5}, "required": [[]]}, '{"a": [], "b": 1}', "1"),
    ],
)
def test_arguments_are_read_by_the_top_level_of_the_servers_schema(schema: Any, fits: str, wrong: str) -> None:
    read = tools_of(at(1), [Offered("t", "T", {"type": "object", **schema})])[0].read
    assert read(fits) == json.loads(fits)
    with pytest.raises(BadArgumentsError):
        read(wrong)


@pytest.mark.asyncio
async def test_arguments_must_be_an_object() -> None:
    read = tools_of(at(1), [Offered("t", "T", {"type": "object"})])[0].read
    assert read("") == {}
    for wrong in ("[]", "7", "{oops", "null"):
        with pytest.raises(BadArgumentsError):
            read(wrong)


@pytest.mark.asyncio
async def test_a_dead_slow_or_closed_server_is_a_sentence(mcp_port: int) -> None:
    with pytest.raises(ToolError, match="Sums did not answer within 1 seconds"):
        await call(at(mcp_port, timeout_seconds=1.0), "sleep", {"seconds": 3})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nowhere = free.getsockname()[1]
    with pytest.raises(ToolError, match="The MCP server Sums cannot be used"):
        await discover(at(nowhere))
    with pytest.raises(ToolError, match="The MCP server Sums cannot be used") as caught:
        await discover(at(mcp_port, headers={"authorization": "Bearer wrong-secret"}))
    assert "wrong-secret" not in str(caught.value)
    assert SECRET not in repr(at(mcp_port))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/mcp", "http://localhost:{port}/mcp", "http://[::ffff:127.0.0.1]:{port}/mcp"]
)
@pytest.mark.asyncio
async def test_a_private_address_needs_permission(mcp_port: int, url: str) -> None:
    assert await discover(at(mcp_port))
    with pytest.raises(ToolError, match="private network"):
        await discover(at(mcp_port, url=url.format(port=mcp_port), allow_private=False))


@pytest.mark.asyncio
async def test_a_public_server_is_asked_through_the_proxy(mcp_port: int) -> None:
    async with ConnectProxy(mcp_port) as proxy:
        server = at(mcp_port, url="http://93.184.216.34/mcp", allow_private=False, proxies=proxy.proxies())
        # The server accepts only its own name.
        headers = {**server.headers, "host": f"127.0.0.1:{mcp_port}"}
        server = msgspec.structs.replace(server, headers=headers)
        assert await call(server, "add", {"a": 2, "b": 40}) == "42"
        assert set(proxy.asked) == {"93.184.216.34:80"}
        await call(at(mcp_port, proxies=proxy.proxies()), "add", {"a": 1, "b": 1})
        assert set(proxy.asked) == {"93.184.216.34:80"}


@pytest.mark.asyncio
async def test_a_program_speaks_over_pipes() -> None:
    server = Server(
        slug="local",
        name="Local",
        command=(sys.executable, "-m", "tests.tools.mcp_server", "--stdio"),
        timeout_seconds=20,
    )
    assert await call(server, "add", {"a": 1, "b": 2}) == "3"


def test_names_have_letters_that_both_formats_take() -> None:
    names = names_of("sums", ["add.numbers/ü", "add"])
    assert names == {"add.numbers/ü": "sums__add_numbers__", "add": "sums__add"}
    assert [len(name) for name in names_of("s" * 20, ["x" * 100]).values()] == [64]


def test_tools_whose_names_would_be_the_same_stay_apart() -> None:
    names = names_of("s", ["get_user", "get.user", "get/user"])
    assert names["get_user"] == "s__get_user"
    assert len(set(names.values())) == 3
    assert names["get.user"] == names_of("s", ["get.user", "get_user"])["get.user"]
    long = names_of("s", ["x" * 80 + "a", "x" * 80 + "b"])
    assert len(set(long.values())) == 2
    assert {len(name) for name in long.values()} == {64}


def test_a_process_that_asks_no_server_does_without_the_package() -> None:
    code = "import sys, chat.tools; assert chat.tools.TOOLS; import chat.tools.mcp; print({'mcp', 'pydantic', 'httpx2'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
