"""The OpenAI format's decoder: each trap that real servers set."""

import json
import math
from typing import Any

import pytest

from chat.upstreams import errors
from chat.upstreams.events import Finish, Usage
from tests.upstreams.decode import Result, decode


def body(*chunks: Any, done: bool = True) -> bytes:
    lines = [chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if done else [])]).encode()


def chunk(delta: Any = None, finish_reason: Any = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}], **more}


def answer(*deltas: Any, finish_reason: str = "stop", done: bool = True) -> Result:
    return decode("openai", [body(*(chunk(delta) for delta in deltas), chunk({}, finish_reason), done=done)])


def calls(*pieces: Any) -> list[tuple[str, str]]:
    return answer(*({"tool_calls": [piece]} for piece in pieces), finish_reason="tool_calls").calls()


def test_u33_a_repeated_role_and_null_content_are_one_answer() -> None:
    result = answer(
        {"role": "assistant", "content": None},
        {"role": "system", "content": "a"},
        None,
        {},
        {"role": "assistant", "content": "b"},
    )
    assert result.text == "ab"
    assert result.finish == [Finish("stop", "stop")]


def test_u28_without_done_the_end_of_the_body_ends_the_answer() -> None:
    assert answer({"content": "a"}, done=False).text == "a"


def test_u29_without_a_finish_reason_and_an_end_mark_the_answer_is_broken_off() -> None:
    with pytest.raises(errors.BrokenOffError):
        decode("openai", [body(chunk({"content": "a"}), done=False)])


def test_usage_after_the_finish_reason_is_taken() -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    result = decode("openai", [body(chunk({"content": "a"}), chunk({}, "stop"), {"choices": [], "usage": usage})])
    assert result.usage == Usage(7, 5, 3, 2)


def test_cumulative_usage_is_replaced_and_not_added() -> None:
    chunks = [chunk({"content": "a"}, usage={"prompt_tokens": 1, "completion_tokens": number}) for number in (1, 2, 3)]
    assert decode("openai", [body(*chunks, chunk({}, "stop"))]).usage.output_tokens == 3


@pytest.mark.parametrize(
    "raw, reason",
    [
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("function_call", "stop"),
        ("STOP", "stop"),
        ("SAFETY", "content_filter"),
        ("eos", "stop"),
        ("strange", "unknown"),
        ("abort", "unknown"),
        ("error", "error"),
    ],
)
def test_u30_u31_finish_reasons_are_ours_and_theirs(raw: str, reason: str) -> None:
    assert answer({"content": "a"}, finish_reason=raw).finish == [Finish(reason, raw)]  # type: ignore[arg-type]


def test_u31_a_refusal_is_a_refusal() -> None:
    result = answer({"refusal": "I can"}, {"refusal": "not."})
    assert (result.refusal, result.finish[0].reason) == ("I cannot.", "refusal")


def test_reasoning_comes_from_whichever_field_is_not_empty() -> None:
    result = answer(
        {"reasoning_content": "a", "reasoning": None}, {"reasoning_content": "", "reasoning": "b"}, {"content": "c"}
    )
    assert (result.reasoning, result.text) == ("ab", "c")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_think_tags_split_anywhere_are_reasoning(size: int) -> None:
    content = "\n<think>why < not</thin</think>\n\nSo </think> it <think> is"
    result = answer(*({"content": content[at : at + size]} for at in range(0, len(content), size)))
    assert (result.reasoning, result.text) == ("why < not</thin", "\n\nSo </think> it <think> is")


@pytest.mark.parametrize("content", ["<thinking> is a word", "<", " <th", "no <think>tag</think>", "<b>"])
def test_what_only_looks_like_a_think_tag_is_text(content: str) -> None:
    assert answer(*({"content": letter} for letter in content)).text == content


def test_an_unfinished_think_tag_survives_a_break() -> None:
    result = answer({"content": "<think>a</th"}, finish_reason="length")
    assert result.reasoning == "a</th"


def test_mistrals_list_content_is_text_and_reasoning() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    result = answer({"content": [thinking]}, {"content": [{"type": "text", "text": "yes"}]})
    assert (result.reasoning, result.text) == ("hm", "yes")


