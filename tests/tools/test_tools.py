"""Each built-in tool as a model sees it: its schema, arguments and results, and errors that say what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from chat.tools import TOOLS
from chat.tools.tool import MAX_ARGUMENT_CHARS, BadArgumentsError, Found, ToolError
from tests.tools.access import StillAccess

pytestmark = pytest.mark.asyncio


async def call(name: str, arguments: str, access: StillAccess | None = None) -> str:
    tool = TOOLS[name]
    return await tool.call(tool.read(arguments), access or StillAccess())


@pytest.mark.parametrize("name", list(TOOLS))
async def test_what_the_model_is_told_is_a_schema_of_an_object(name: str) -> None:
    spec = TOOLS[name].spec
    assert spec.name == name
    assert spec.description.endswith(".")
    assert spec.schema["type"] == "object"
    assert all(field.get("description") for field in spec.schema["properties"].values())
    assert msgspec.json.encode(spec.schema) == msgspec.json.encode(TOOLS[name].spec.schema), "the prefix stays the same"


@pytest.mark.parametrize("name", list(TOOLS))
@pytest.mark.parametrize(
    "text", ["{", "[]", "null", "7", '{"nobody": 1}', "{" * 100_000, "\ud800", "x" * (MAX_ARGUMENT_CHARS + 1)]
)
async def test_arguments_that_do_not_fit_tell_the_model(name: str, text: str) -> None:
    with pytest.raises(BadArgumentsError, match=r"arguments"):
        TOOLS[name].read(text)


async def test_the_time_is_told_in_any_zone() -> None:
    assert await call("current_time", "") == "Thursday, 2026-11-26T05:30:12+00:00 (UTC), week 48"
    assert "2026-11-26T06:30:12+01:00" in await call("current_time", '{"timezone": "Europe/Berlin"}')


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "/", "UTC\u0000"])
async def test_a_zone_that_is_none_says_so(zone: str) -> None:
    with pytest.raises(ToolError, match="no time zone"):
        await call("current_time", msgspec.json.encode({"timezone": zone}).decode())


async def test_the_calculator_repeats_the_question() -> None:
    assert await call("calculator", '{"expression": "6 * 7"}') == "6 * 7 = 42"


async def test_a_search_returns_excerpts_with_their_address() -> None:
    found = Found("1234", "Lunch", "Bob", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "the best noodles")
    told = await call("search_conversations", '{"query": "noodles"}', StillAccess([found]))
    assert told == "“Lunch”, Bob, 2026-01-02 03:04\n/c/1234/\nthe best noodles"
    assert "No message" in await call("search_conversations", '{"query": "noodles"}')


async def test_a_file_is_read_piece_by_piece_to_its_end() -> None:
    first = await call("read_attachment", '{"name": "notes.txt"}')
    assert first.endswith("[notes.txt: characters 0 to 20,000 of 50,000. Call again with start=20000 for more.]")
    last = await call("read_attachment", '{"name": "notes.txt", "start": 40000}')
    assert last.endswith("[notes.txt: characters 40,000 to 50,000 of 50,000.]")
    with pytest.raises(ToolError, match="no file"):
        await call("read_attachment", '{"name": "../secret"}')
