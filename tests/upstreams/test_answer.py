"""Whatever bytes come as a body: the outcome is events or an UpstreamError, never anything else, at every split the same."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.upstreams import FORMATS
from chat.upstreams.answer import Answer
from chat.upstreams.errors import UpstreamError
from chat.upstreams.events import Event
from tests.upstreams.decode import cut_at, total

both = pytest.mark.parametrize("format_name", ["openai", "anthropic"])

KEYS = [
    "choices",
    "delta",
    "content",
    "index",
    "type",
    "text",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "error",
    "usage",
    "message",
    "finish_reason",
    "stop_reason",
    "content_block",
    "id",
    "input",
    "object",
    "input_tokens",
    "signature",
]
WORDS = [
    "content_block_delta",
    "content_block_start",
    "message_delta",
    "message_start",
    "text_delta",
    "tool_use",
    "stop",
    "error",
    "a",
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def outcome(format_name: str, pieces: list[bytes]) -> tuple[list[Event], str]:
    answer = Answer(FORMATS[format_name], "Test")
    code = ""
    try:
        for piece in pieces:
            answer.feed(piece)
        answer.end()
    except UpstreamError as error:
        code = error.code
    return answer.take(), code


@both
@settings(max_examples=150, deadline=None)
@given(
    objects=st.lists(values, max_size=6),
    name=st.sampled_from(["", "event: error\n", "event: ping\n", "event: other\n"]),
    places=st.lists(st.integers(0, 2000)),
)
def test_u26_any_json_in_a_stream(format_name: str, objects: list[Any], name: str, places: list[int]) -> None:
    body = b"".join(name.encode() + b"data: " + msgspec.json.encode(value) + b"\n\n" for value in objects)
    whole, code = outcome(format_name, [body])
    split, split_code = outcome(format_name, cut_at(body, places))
    assert (total(split), split_code) == (total(whole), code)


@both
@settings(max_examples=150, deadline=None)
@given(value=values)
def test_u39_any_json_as_a_body(format_name: str, value: Any) -> None:
    outcome(format_name, [msgspec.json.encode(value)])


@both
@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_as_a_body(format_name: str, body: bytes) -> None:
    assert outcome(format_name, [body])[1]
    assert outcome(format_name, [b"data: " + body + b"\n\n"])[1]
