"""Upstream faults that affect the whole run, seen by a reader on a real socket. Named by their ids."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS

from .asked import asked, left, requests
from .harness import Followed, Reader, Refused, Server
from .harness.databases import value
from .harness.machine import free_port
from .harness.server import SETTINGS

pytestmark = pytest.mark.asyncio
Steps = list[dict[str, Any]]
FORMATS = ["openai", "anthropic"]
ERROR = {
    "openai": {"error": {"message": "The engine sk-live-openai-0123456789abcdef failed", "type": "server_error"}},
    "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
}


async def outcome(server: Server, model: str, upstream: str = "openai", seconds: float = PATIENCE_SECONDS) -> Followed:
    async with Reader(server, "alice") as alice:
        run = await alice.ended(await alice.start(model, upstream=upstream), seconds)
        assert alice.losses == []
        return run


def stored_parts(server: Server, run: Followed) -> Any:
    sql = "SELECT m.parts FROM chat_message m JOIN chat_run r ON r.message_id = m.id WHERE r.id = %s"
    return value(server.database.rows(sql, run.run)[0][0])


async def test_u1_nobody_listens(server: Server) -> None:
    server.database.write(
        "UPDATE chat_upstream SET base_url = %s WHERE slug = 'own'", f"http://127.0.0.1:{free_port()}"
    )
    run = await outcome(server, "echo", "own")
    assert run.status == "failed"
    assert run.error["code"] == "unreachable"
    assert "Own" in run.error["message"]
    assert "retrying" in [phase["phase"] for phase in run.phases]


async def test_u5_the_key_is_refused_and_never_shown(server: Server, upstream: FakeUpstream) -> None:
    for status in (401, 403):
        body = {"error": {"message": f"Incorrect API key: {SETTINGS['OPENAI_API_KEY']}"}}
        name = upstream.scenario(f"u5-{status}", [{"status": status, "body": body}])
        run = await outcome(server, name)
        assert (run.status, run.error["code"]) == ("failed", "key_refused")
        assert "administrator" in run.error["message"]
        assert len(requests(upstream, name)) == 1
        assert SETTINGS["OPENAI_API_KEY"] not in json.dumps(run.state)
    assert SETTINGS["OPENAI_API_KEY"] not in server.log_text()


async def test_u9_retry_after_is_counted_down_and_obeyed(server: Server, upstream: FakeUpstream) -> None:
    busy: Steps = [{"status": 429, "headers": {"retry-after": "1"}, "body": {"error": {"message": "slow down"}}}]
    name = upstream.scenario("u9", attempts=[busy, [{"text": "Here."}, {"finish": "stop"}]])
    run = await outcome(server, name)
    assert (run.status, run.text) == ("done", "Here.")
    waiting = next(phase for phase in run.phases if phase["phase"] == "retrying")
    assert waiting["wait_seconds"] == 1
    assert (waiting["attempt"], waiting["of"]) == (2, 3)
    first, second = requests(upstream, name)
    assert second["at"] - first["at"] >= 1.0


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("status", [500, 503, 504, 529])
async def test_u12_tried_again_before_the_first_word(
    status: int, format: str, server: Server, upstream: FakeUpstream
) -> None:
    failing: Steps = [{"status": status, "body": {"error": {"message": "no"}}}]
    name = upstream.scenario(f"u12-{status}-{format}", attempts=[failing, [{"text": "Here."}, {"finish": "stop"}]])
    run = await outcome(server, name, format)
    assert (run.status, run.text) == ("done", "Here.")
    assert len(requests(upstream, name)) == 2
    assert "seam" not in run.kinds()


async def test_u12_in_the_end_a_clear_error(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("u12-always", [{"status": 500, "body": "<h1>Oh no</h1>"}])
    run = await outcome(server, name)
    assert (run.status, run.error["code"]) == ("failed", "server_error")
    assert "<h1>" not in run.error["message"]
    assert len(requests(upstream, name)) == 3
    assert run.kinds() == []


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "id, broken",
    [
        ("u17 silence", [{"hang": True}]),
        ("u18 closed", [{"close": True}]),
        ("u18 reset", [{"reset": True}]),
        ("u19 half an event", [{"send": 'data: {"choices": [{"delta": {"con'}, {"close": True}]),
        ("u20 half a character", [{"send_base64": base64.b64encode(b'data: {"x": "\xc3').decode()}, {"close": True}]),
        ("u29 no finish reason", []),
        ("u32 an error in the stream", [{"error": True}]),
    ],
)
async def test_a_broken_answer_goes_on_from_where_it_is(
    id: str, broken: Steps, format: str, server: Server, upstream: FakeUpstream
) -> None:
    steps: Steps = [{"events": [ERROR[format]]} if "error" in step else step for step in broken]
    first: Steps = [{"text": "One two ", "pieces": 3}, {"wait": 0.1}, {"text": "three fö"}, *steps]
    second: Steps = [{"text": "ur ", "pieces": 2}, {"text": "five."}, {"finish": "stop"}]
    name = upstream.scenario(f"{id} {format}", attempts=[first, second])
    run = await outcome(server, name, format)
    assert (run.status, run.text) == ("done", "One two three föur five.")
    assert run.kinds() == ["text", "seam", "text"]
    assert "continuing" in [phase["phase"] for phase in run.phases]
    seam = run.state["parts"][1]
    assert (seam["attempt"], seam["of"]) == (2, 3)
    assert SETTINGS["OPENAI_API_KEY"] not in json.dumps(run.state)
    assert stored_parts(server, run) == run.state["parts"]


@pytest.mark.parametrize("beginning", [" ", "\n\n", "<", "<thi"])
async def test_u18_what_was_held_back_at_a_break_comes_once(
    beginning: str, server: Server, upstream: FakeUpstream
) -> None:
    """A "<" that might begin a <think> tag is shown when the stream breaks, and taken back when the answer begins anew."""
    second = f"{beginning}One."
    attempts: list[Steps] = [[{"text": beginning}, {"close": True}], [{"text": second}, {"finish": "stop"}]]
    name = upstream.scenario(f"u18-held-{beginning.encode().hex()}", attempts=attempts)
    run = await outcome(server, name)
    assert (run.status, run.text) == ("done", f"{beginning}One.")


async def test_u18_used_up_it_is_interrupted_and_one_click_goes_on(server: Server, upstream: FakeUpstream) -> None:
    broken: list[Steps] = [[{"text": f"Part {number} and so on, "}, {"close": True}] for number in range(3)]
    name = upstream.scenario("u18-always", attempts=[*broken, [{"text": "the end."}, {"finish": "stop"}]])
    async with Reader(server, "alice") as alice:
        posted = await alice.post("Go", name)
        run = await alice.ended(await alice.follow(posted["run"]))
        text = "Part 0 and so on, Part 1 and so on, Part 2 and so on, "
        assert (run.status, run.text, run.error["code"]) == ("interrupted", text, "broken_off")
        again = await alice.ask("run.continue", client_id="continue-u18", message=posted["answer"])
        assert again["answer"] == posted["answer"]
        more = await alice.ended(await alice.follow(again["run"]))
        assert (more.status, more.text) == ("done", text + "the end.")
        assert stored_parts(server, more) == more.state["parts"]


@pytest.mark.parametrize("format", FORMATS)
async def test_u30_the_length_limit_is_said_and_can_be_continued(
    format: str, server: Server, upstream: FakeUpstream
) -> None:
    cut, rest = [{"text": "Half of this sent"}, {"finish": "length"}], [{"text": "ence."}, {"finish": "stop"}]
    name = upstream.scenario(f"u30-{format}", attempts=[cut, rest])
    async with Reader(server, "alice") as alice:
        posted = await alice.post("Go", name, upstream=format)
        run = await alice.ended(await alice.follow(posted["run"]))
        assert (run.status, run.state["run"]["finish_reason"]) == ("done", "length")
        again = await alice.ask("run.continue", client_id=f"continue-{format}", message=posted["answer"])
        more = await alice.ended(await alice.follow(again["run"]))
        assert (more.text, more.state["run"]["finish_reason"]) == ("Half of this sentence.", "stop")


async def test_u31_a_filter_and_a_refusal_are_said_and_the_text_is_kept(server: Server, upstream: FakeUpstream) -> None:
    run = await outcome(server, upstream.scenario("u31-filter", [{"text": "Well, "}, {"finish": "content_filter"}]))
    assert (run.text, run.state["run"]["finish_reason"]) == ("Well, ", "content_filter")
    refused = {"choices": [{"index": 0, "delta": {"refusal": "I would rather not."}, "finish_reason": None}]}
    name = upstream.scenario("u31-refusal", [{"text": "Well, "}, {"events": [refused]}, {"finish": "stop"}])
    run = await outcome(server, name)
    assert run.kinds() == ["text", "refusal"]
    assert run.state["run"]["finish_reason"] == "refusal"


@pytest.mark.parametrize("format", FORMATS)
async def test_u32_an_error_before_the_first_word_is_tried_again(
    format: str, server: Server, upstream: FakeUpstream
) -> None:
    attempts: list[Steps] = [[{"events": [ERROR[format]]}], [{"text": "Here."}, {"finish": "stop"}]]
    run = await outcome(server, upstream.scenario(f"u32-{format}", attempts=attempts), format)
    assert (run.status, run.text) == ("done", "Here.")


async def test_u34_tool_calls_are_shown_and_never_mixed(server: Server, upstream: FakeUpstream) -> None:
    def piece(index: int, **fields: Any) -> dict[str, Any]:
        return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": index, **fields}]}, "finish_reason": None}]}

    events = [
        piece(0, id="a", function={"name": "weather", "arguments": ""}),
        piece(1, id="b", function={"name": "no_such_tool", "arguments": '{"x": '}),
        piece(0, function={"arguments": '{"place": "Ber'}),
        piece(1, function={"arguments": "not json"}),
        piece(0, function={"arguments": 'lin"}'}),
    ]
    asking: Steps = [{"text": "Let me see. "}, {"events": events}, {"finish": "tool_calls"}]
    run = await outcome(
        server, upstream.scenario("u34", attempts=[asking, [{"text": "I cannot."}, {"finish": "stop"}]])
    )
    assert run.status == "done"
    calls = [(part["name"], part["arguments"]) for part in run.state["parts"] if part["type"] == "tool_call"]
    assert calls == [("weather", '{"place": "Berlin"}'), ("no_such_tool", '{"x": not json')]
    assert stored_parts(server, run) == run.state["parts"]


async def test_u35_an_endless_answer_can_be_stopped(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("u35", [{"repeat": 10**6, "steps": [{"text": "and on " * 20}, {"wait": 0.005}]}])
    async with Reader(server, "alice") as alice:
        run = await alice.said(await alice.start(name), 5000)
        request = await asked(upstream, name)
        await alice.ask("run.stop", run=run.run)
        await alice.ended(run)
        assert run.status == "stopped"
        await left(request)
        assert stored_parts(server, run) == run.state["parts"]


async def test_u35_an_endless_answer_ends_by_itself(server: Server, upstream: FakeUpstream) -> None:
    server.database.write("UPDATE chat_upstream SET base_url = %s, run_seconds = 2 WHERE slug = 'own'", upstream.url)
    name = upstream.scenario("u35-time", [{"repeat": 10**6, "steps": [{"text": "and on "}, {"wait": 0.02}]}])
    run = await outcome(server, name, "own")
    server.database.write("UPDATE chat_upstream SET run_seconds = 60 WHERE slug = 'own'")
    assert (run.status, run.error["code"]) == ("interrupted", "run_timeout")
    assert run.text.startswith("and on and on ")
    await left(await asked(upstream, name))


async def test_u36_ten_thousand_events_at_once(server: Server, upstream: FakeUpstream) -> None:
    words = [f"{number} " for number in range(10_000)]
    run = await outcome(server, upstream.scenario("u36", [{"texts": words}, {"finish": "stop"}]))
    assert run.text == "".join(words)
    assert run.patches < 100


@pytest.mark.parametrize("format", FORMATS)
async def test_u39_json_instead_of_a_stream_is_the_whole_answer(
    format: str, server: Server, upstream: FakeUpstream
) -> None:
    whole: dict[str, Any] = {
        "choices": [{"message": {"role": "assistant", "content": "All."}, "finish_reason": "stop"}]
    }
    if format == "anthropic":
        whole = {"type": "message", "content": [{"type": "text", "text": "All."}], "stop_reason": "end_turn"}
    name = upstream.scenario(f"u39-{format}", [{"status": 200, "body": whole}])
    run = await outcome(server, name, format)
    assert (run.status, run.text) == ("done", "All.")


@pytest.mark.parametrize(
    "id, steps, code",
    [
        ("html", [{"status": 200, "body": "<!doctype html><title>Portal</title>"}], "not_a_stream"),
        ("empty body", [{"status": 200, "body": ""}], "empty"),
        ("no content", [{"finish": "stop"}], "empty"),
    ],
)
async def test_u40_not_an_answer(id: str, steps: Steps, code: str, server: Server, upstream: FakeUpstream) -> None:
    run = await outcome(server, upstream.scenario(f"u40 {id}", steps))
    assert (run.status, run.error["code"]) == ("failed", code)
    assert run.state["parts"] == []


async def test_u42_what_no_database_takes_is_replaced(server: Server, upstream: FakeUpstream) -> None:
    nasty = r"a\u0000b\ud800c\u001b[31md"
    call = f'{{"index": 0, "id": "{nasty}", "function": {{"name": "{nasty}", "arguments": "{nasty}"}}}}'
    chunks = [
        f'{{"model": "m{nasty}", "choices": [{{"index": 0, "delta": {{"content": "{nasty}"}}}}]}}',
        f'{{"choices": [{{"index": 0, "delta": {{"reasoning_content": "{nasty}"}}}}]}}',
        f'{{"choices": [{{"index": 0, "delta": {{"tool_calls": [{call}]}}}}]}}',
        f'{{"choices": [{{"index": 0, "delta": {{"refusal": "{nasty}"}}}}]}}',
        f'{{"choices": [{{"index": 0, "delta": {{}}, "finish_reason": "stop{nasty}"}}]}}',
    ]
    steps: Steps = [{"send": f"data: {chunk}\n\n"} for chunk in chunks]
    run = await outcome(server, upstream.scenario("u42", [*steps, {"send": "data: [DONE]\n\n"}]))
    assert (run.status, run.error["code"]) == ("interrupted", "unknown_end")
    assert run.text == "a\ufffdb\ufffdc\x1b[31md"
    assert stored_parts(server, run) == run.state["parts"]
    said = [{"status": 400, "body": {"error": {"message": "no\x00\x1b[31m no"}}}]
    run = await outcome(server, upstream.scenario("u42-error", said))
    assert run.status == "failed"
    assert "\x1b" not in run.error["message"] + server.log_text()


async def test_u46_a_run_keeps_the_upstream_it_began_with_and_the_next_one_does_not(
    server: Server, upstream: FakeUpstream
) -> None:
    server.database.write("UPDATE chat_upstream SET base_url = %s WHERE slug = 'own'", upstream.url)
    async with Reader(server, "alice") as alice:
        run = await alice.said(await alice.start("text-n40-r40", upstream="own"))
        server.database.write("UPDATE chat_upstream SET is_enabled = %s WHERE slug = 'own'", False)
        assert (await alice.ended(run)).status == "done"
        with pytest.raises(Refused) as refused:
            await alice.start("text-n5", upstream="own")
        server.database.write("UPDATE chat_upstream SET is_enabled = %s WHERE slug = 'own'", True)
        assert refused.value.code == "no_model"
        assert (await alice.ended(await alice.start("text-n5", upstream="own"))).status == "done"


async def test_u47_two_hundred_cancelled_starts_do_no_harm(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("u47", [{"hang": True}])
    async with Reader(server, "alice") as alice:
        for _ in range(200):
            posted = await alice.post("Go", name)
            await alice.send("run.stop", run=posted["run"])
        run = await alice.ended(await alice.start("text-n20"))
        assert run.status == "done"
        live = "SELECT count(*) FROM chat_run WHERE model = %s AND status <> 'stopped'"
        await alice.until(lambda: server.database.rows(live, name)[0][0] == 0 or None, "all are stopped")


async def test_u48_an_upstream_that_restarts_between_two_turns(server: Server) -> None:
    with FakeUpstream() as first:
        port = first.port
        first.models(status=404)
        server.database.write("UPDATE chat_upstream SET base_url = %s WHERE slug = 'own'", first.url)
        assert (await outcome(server, "text-n5", "own")).status == "done"
    with FakeUpstream(port=port) as second:
        second.models(status=404)
        assert (await outcome(server, "text-n5", "own")).status == "done"
