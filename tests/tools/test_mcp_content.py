"""What MCP servers give besides text, and the secrets that they must not give away."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chat.tools.mcp.content import MAX_FILES, Contents
from chat.tools.mcp.offer import discover
from chat.tools.mcp.server import Server
from chat.tools.tool import MAX_RESULT_CHARS, Result, ToolError
from chat.upstreams.given import GivenFile, Source
from tests.tools.odd_server import TOOL, OddServer
from tests.tools.test_mcp_sessions import at, call, open_sessions, texts

DOT = base64.b64encode(b"a picture").decode()
SERVER = Server(slug="odd", name="Odd")


def read(*blocks: Any, structured: Any = None) -> Result:
    return Contents(SERVER).add(blocks).add_structured(structured).result()


def text(said: str) -> dict[str, str]:
    return {"type": "text", "text": said}


def test_every_kind_is_taken() -> None:
    result = read(
        text("Here:"),
        {"type": "image", "data": DOT, "mimeType": "image/png"},
        {"type": "audio", "data": DOT, "mimeType": "audio/wav"},
        {"type": "resource", "resource": {"uri": "file:///a/notes.txt", "mimeType": "text/plain", "text": "It rains."}},
        {"type": "resource", "resource": {"uri": "file:///a/dot.bin?x=1", "blob": DOT}},
        {"type": "resource_link", "uri": "https://example.com/a", "name": "a", "title": "A page"},
    )
    assert result.text == "Here:\n\nIt rains."
    assert result.files == (
        GivenFile(b"a picture", "image/png", "image"),
        GivenFile(b"a picture", "audio/wav", "audio"),
        GivenFile(b"a picture", "", "dot.bin"),
    )
    assert result.links == (Source.of("A page", "https://example.com/a"),)


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "hologram", "data": DOT},
        {"type": "text"},
        {"type": "text", "text": 7},
        {"type": "image", "data": "no base64!", "mimeType": "image/png"},
        {"type": "image", "mimeType": "image/png"},
        {"type": "resource", "resource": {"uri": "x:y"}},
        {"type": "resource"},
        {"type": {"a": 1}},
        {},
        "a string",
        None,
    ],
)
def test_what_cannot_be_read_is_named_and_takes_nothing_with_it(odd: Any) -> None:
    first, named, last = read(text("one"), odd, text("two")).text.split("\n\n")
    assert (first, named[0], named[-1], last) == ("one", "[", "]", "two")


@pytest.mark.asyncio
async def test_an_unknown_kind_comes_through_the_package() -> None:
    blocks = [text("one"), {"type": "hologram"}, {"type": "image", "data": DOT, "mimeType": "image/png"}]
    async with OddServer({"tools/call": lambda _: {"content": blocks}}) as odd, open_sessions() as sessions:
        result = await sessions.call(at(odd), "a", "odd", {}, may_repeat=False)
    assert result.text == "one\n\n[a piece of the kind 'hologram', which cannot be read here]"
    assert [file.data for file in result.files] == [b"a picture"]


@pytest.mark.parametrize(
    ("blocks", "structured", "said"),
    [
        ([], {"a": 1}, '{"a": 1}'),
        ([text('{"a": 1}')], {"a": 1}, '{"a": 1}'),
        ([text("42")], {"result": 42}, "42"),
        ([text("a"), text("b")], {"result": ["a", "b"]}, "a\n\nb"),
        ([text("It rains.")], {"content": "It rains."}, "It rains."),
        ([text("Two found.")], {"found": [1, 2]}, 'Two found.\n\n{"found": [1, 2]}'),
        ([text("x")], None, "x"),
    ],
)
def test_what_is_said_twice_is_taken_once(blocks: list[Any], structured: Any, said: str) -> None:
    assert read(*blocks, structured=structured).text == said


def test_files_have_an_end() -> None:
    blocks = [{"type": "image", "data": DOT, "mimeType": "image/png"}] * (MAX_FILES + 1)
    result = read(*blocks, text("x" * MAX_RESULT_CHARS * 2))
    assert len(result.files) == MAX_FILES
    assert "left out" in result.text
    assert len(result.text) == MAX_RESULT_CHARS


@pytest.mark.asyncio
async def test_its_secrets_are_in_nothing_that_it_says() -> None:
    secrets = {"authorization": "Bearer key-one-one", "x-key": "key two/two"}
    said = "key-one-one and key two/two and key%20two%2Ftwo and key-three-three and short"
    tool = {**TOOL, "description": said}

    async with OddServer({"tools/call": texts(said), "tools/list": lambda _: {"tools": [tool]}}) as odd:
        server = at(odd, url=f"{odd.url}/mcp?token=key-three-three&debug=short", headers=secrets)
        async with open_sessions() as sessions:
            assert await call(sessions, server, "a") == "… and … and … and … and short"
            assert (await discover(server)).tools[0].description == "… and … and … and … and short"
            odd.answers["tools/call"] = lambda _: {"isError": True, "content": [text(said)]}
            with pytest.raises(ToolError) as caught:
                await call(sessions, server, "a")
            assert str(caught.value) == "… and … and … and … and short"
        assert "key-three" not in repr(server)


@pytest.mark.asyncio
async def test_one_bad_tool_does_not_hide_the_others() -> None:
    bad = [
        {"name": "a"},
        {"name": 7, "inputSchema": {}},
        "x",
        {"name": "big", "inputSchema": {"description": "x" * 200_000}},
    ]
    async with OddServer(
        {"tools/list": lambda _: {"tools": [*bad, {**TOOL, "annotations": {"readOnlyHint": True}}]}}
    ) as odd:
        catalog = await discover(at(odd))
    assert [(tool.name, tool.is_harmless) for tool in catalog.tools] == [("odd", True)]
    assert list(catalog.skipped) == [
        "a: it has no schema of its arguments.",
        "A tool without a usable name.",
        "A tool without a usable name.",
        "big: the schema of its arguments is larger than 100,000 bytes.",
    ]