def piece(arguments: Any = "", name: Any = None, **more: Any) -> dict[str, Any]:
    return {**more, "function": {"arguments": arguments, **({"name": name} if name else {})}}


@pytest.mark.parametrize(
    "pieces, expected",
    [
        ([piece("", "f", index=0, id="a"), piece('{"x"', index=0), piece(":1}", index=0)], [("f", '{"x":1}')]),
        ([piece("", "f", index=0, id="a"), piece("{}", "f", index=0, id="a", type="function")], [("f", "{}")]),
        ([piece("", "f", index=0, id="a"), piece("{}", index=0, id="")], [("f", "{}")]),
        (
            [piece("1", "f", id="a"), piece("2", "g", id="b"), piece("3", id="a"), piece("4", id="b")],
            [("f", "13"), ("g", "24")],
        ),
        (
            [
                piece("1", "f", index=0, id="a"),
                piece("2", "g", index=1, id="b"),
                piece("3", index=0),
                piece("4", index=1),
            ],
            [("f", "13"), ("g", "24")],
        ),
        ([piece("1", "f", index=0), piece("2", "g", index=1), piece("3", index=0)], [("f", "13"), ("g", "2")]),
        (
            [piece("1", "f", index=0, id="a"), piece("2", "g", index=0, id="b"), piece("3", index=0)],
            [("f", "1"), ("g", "23")],
        ),
        ([piece('{"x"', "f"), piece(":1}"), piece("{}", "g")], [("f", '{"x":1}'), ("g", "{}")]),
        ([piece('{"x":1}', "f"), piece('{"x":2}', "f")], [("f", '{"x":1}'), ("f", '{"x":2}')]),
        ([piece('{"x":', "f", index=0), piece("1}", "f", index=0)], [("f", '{"x":1}')]),
        ([piece('{"x":', index=0, id="a"), piece("1}", "late", index=0)], [("late", '{"x":1}')]),
        ([piece("{", "f", index=0), piece("}", index=0, id="a")], [("f", "{}")]),
        ([piece({"x": 1}, "f", index="0")], [("f", '{"x":1}')]),
    ],
    ids=[
        "normal",
        "id-name-repeated",
        "empty-id",
        "interleaved-by-id",
        "interleaved-by-index",
        "no-id",
        "index-restarts",
        "nothing-but-names",
        "same-tool-twice",
        "name-repeated",
        "name-late",
        "id-late",
        "arguments-as-object",
    ],
)
def test_u34_tool_call_pieces_find_their_call(pieces: list[Any], expected: list[tuple[str, str]]) -> None:
    assert calls(*pieces) == expected


def test_a_call_that_parses_already_is_not_over() -> None:
    assert calls(piece("1", "f", index=0, id="a"), piece("2", index=0), piece("3", index=0)) == [("f", "123")]


def test_extra_content_is_kept_to_be_sent_back() -> None:
    extra = {"google": {"thought_signature": "abc"}}
    result = answer({"tool_calls": [piece("{}", "f", index=0, id="a", extra_content=extra)]}, finish_reason="stop")
    assert result.extra == [{"extra_content": extra}]
    assert result.finish == [Finish("tool_calls", "stop")]


def test_numbers_that_json_does_not_have_become_nothing() -> None:
    extra = {"a": [math.nan, math.inf, -math.inf, 1.5]}
    result = answer({"tool_calls": [piece("{}", "f", index=0, id="a", extra_content=extra)]})
    assert result.extra == [{"extra_content": {"a": [None, None, None, 1.5]}}]


def test_the_old_function_call_is_a_tool_call() -> None:
    result = answer(
        {"function_call": {"name": "f", "arguments": "{"}},
        {"function_call": {"arguments": "}"}},
        finish_reason="function_call",
    )
    assert result.calls() == [("f", "{}")]


