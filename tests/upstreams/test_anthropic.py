"""The Anthropic format's decoder: each trap that real servers set."""

import json
from typing import Any

import pytest

from chat.upstreams import errors
from chat.upstreams.events import Finish, Usage
from tests.upstreams.decode import Result, decode

START = {
    "type": "message_start",
    "message": {
        "model": "claude-x",
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 4,
            "cache_read_input_tokens": 5,
            "output_tokens": 1,
        },
    },
}
STOP = {"type": "message_stop"}


def ending(reason: str = "end_turn", output_tokens: int = 9, **more: Any) -> dict[str, Any]:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": reason, **more},
        "usage": {"output_tokens": output_tokens},
    }


def block(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": content}


def delta(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": content}


def body(*events: Any) -> bytes:
    return "".join(f"event: {event.get('type', 'x')}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def answer(*events: Any, reason: str = "end_turn") -> Result:
    return decode("anthropic", [body(START, *events, ending(reason), STOP)])


TEXT = (block(0, type="text", text=""), delta(0, type="text_delta", text="Hi"))


def test_usage_is_cumulative_and_the_cache_is_part_of_the_input() -> None:
    assert answer(*TEXT, ending("end_turn", 5)).usage == Usage(12, 9, 5, None, 4)


def test_pings_and_unknown_events_are_ignored_u43() -> None:
    strange = [
        {"type": "ping"},
        {"type": "execute", "code": "x"},
        delta(0, type="future_delta", x=1),
        block(7, type="future"),
    ]
    assert answer(*strange, *TEXT, *strange).text == "Hi"


def test_thinking_keeps_the_last_signature() -> None:
    result = answer(
        block(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="why "),
        delta(0, type="thinking_delta", thinking="not"),
        delta(0, type="signature_delta", signature="one"),
        delta(0, type="signature_delta", signature="two"),
        block(1, type="redacted_thinking", data="secret"),
    )
    assert (result.reasoning, result.signature, result.redacted) == ("why not", "two", ["secret"])


def test_u34_parallel_tool_calls_stay_apart() -> None:
    result = answer(
        block(0, type="tool_use", id="a", name="f", input={}),
        block(1, type="tool_use", id="b", name="g", input={}),
        delta(0, type="input_json_delta", partial_json='{"x"'),
        delta(1, type="input_json_delta", partial_json='{"y"'),
        delta(0, type="input_json_delta", partial_json=":1}"),
        delta(1, type="input_json_delta", partial_json=":2}"),
        reason="tool_use",
    )
    assert result.calls() == [("f", '{"x":1}'), ("g", '{"y":2}')]
    assert result.finish == [Finish("tool_calls", "tool_use")]


def test_a_tool_call_without_arguments_has_none_and_whole_input_is_taken() -> None:
    result = answer(
        block(0, type="tool_use", id="a", name="f", input={}),
        block(1, type="tool_use", id="b", name="g", input={"x": 1}),
        reason="tool_use",
    )
    assert result.calls() == [("f", ""), ("g", '{"x":1}')]


def test_tools_that_the_provider_runs_are_not_ours() -> None:
    result = answer(
        block(0, type="server_tool_use", id="a", name="web_search", input={}),
        delta(0, type="input_json_delta", partial_json="{}"),
        block(1, type="text", text="Hi"),
    )
    assert (result.calls(), result.text) == ([], "Hi")


@pytest.mark.parametrize(
    "raw, reason",
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("pause_turn", "pause"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "length"),
        ("new_one", "unknown"),
    ],
)
def test_u30_u31_stop_reasons_are_ours_and_theirs(raw: str, reason: str) -> None:
    assert answer(*TEXT, reason=raw).finish == [Finish(reason, raw)]  # type: ignore[arg-type]


def test_u31_a_refusal_says_why() -> None:
    events = [START, ending("refusal", stop_details={"type": "refusal", "explanation": "Not that."}), STOP]
    assert decode("anthropic", [body(*events)]).refusal == "Not that."


@pytest.mark.parametrize(
    "kind, error",
    [
        ("overloaded_error", errors.OverloadedError),
        ("api_error", errors.ServerError),
        ("rate_limit_error", errors.RateLimitedError),
        ("authentication_error", errors.KeyRefusedError),
        ("invalid_request_error", errors.RequestRefusedError),
    ],
)
def test_u32_errors_in_the_stream_are_raised(kind: str, error: type[errors.UpstreamError]) -> None:
    report = {"type": "error", "error": {"type": kind, "message": "words"}, "request_id": "req_1"}
    for before in ([], [START, *TEXT]):
        with pytest.raises(error, match="words") as caught:
            decode("anthropic", [body(*before, report)])
        assert caught.value.request_id == "req_1"


@pytest.mark.parametrize("events", [[START], [START, *TEXT], [START, STOP]])
def test_u29_without_a_stop_reason_and_an_end_mark_the_answer_is_broken_off(events: list[Any]) -> None:
    with pytest.raises(errors.BrokenOffError):
        decode("anthropic", [body(*events)])


def test_u28_without_message_stop_the_answer_is_complete() -> None:
    assert decode("anthropic", [body(START, *TEXT, ending())]).text == "Hi"


def test_u44_what_comes_after_the_end_is_not_appended() -> None:
    late = [delta(0, type="text_delta", text="late"), block(3, type="tool_use", id="a", name="f", input={})]
    result = decode("anthropic", [body(START, *TEXT, ending(), STOP, *late, ending())])
    assert (result.text, result.calls(), len(result.finish)) == ("Hi", [], 1)


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "content_block_delta"},
        {"type": "content_block_delta", "index": "x", "delta": 3},
        {"type": "message_delta", "delta": None, "usage": []},
        {"type": "message_start", "message": None},
        {"type": None},
        {"type": ["x"]},
        {"type": "content_block_start", "index": None, "content_block": "x"},
        delta(0, type="text_delta", text=None),
        delta(0, type=["text_delta"], text="x"),
    ],
)
def test_u26_wrong_types_are_left_out(odd: Any) -> None:
    assert answer(*TEXT, odd).text == "Hi"


@pytest.mark.parametrize("broken", [b"{", b'{"a":' * 100_000, b"words"])
def test_u25_u27_what_is_no_json_is_an_error_that_names_the_upstream(broken: bytes) -> None:
    with pytest.raises(errors.BadJsonError, match="Test"):
        decode("anthropic", [body(START, *TEXT) + b"data: " + broken + b"\n\n"])


def test_u42_nul_and_lone_surrogates_become_replacement_characters() -> None:
    raw = b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\\ud800\\u0000"}}\n\n'
    assert (
        decode("anthropic", [body(START, block(0, type="text", text="")) + raw + body(ending(), STOP)]).text
        == "a\ufffd\ufffd"
    )


def test_u40_an_answer_without_a_word_is_empty() -> None:
    with pytest.raises(errors.EmptyAnswerError):
        answer()
