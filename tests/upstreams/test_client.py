"""The client against a real server that misbehaves: the U cases of answers that begin."""

import asyncio
import base64
from typing import Any

import msgspec
import pytest

from chat.upstreams.events import Identity, Phase
from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import PATIENCE_SECONDS
from tests.upstreams.asking import QUICK, Asked, RealSleep, ask, disconnected, endpoint

pytestmark = pytest.mark.asyncio
both = pytest.mark.parametrize("format_name", ["openai", "anthropic"])

HI = {"text": "Hello world", "pieces": 3}
END = {"finish": "stop"}


async def play(
    upstream: FakeUpstream, format_name: str, *steps: Any, attempts: list[Any] | None = None, **more: Any
) -> Asked:
    upstream.scenario("scenario", list(steps), attempts=attempts)
    return await ask(endpoint(upstream.url, format_name, **more), "scenario")


@both
@pytest.mark.parametrize("model", ["text-n30", "text-n30-s1", "text-n30-b7-k3"])
async def test_an_answer_arrives_whole(upstream: FakeUpstream, format_name: str, model: str) -> None:
    asked = await ask(endpoint(upstream.url, format_name), model)
    assert asked.error is None
    assert asked.result.text == full_text(30)
    assert asked.phases == ["connecting", "waiting"]
    assert asked.events[0] == Phase("connecting", 1, 3)
    assert Identity(request_id="req_fake") in asked.events
    assert [finish.reason for finish in asked.result.finish] == ["stop"]


@both
async def test_u14_slow_headers_within_the_limit_are_fine(upstream: FakeUpstream, format_name: str) -> None:
    assert (await play(upstream, format_name, {"wait": 0.1}, HI, END)).result.text == "Hello world"


@both
async def test_u15_headers_that_never_come_are_an_error_and_the_socket_is_closed(
    upstream: FakeUpstream, format_name: str
) -> None:
    timeouts = msgspec.structs.replace(QUICK, first_event_seconds=0.1)
    asked = await play(upstream, format_name, {"hang": True}, timeouts=timeouts, max_attempts=2)
    assert asked.code == "first_event_timeout"
    assert asked.phases == ["connecting", "waiting", "retrying", "connecting", "waiting"]
    await disconnected(upstream, 0)
    await disconnected(upstream, 1)


@both
async def test_pings_and_comments_are_no_first_event(upstream: FakeUpstream, format_name: str) -> None:
    pings = {
        "repeat": 100,
        "steps": [{"send": ': still here\n\nevent: ping\ndata: {"type": "ping"}\n\n'}, {"wait": 0.02}],
    }
    timeouts = msgspec.structs.replace(QUICK, first_event_seconds=0.15)
    asked = await play(upstream, format_name, pings, timeouts=timeouts, max_attempts=1)
    assert asked.code == "first_event_timeout"


@both
async def test_u16_comments_keep_a_silent_answer_alive(upstream: FakeUpstream, format_name: str) -> None:
    pings = {"repeat": 8, "steps": [{"send": ": still here\n\n"}, {"wait": 0.05}]}
    timeouts = msgspec.structs.replace(QUICK, silence_seconds=0.2)
    assert (await play(upstream, format_name, HI, pings, END, timeouts=timeouts)).result.text == "Hello world"


PINGS = {"repeat": 1000, "steps": [{"send": ': still here\n\nevent: ping\ndata: {"type": "ping"}\n\n'}, {"wait": 0.02}]}


@both
async def test_u52_pings_without_content_end_at_a_limit(upstream: FakeUpstream, format_name: str) -> None:
    timeouts = msgspec.structs.replace(QUICK, content_seconds=0.3)
    asked = await play(upstream, format_name, HI, PINGS, END, timeouts=timeouts)
    assert (asked.code, asked.result.text, len(upstream.log())) == ("silence_timeout", "Hello world", 1)
    assert asked.error is not None
    assert asked.error.retryable
    assert "kept the connection open" in str(asked.error)
    await disconnected(upstream)


@both
async def test_u52_content_starts_the_limit_anew(upstream: FakeUpstream, format_name: str) -> None:
    more = {"repeat": 8, "steps": [{"text": "a"}, {"wait": 0.1}]}
    timeouts = msgspec.structs.replace(QUICK, content_seconds=0.5)
    assert (await play(upstream, format_name, more, END, timeouts=timeouts)).result.text == "a" * 8


