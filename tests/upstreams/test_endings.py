"""How answers end, in both formats: what counts as their end, and why. Each case stands for servers that people have met.

The cases are fed whole, byte by byte and cut in two at every place.
"""

from typing import Any

import pytest

from tests.upstreams.decode import Result
from tests.upstreams.everywhere import anthropic, everywhere, openai, outcome, said


def ended(result: Result) -> list[tuple[str, str]]:
    return [(finish.reason, finish.raw) for finish in result.finish]


# new-api#378, gcli2api#403, litellm#2195: every chunk has a finish reason.
STOP_EACH = [said("The first piece, ", "stop"), said("then the second, ", "stop"), said("and the last one.", "stop")]
THOUGHT = {"delta": {"reasoning_content": "Let me see."}, "finish_reason": "stop"}


@pytest.mark.parametrize("done", [True, False])
def test_u44_a_finish_reason_does_not_end_an_answer_that_goes_on(done: bool) -> None:
    result, code, _ = everywhere("openai", openai(THOUGHT, *STOP_EACH, done=done))
    assert (result.reasoning, code) == ("Let me see.", "")
    assert result.text == "The first piece, then the second, and the last one."
    assert ended(result) == [("stop", "stop")]


def test_u18_where_every_piece_has_a_reason_a_break_is_a_break() -> None:
    for count in (1, 2):
        _, code, _ = outcome("openai", [openai(*STOP_EACH[:count], done=False)], breaks=True)
        assert code == "broken_off"
    _, code, _ = outcome("openai", [openai(said("Whole."), said("", "stop"), done=False)], breaks=True)
    assert code == ""


def test_u44_a_tool_call_after_the_reason_is_taken() -> None:
    call = {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]}
    result, _, _ = everywhere("openai", openai(said("I look.", "stop"), {"delta": call, "finish_reason": "stop"}))
    assert (result.calls(), ended(result)) == ([("f", "{}")], [("tool_calls", "stop")])


def test_u44_a_whole_message_that_repeats_the_answer_is_not_doubled() -> None:
    call = {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}]}
    whole = {"finish_reason": "tool_calls", "message": {"content": "Hello", "reasoning_content": "Hm", **call}}
    pieces = [{"delta": {"reasoning_content": "Hm"}}, said("Hello"), {"delta": call}]
    for streamed in (pieces, pieces[:2], pieces[:1], []):
        result, _, _ = everywhere("openai", openai(*streamed, whole))
        assert (result.text, result.reasoning, result.calls()) == ("Hello", "Hm", [("f", '{"x":1}')]), streamed


def test_a_call_that_is_said_again_whole_is_one_call() -> None:
    call = {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}]}
    result, _, _ = everywhere("openai", openai({"delta": call}, {"delta": call, "finish_reason": "tool_calls"}))
    assert result.calls() == [("f", '{"x":1}')]


# vllm#57082: an engine that gives up says "abort".
@pytest.mark.parametrize("raw", ["abort", "network_error", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL"])
def test_u49_a_reason_that_nobody_knows_is_no_success(raw: str) -> None:
    result, code, has_content = everywhere(
        "openai", openai(said("The price; the"), {"delta": {}, "finish_reason": raw})
    )
    assert (ended(result), code, has_content) == ([("unknown", raw)], "", True)
    stop = {"type": "message_delta", "delta": {"stop_reason": raw}}
    result, _, _ = everywhere("anthropic", anthropic(*WORDS, stop, {"type": "message_stop"}))
    assert ended(result) == [("unknown", raw)]


@pytest.mark.parametrize("raw", ["", "null", "None"])
def test_a_reason_that_is_none_is_none(raw: str) -> None:
    result, code, _ = everywhere("openai", openai(said("a", raw), said("b", "stop")))
    assert (result.text, code, ended(result)) == ("ab", "", [("stop", "stop")])
    _, code, _ = outcome("openai", [openai(said("a", raw), done=False)])
    assert code == "broken_off"


CALL = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}
HALF = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":'}}
WORDS = [
    {"type": "message_start", "message": {"model": "m"}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
]
USE = [
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "a", "name": "f", "input": {}}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"x":1'}},
]  # fmt: skip
USE_ENDS = {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "}"}}
STOP = {"type": "message_stop"}


