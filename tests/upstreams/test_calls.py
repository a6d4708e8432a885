"""Tool calls as servers really send them, in both formats, whole and at every split."""

from typing import Any

import pytest

from tests.upstreams.everywhere import anthropic, everywhere, openai


def pieces(*calls: dict[str, Any]) -> bytes:
    return openai(*({"delta": {"tool_calls": [call]}} for call in calls), {"delta": {}, "finish_reason": "tool_calls"})


def call(index: int | None, id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    return {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def use(index: int, id: str, name: Any, given: Any = None) -> dict[str, Any]:
    content = {"type": "tool_use", "id": id, "name": name, "input": given or {}}
    return {"type": "content_block_start", "index": index, "content_block": content}


def part(index: int, arguments: str) -> dict[str, Any]:
    delta = {"type": "input_json_delta", "partial_json": arguments}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def end(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


DONE = [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]


@pytest.mark.parametrize(
    "sent, expected",
    [
        # litellm#9127: a call without a name, and no other.
        ([call(0, "a", None, "{}")], []),
        ([call(0, "a", None, '{"x":'), call(0, None, "f", "1}")], [("f", '{"x":1}')]),
        ([call(0, "a", "", "{}"), call(1, "b", "g", "{}")], [("g", "{}")]),
        # An adapter of the other format begins with the empty input, and then sends the real one.
        ([call(0, "a", "f", "{}"), call(0, None, None, '{"x"'), call(0, None, None, ":1}")], [("f", '{"x":1}')]),
        ([call(0, "a", "f", "{}"), call(0, None, None, "")], [("f", "{}")]),
        ([call(0, "a", "f", '{"x":1}'), call(0, "a", "f", '{"x":1}')], [("f", '{"x":1}')]),
    ],
    ids=["never-named", "named-late", "one-of-two", "nothing-first", "nothing-at-all", "twice"],
)
def test_u34_calls_of_the_openai_format(sent: list[Any], expected: list[tuple[str, str]]) -> None:
    result, code, _ = everywhere("openai", pieces(*sent))
    assert (result.calls(), code) == (expected, "" if expected else "empty")


@pytest.mark.parametrize(
    "sent, expected",
    [
        (
            [use(0, "a", "f"), part(0, '{"x":1}'), use(0, "b", "g"), part(0, '{"y"'), part(0, ":2}")],
            [("f", '{"x":1}'), ("g", '{"y":2}')],
        ),
        ([use(0, "a", "f"), use(0, "a", "f"), part(0, "{}"), end(0)], [("f", "{}")]),
        ([use(0, "a", "f"), part(0, "{}"), use(1, "a", "f"), part(1, "{}")], [("f", "{}"), ("f", "{}")]),
        ([use(0, "a", "f", {"x": 1}), end(0)], [("f", '{"x":1}')]),
        ([use(0, "a", "f", {"x": 1})], [("f", '{"x":1}')]),
        ([use(0, "a", "f", {"x": 1}), part(0, '{"x":'), part(0, "1}"), end(0)], [("f", '{"x":1}')]),
        ([use(0, "a", "f", {"x": 1}), use(0, "b", "g", {"y": 2})], [("f", '{"x":1}'), ("g", '{"y":2}')]),
        ([use(0, "a", None), part(0, "{}"), end(0), use(1, "b", "g"), end(1)], [("g", "")]),
        ([use(0, "a", "")], []),
    ],
    ids=["one-index", "begun-twice", "one-id", "whole", "unended", "whole-and-pieces", "spliced", "nameless", "none"],
)
def test_u34_calls_of_the_anthropic_format(sent: list[Any], expected: list[tuple[str, str]]) -> None:
    result, code, _ = everywhere("anthropic", anthropic(*sent, *DONE))
    assert (result.calls(), code) == (expected, "" if expected else "empty")
    ids = [call["id"] for call in result.tools.values()]
    assert len(ids) == len(set(ids))


def test_text_that_was_held_back_stands_before_the_call() -> None:
    chunks = [{"delta": {"content": "<"}}, {"delta": {"tool_calls": [call(0, "a", "f", "{}")]}}]
    result, _, _ = everywhere("openai", openai(*chunks, {"delta": {"content": "b"}, "finish_reason": "stop"}))
    assert (result.text, result.calls()) == ("<b", [("f", "{}")])