async def test_u52_the_limit_does_not_count_while_a_tool_of_the_provider_works(upstream: FakeUpstream) -> None:
    use = {"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "a", "content": []}

    def begins(index: int, block: Any) -> Any:
        return {"events": [{"type": "content_block_start", "index": index, "content_block": block}]}

    timeouts = msgspec.structs.replace(QUICK, content_seconds=0.2)
    searching = {**PINGS, "repeat": 30}
    steps = [HI, begins(1, use), searching, begins(2, found), {"text": "."}, END]
    asked = await play(upstream, "anthropic", *steps, timeouts=timeouts)
    assert (asked.code, asked.result.text) == (None, "Hello world.")
    asked = await play(upstream, "anthropic", HI, begins(1, use), begins(2, found), PINGS, timeouts=timeouts)
    assert asked.code == "silence_timeout"


@both
async def test_u17_silence_for_ever_ends_at_the_limit(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(
        upstream, format_name, HI, {"hang": True}, timeouts=msgspec.structs.replace(QUICK, silence_seconds=0.1)
    )
    assert (asked.code, asked.result.text, len(upstream.log())) == ("silence_timeout", "Hello world", 1)
    assert asked.error is not None
    assert asked.error.retryable
    await disconnected(upstream)


@both
@pytest.mark.parametrize("fault", [{"close": True}, {"reset": True}, {"wait": 0}])
async def test_u18_a_connection_that_breaks_is_no_success(upstream: FakeUpstream, format_name: str, fault: Any) -> None:
    asked = await play(upstream, format_name, HI, {"wait": 0.02}, fault)
    assert (asked.code, asked.result.text, len(upstream.log())) == ("broken_off", "Hello world", 1)
    assert asked.error is not None
    assert asked.error.request_id == "req_fake"


@both
@pytest.mark.parametrize(
    "half", ['data: {"choices":[{"delta":{"cont', 'data: {"type":"content_block_delta","index":0,"del']
)
async def test_u19_half_an_event_is_dropped(upstream: FakeUpstream, format_name: str, half: str) -> None:
    asked = await play(upstream, format_name, HI, {"send": half}, {"close": True})
    assert (asked.code, asked.result.text) == ("broken_off", "Hello world")


async def test_u20_a_break_inside_a_character_leaves_no_replacement_character(upstream: FakeUpstream) -> None:
    half = 'data: {"choices":[{"index":0,"delta":{"content":"€"}}]}'.encode()[:-8].hex()
    asked = await play(
        upstream, "openai", HI, {"send_base64": base64.b64encode(bytes.fromhex(half)).decode()}, {"close": True}
    )
    assert (asked.code, asked.result.text) == ("broken_off", "Hello world")


@both
async def test_u21_a_content_length_too_long_does_not_matter_after_the_end(
    upstream: FakeUpstream, format_name: str
) -> None:
    asked = await play(upstream, format_name, {"head": {"framing": "length", "length": 99999}}, HI, END)
    assert (asked.code, asked.result.text) == (None, "Hello world")


@both
async def test_u21_a_content_length_too_long_before_the_end_is_a_break(
    upstream: FakeUpstream, format_name: str
) -> None:
    asked = await play(upstream, format_name, {"head": {"framing": "length", "length": 99999}}, HI)
    assert (asked.code, asked.result.text) == ("broken_off", "Hello world")


@both
async def test_u23_an_event_over_its_limit_is_a_clear_error(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(upstream, format_name, HI, {"text": "x" * 17_000_000}, END)
    assert (asked.code, asked.result.text) == ("limit", "Hello world")


@both
async def test_u24_40_mb_without_a_line_end_reach_the_limit_and_the_upstream_is_closed(
    upstream: FakeUpstream, format_name: str
) -> None:
    asked = await play(upstream, format_name, HI, {"repeat": 640, "steps": [{"send": "x" * 65536}]}, END)
    assert asked.code == "limit"
    await disconnected(upstream)
    assert upstream.log()[0]["bytes_sent"] < 35_000_000


@both
async def test_u25_invalid_json_in_the_middle_keeps_what_came(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(upstream, format_name, HI, {"send": "data: {oops\n\n"}, HI, END)
    assert (asked.code, asked.result.text) == ("bad_json", "Hello world")
    assert "Fake" in str(asked.error)


async def test_u28_no_done_and_a_connection_kept_open_is_complete(
    upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    asked = await play(upstream, "openai", HI, {"events": [finish]}, {"hang": True})
    assert (asked.code, asked.result.text) == (None, "Hello world")


@both
async def test_u29_an_orderly_end_without_a_finish_reason_is_a_break(upstream: FakeUpstream, format_name: str) -> None:
    assert (await play(upstream, format_name, {"head": {"framing": "close"}}, HI)).code == "broken_off"


@both
async def test_u32_an_overload_as_the_first_event_is_tried_again_and_a_later_one_is_not(
    upstream: FakeUpstream, format_name: str
) -> None:
    error = {"events": [{"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}]}
    asked = await play(upstream, format_name, attempts=[[error], [HI, END]])
    assert (asked.code, asked.result.text, asked.phases.count("retrying")) == (None, "Hello world", 1)
    asked = await play(upstream, format_name, HI, error)
    assert (asked.code, asked.result.text) == ("overloaded", "Hello world")


@both
async def test_u32_the_key_in_an_error_of_the_stream_is_hidden(upstream: FakeUpstream, format_name: str) -> None:
    error = {
        "error": {
            "message": "bad key sk-secret-key-of-this-test and sk-other-1234567890abcdef",
            "type": "invalid_request_error",
        }
    }
    asked = await play(upstream, format_name, HI, {"events": [error]})
    assert "sk-" not in str(asked.error)


@both
async def test_u35_an_endless_answer_ends_at_the_time_limit(upstream: FakeUpstream, format_name: str) -> None:
    endless = {"repeat": 10_000, "steps": [{"text": "more "}, {"wait": 0.005}]}
    asked = await play(upstream, format_name, endless, timeouts=msgspec.structs.replace(QUICK, run_seconds=0.2))
    assert asked.code == "run_timeout"
    assert asked.result.text.startswith("more more ")
    await disconnected(upstream)


@both
async def test_u35_an_answer_of_which_there_is_always_more_ends_at_the_time_limit(
    upstream: FakeUpstream, format_name: str
) -> None:
    # More has always arrived between two paced reads, so that no read waits.
    where = endpoint(upstream.url, format_name, timeouts=msgspec.structs.replace(QUICK, run_seconds=0.3))
    asked = await asyncio.wait_for(
        ask(where, "text-n400000-b20", pace_seconds=lambda: 0.02, clock=RealSleep()), PATIENCE_SECONDS
    )
    assert asked.code == "run_timeout"


@both
async def test_u35_an_endless_answer_ends_at_the_size_limit(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(upstream, format_name, {"repeat": 100, "steps": [{"text": "x" * 500_000}]})
    assert asked.code == "limit"
    assert 8_000_000 <= len(asked.result.text) < 10_000_000


@both
async def test_u36_10000_events_at_once_come_in_order_and_few_batches(upstream: FakeUpstream, format_name: str) -> None:
    asked = await ask(endpoint(upstream.url, format_name), "text-n10000-b10000")
    assert asked.result.text == full_text(10000)
    assert len(asked.batches) < 1000


@both
async def test_u37_a_gzip_body_is_unpacked_as_it_comes(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(upstream, format_name, {"gzip": True}, HI, {"wait": 0.05}, END)
    assert asked.result.text == "Hello world"
    assert len(asked.batches) >= 5  # not all at the end


async def test_u37_other_encodings_are_refused(upstream: FakeUpstream) -> None:
    assert (
        await play(upstream, "openai", {"head": {"headers": {"content-encoding": "br"}}}, HI, END)
    ).code == "not_a_stream"


@both
async def test_u39_json_instead_of_a_stream_is_the_whole_answer(upstream: FakeUpstream, format_name: str) -> None:
    bodies = {
        "openai": {
            "model": "m",
            "choices": [{"message": {"content": "whole"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 4},
        },
        "anthropic": {
            "model": "m",
            "content": [{"type": "text", "text": "whole"}],
            "stop_reason": "max_tokens",
            "usage": {"input_tokens": 4},
        },
    }
    asked = await play(upstream, format_name, {"status": 200, "body": bodies[format_name]})
    assert (asked.code, asked.result.text, asked.result.finish[0].reason) == (None, "whole", "length")
    assert asked.result.usage.input_tokens == 4


@both
async def test_u39_a_json_error_with_200_is_an_error(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(
        upstream,
        format_name,
        {"status": 200, "body": {"error": {"message": "no such thing", "type": "invalid_request_error"}}},
    )
    assert asked.code == "bad_request"
    assert "no such thing" in str(asked.error)


@both
@pytest.mark.parametrize(
    "body, code",
    [
        ("<html><h1>Welcome</h1></html>", "not_a_stream"),
        ("", "empty"),
        ({"hello": 1}, "not_a_stream"),
        ("{", "not_a_stream"),
    ],
)
async def test_u40_what_is_no_answer_is_said_to_be_none(
    upstream: FakeUpstream, format_name: str, body: Any, code: str
) -> None:
    asked = await play(upstream, format_name, {"status": 200, "body": body})
    assert asked.code == code
    assert asked.result.text == ""


@both
async def test_u40_a_finish_without_a_word_is_empty(upstream: FakeUpstream, format_name: str) -> None:
    assert (await play(upstream, format_name, END)).code == "empty"


@both
async def test_u44_nothing_after_the_end_is_appended(upstream: FakeUpstream, format_name: str) -> None:
    asked = await play(upstream, format_name, HI, END, HI, END)
    assert (asked.result.text, len(asked.result.finish)) == ("Hello world", 1)


async def test_reads_are_paced_after_the_first_word(upstream: FakeUpstream) -> None:
    stream = {"repeat": 39, "steps": [{"text": "x"}, {"wait": 0.005}]}
    upstream.scenario("paced", [{"text": "x"}, {"wait": 0.2}, stream, END])
    asked = await ask(endpoint(upstream.url), "paced", pace_seconds=lambda: 0.05, clock=RealSleep())
    with_text = [batch for batch in asked.batches if any(type(event).__name__ == "Text" for event in batch)]
    assert asked.result.text == "x" * 40
    assert len(with_text[0]) <= 2  # the first batch comes at once, with the model's name and a word
    assert len(with_text) <= 10
