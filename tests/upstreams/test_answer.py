"""Any bytes as a body give events or an UpstreamError, never anything else, and the same at every split."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.upstreams import FORMATS
from chat.upstreams.answer import MAX_REPLY_CHARS, Answer
from chat.upstreams.errors import LimitReachedError, UpstreamError
from chat.upstreams.events import Event, Finish, Identity
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
@settings(max_examples=150)
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
@settings(max_examples=150)
@given(value=values)
def test_u39_any_json_as_a_body(format_name: str, value: Any) -> None:
    outcome(format_name, [msgspec.json.encode(value)])


@both
@settings(max_examples=150)
@given(body=st.binary(max_size=300))
def test_any_bytes_as_a_body(format_name: str, body: bytes) -> None:
    assert outcome(format_name, [body])[1]
    assert outcome(format_name, [b"data: " + body + b"\n\n"])[1]


LONG = "x" * (512 << 10)
LARGE: list[tuple[str, dict[str, Any]]] = [
    ("anthropic", {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": LONG}}),
    ("anthropic", {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": LONG}}),
    ("anthropic", {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": LONG}}),
    ("openai", {"choices": [{"delta": {"tool_calls": [{"function": {"name": "f"}, "extra_content": {"a": LONG}}]}}]}),
]  # fmt: skip


@pytest.mark.parametrize("format_name, chunk", LARGE)
def test_all_that_is_kept_of_an_answer_counts(format_name: str, chunk: dict[str, Any]) -> None:
    answer = Answer(FORMATS[format_name], "Test")
    body = b"data: " + msgspec.json.encode(chunk) + b"\n\n"
    for _ in range(MAX_REPLY_CHARS // len(LONG) - 1):
        answer.feed(body)
    with pytest.raises(LimitReachedError, match="did not end"):
        answer.feed(body * 2)


def test_parts_without_anything_in_them_count() -> None:
    empty = msgspec.json.encode({"type": "content_block_start", "content_block": {"type": "redacted_thinking"}})
    answer = Answer(FORMATS["anthropic"], "Test")
    with pytest.raises(LimitReachedError, match="did not end"):
        answer.feed((b"data: " + empty + b"\n\n") * 140_000)


@both
def test_labels_are_short(format_name: str) -> None:
    choice = {"delta": {"content": "Hello"}, "finish_reason": LONG[:1000]}
    objects = [
        {"model": LONG[:1000], "choices": [choice]},
        {"type": "message_start", "message": {"model": LONG[:1000]}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "message_delta", "delta": {"stop_reason": LONG[:1000]}},
    ]
    objects = objects[:1] if format_name == "openai" else objects[1:]
    events, code = outcome(format_name, [b"data: " + msgspec.json.encode(value) + b"\n\n" for value in objects])
    assert code == ""
    assert [len(event.model or "") for event in events if isinstance(event, Identity)] == [200]
    assert [len(event.raw) for event in events if isinstance(event, Finish)] == [200]


@both
def test_the_request_id_of_an_error_is_short(format_name: str) -> None:
    report = {"type": "error", "error": {"type": "api_error", "message": "no"}, "request_id": LONG}
    with pytest.raises(UpstreamError) as caught:
        Answer(FORMATS[format_name], "Test").feed(b"data: " + msgspec.json.encode(report) + b"\n\n")
    assert caught.value.request_id == "x" * 200