@pytest.mark.parametrize(
    "format_name, data, reason",
    [
        ("openai", openai(said("Hello")), "unstated"),
        ("openai", openai({"delta": {"content": "I look.", "tool_calls": [CALL]}}), "tool_calls"),
        ("openai", openai({"delta": {"refusal": "No."}}), "refusal"),
        ("anthropic", anthropic(*WORDS, STOP), "unstated"),
        ("anthropic", anthropic(*WORDS) + b"data: [DONE]\n\n", "unstated"),
        ("anthropic", anthropic(*WORDS, *USE, USE_ENDS, STOP), "tool_calls"),
    ],
)
def test_u29_an_end_mark_without_a_reason_ends_an_answer(format_name: str, data: bytes, reason: str) -> None:
    result, code, _ = everywhere(format_name, data)
    assert (ended(result), code) == ([(reason, "")], "")


@pytest.mark.parametrize(
    "format_name, data",
    [
        ("openai", openai({"delta": {"reasoning": "Hm"}})),
        ("openai", openai({"delta": {"content": "I look.", "tool_calls": [HALF]}})),
        ("openai", openai(said(" \n"))),
        ("anthropic", anthropic(*WORDS, *USE, STOP)),
        ("anthropic", anthropic(WORDS[0], STOP)),
    ],
)
def test_u29_an_end_mark_after_nothing_whole_is_a_break(format_name: str, data: bytes) -> None:
    assert everywhere(format_name, data)[1] == "broken_off"


@pytest.mark.parametrize("index", [None, "0", 0, "absent"])
def test_an_index_that_is_null_is_the_first(index: Any) -> None:
    choice = {"index": index} if index != "absent" else {}
    middle = {"choices": [{**choice, "delta": {"content": "b"}}]}
    for chunks in ([said("a"), middle, said("c", "stop")], [middle, said("a"), said("c", "stop")]):
        result, _, _ = everywhere("openai", openai(*chunks))
        assert sorted(result.text) == ["a", "b", "c"]
    delta = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "!"}, **choice}
    assert everywhere("anthropic", anthropic(*WORDS, delta, STOP))[0].text == "Hello!"


# llm-gateway#2053: a comment in the place of data. Others send comments of several lines, or data that is empty.
@pytest.mark.parametrize(
    "noise",
    [b"data: : OPENROUTER PROCESSING\n\n", b"data:\n\n", b"data: :\ndata: : still here\n\n", b": ping\ndata: \n\n"],
)
def test_u43_a_comment_is_a_comment_where_data_belongs_too(noise: bytes) -> None:
    result, code, _ = everywhere("openai", noise + openai(said("After"), done=False) + noise + openai(said("", "stop")))
    assert (result.text, code) == ("After", "")
    data = noise + anthropic(*WORDS) + noise + anthropic(STOP) + noise
    assert everywhere("anthropic", data)[0].text == "Hello"
    assert outcome("openai", [noise])[1] == "empty"


@pytest.mark.parametrize(
    "strange",
    [
        b"event: thinking_probe\ndata: not json\n\n",
        b"event: open\ndata: connected\n\n",
        b"event: keep-alive\ndata: {\n\n",
        b"event: usage\ndata: [1,\n\n",
    ],
)
def test_u43_an_event_of_a_gateways_own_is_skipped_before_it_is_parsed(strange: bytes) -> None:
    data = strange + openai(said("Hello"), done=False) + strange + openai(said("", "stop"))
    assert everywhere("openai", data)[:2] == (outcome("openai", [openai(said("Hello"), said("", "stop"))])[0], "")
    data = strange + anthropic(*WORDS) + strange + anthropic(STOP)
    assert everywhere("anthropic", data)[0].text == "Hello"