@pytest.mark.parametrize(
    "sent, kind",
    [
        (b'data: {"error":{"message":"too busy","type":"server_error","code":503}}\n\n', errors.OverloadedError),
        (
            b'data: {"error":{"message":"no","type":"invalid_request_error","code":"context_length_exceeded"}}\n\n',
            errors.ContextTooLongError,
        ),
        (
            b'data: {"object":"error","message":"bad","type":"BadRequestError","code":400}\n\n',
            errors.RequestRefusedError,
        ),
        (b'event: error\ndata: {"message":"boom"}\n\n', errors.ServerError),
        (b"event: error\ndata: not even json\n\n", errors.ServerError),
        (
            b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"message":"gone","code":502}}]}\n\n',
            errors.ServerError,
        ),
        (b'data: {"error":"plain words"}\n\n', errors.ServerError),
    ],
)
def test_u32_errors_in_the_stream_are_raised(sent: bytes, kind: type[errors.UpstreamError]) -> None:
    for before in (b"", body(chunk({"content": "a"}), done=False)):
        with pytest.raises(kind):
            decode("openai", [before + sent])


def test_a_null_error_is_no_error() -> None:
    assert decode("openai", [body(chunk({"content": "a"}, error=None), chunk({}, "stop", error=None))]).text == "a"


def test_u44_what_comes_after_the_end_is_not_appended() -> None:
    late = chunk({"content": "late", "tool_calls": [piece("{}", "f", index=0, id="a")]})
    result = decode("openai", [body(chunk({"content": "a"}), chunk({}, "stop")) + body(late)])
    assert (result.text, result.calls(), len(result.finish)) == ("a", [], 1)


def test_only_the_first_choice_is_taken() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}]}
    assert (
        decode("openai", [body(chunk({"content": "a"}), other, chunk({"content": "b"}), chunk({}, "stop"))]).text
        == "ab"
    )


@pytest.mark.parametrize(
    "odd",
    [
        '{"choices": null}',
        '{"choices": "x"}',
        '{"choices": [null, 3]}',
        '{"choices": [{"delta": []}]}',
        "[]",
        "null",
        "3",
        '"x"',
        '{"choices": [{"index": 0, "delta": {"content": 5, "tool_calls": {"a": 1}}}]}',
        '{"usage": 1e400}',
        '{"usage": {"prompt_tokens": NaN}}',
        '{"choices": [{"index": {}, "delta": {"tool_calls": [null, {"function": 3}, {"index": 1e400}]}}]}',
        '{"choices": [], "usage": {"prompt_tokens": 1.5}}',
    ],
)
def test_u26_wrong_types_are_left_out(odd: str) -> None:
    result = decode("openai", [body(chunk({"content": "a"}), odd, chunk({"content": "b"}), chunk({}, "stop"))])
    assert result.text == "ab"


@pytest.mark.parametrize(
    "broken", ['{"choices": [', "hello", '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "9" * 5000]
)
def test_u25_u27_what_is_no_json_is_an_error_that_names_the_upstream(broken: str) -> None:
    with pytest.raises(errors.BadJsonError, match="Test"):
        decode("openai", [body(chunk({"content": "a"}), broken)])


def test_u42_nul_and_lone_surrogates_become_replacement_characters() -> None:
    raw = '{"choices":[{"index":0,"delta":{"content":"a\\ud800b\\u0000c\x01\\ud83d\\ude00"},"finish_reason":null}]}'
    assert decode("openai", [body(raw, chunk({}, "stop"))]).text == "a\ufffdb\ufffdc\x01😀"
    broken = body("BYTES", chunk({}, "stop")).replace(
        b"BYTES", b'{"choices":[{"delta":{"content":"a\xff\xed\xa0\x80"}}]}'
    )
    assert decode("openai", [broken]).text.startswith("a\ufffd")


def test_u43_unknown_events_and_fields_are_ignored() -> None:
    strange = b'event: execute\ndata: alert(1)\n\nevent: usage\ndata: {"x":1}\n\n'
    result = decode(
        "openai", [strange + body(chunk({"content": "a", "audio": {}}, obfuscation="xyz"), chunk({}, "stop"))]
    )
    assert result.text == "a"


@pytest.mark.parametrize("deltas", [[], [{"role": "assistant", "content": ""}], [{"content": " \n"}]])
def test_u40_an_answer_without_a_word_is_empty(deltas: list[Any]) -> None:
    with pytest.raises(errors.EmptyAnswerError):
        answer(*deltas)


def test_u40_no_words_because_of_the_length_limit_is_not_empty() -> None:
    assert answer({"content": ""}, finish_reason="length").finish[0].reason == "length"
