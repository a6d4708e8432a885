"""The demo over real sockets, with our own client and decoder, and with a malicious client."""

import asyncio
import contextlib
import json
import subprocess
import sys
import threading

import pytest

from chat import demo
from chat.demo.pieces import AT_ONCE, Pace
from chat.demo.server import MODELS, Server
from chat.upstreams import FORMATS, client
from chat.upstreams import events as ev
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import NotFoundError
from chat.upstreams.parts import Part, TextPart, ToolCallPart, ToolResultPart, Turn
from chat.upstreams.request import Options, ToolSpec
from tests.live.harness.machine import PATIENCE_SECONDS

CLOCK = ToolSpec("clock", "The time of day", {"type": "object", "properties": {"city": {"type": "string"}}})


@contextlib.contextmanager
def running(pace: Pace = AT_ONCE):
    server = Server(pace)
    try:
        yield server.base_url
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def base_url():
    with running() as address:
        yield address


def endpoint(base_url: str) -> Endpoint:
    return Endpoint(slug="demo", name="Demo", format="openai", base_url=base_url, allow_private=True, max_attempts=1)


def person(text: str) -> Turn:
    return Turn("user", (TextPart(text),))


async def answer(base_url, turns, *, model="demo", tools=(), max_tokens=None) -> list[ev.Event]:
    """All events of an answer except the phases."""
    there = endpoint(base_url)
    request = FORMATS["openai"].encode(there, model, turns, tools, Options(max_tokens=max_tokens))
    events: list[ev.Event] = []
    async with contextlib.aclosing(client.stream(there, request)) as batches:
        async for batch in batches:
            events += [event for event in batch if not isinstance(event, ev.Phase)]
    return events


def joined(events, kind=ev.Text) -> str:
    return "".join(event.text for event in events if isinstance(event, kind))


def last(events, kind):
    return [event for event in events if isinstance(event, kind)][-1]


@pytest.mark.asyncio
async def test_it_answers_in_pieces_with_usage_and_a_finish_reason(base_url):
    events = await answer(base_url, [person("What is Parley?")])
    assert "chat for teams and models" in joined(events)
    assert last(events, ev.Finish).reason == "stop"
    assert last(events, ev.UsageReport).usage.output_tokens == sum(isinstance(event, ev.Text) for event in events) > 100
    assert last(events, ev.Identity).model == "demo"


@pytest.mark.asyncio
async def test_the_thinking_model_reasons_before_it_answers(base_url):
    events = await answer(base_url, [person("What is Parley?")], model="demo-thinking")
    kinds = [type(event) for event in events]
    assert len(joined(events, ev.Reasoning)) > 100
    assert kinds.index(ev.Reasoning) < kinds.index(ev.Text)
    assert ev.Reasoning not in kinds[kinds.index(ev.Text) :]


@pytest.mark.asyncio
async def test_a_tool_round_sends_the_result_back(base_url):
    asked = person("Which time does the clock say?")
    events = await answer(base_url, [asked], tools=[CLOCK])
    pieces = [event for event in events if isinstance(event, ev.ToolCallDelta)]
    assert last(events, ev.Finish).reason == "tool_calls"
    assert pieces[0].name == "clock"
    arguments = "".join(piece.arguments for piece in pieces)
    assert json.loads(arguments) == {"city": "Which time does the clock say?"}
    round_: tuple[Part, ...] = (
        TextPart(joined(events)),
        ToolCallPart(pieces[0].id or "", "clock", arguments),
        ToolResultPart(pieces[0].id or "", "clock", "half past nine"),
    )
    events = await answer(base_url, [asked, Turn("assistant", round_)], tools=[CLOCK])
    assert "half past nine" in joined(events)
    assert "`clock`" in joined(events)
    assert last(events, ev.Finish).reason == "stop"


@pytest.mark.asyncio
async def test_a_length_limit_cuts_the_answer_and_a_prefill_completes_it(base_url):
    events = await answer(base_url, [person("Show me a table")], max_tokens=60)
    assert last(events, ev.Finish).reason == "length"
    assert last(events, ev.UsageReport).usage.output_tokens == 60
    beginning = joined(events).rstrip()
    rest = await answer(base_url, [person("Show me a table"), Turn("assistant", (TextPart(beginning),))])
    whole = beginning + joined(rest)
    assert whole.count("| This demo |") == 1
    assert whole.endswith("or open **Administration › Upstreams**.")


@pytest.mark.asyncio
async def test_a_title_comes_from_the_question(base_url):
    asked = person("Give this conversation a title of three words.\n\nThe question:\nHow do I connect a model?")
    events = await answer(base_url, [asked], max_tokens=300)
    assert joined(events) == "Connect a model"


@pytest.mark.asyncio
async def test_an_unknown_model_is_not_found(base_url):
    with pytest.raises(NotFoundError):
        await answer(base_url, [person("Hello")], model="gpt-4")


@pytest.mark.asyncio
async def test_it_lists_its_models(base_url):
    assert await client.list_models(endpoint(base_url)) == list(MODELS)


@pytest.mark.asyncio
async def test_the_pace_is_that_of_a_real_model():
    """Does not wait: asks the pace for its delays and adds them up."""
    pace = Pace()
    assert 0.2 < pace.first_seconds() < 0.5
    per_second = 1000 / sum(pace.piece_seconds() for _ in range(1000))
    assert 40 < per_second < 60


@pytest.mark.asyncio
async def test_it_stops_when_the_other_side_has_left():
    asked: list[int] = []
    others = set(threading.enumerate())

    def piece_seconds() -> float:
        asked.append(1)
        return 0.001

    with running(Pace(lambda: 0.0, piece_seconds)) as base_url:
        there = endpoint(base_url)
        request = FORMATS["openai"].encode(there, "demo", [person("Write something long")])
        async with contextlib.aclosing(client.stream(there, request)) as batches:
            async for batch in batches:
                if any(isinstance(event, ev.Text) for event in batch):
                    break
        async with asyncio.timeout(PATIENCE_SECONDS):
            while any("process_request" in thread.name for thread in set(threading.enumerate()) - others):
                await asyncio.sleep(0.01)
        assert len(asked) < 500  # of some 1,300 pieces


async def exchange(base_url: str, *requests: bytes) -> list[bytes]:
    """The responses to requests on one connection, until it is closed or idle."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base_url.rpartition(":")[2]))
    try:
        answers = []
        for request in requests:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            answers.append(head + await reader.readexactly(length))
        return answers
    finally:
        writer.close()


def post(path: str, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /v1/models?limit=1 HTTP/1.1\r\nhost: x\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", 404),
        (b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: x\r\n\r\n", 413),
        (b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", 413),
        (b"POST /v1/chat/completions HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", 413),
        (post("/v1/chat/completions", b"{"), 400),
        (post("/v1/chat/completions", b"[]"), 400),
        (post("/v1/chat/completions", b"[" * 100_000), 400),
        (post("/v1/chat/completions", b"{}"), 400),
        (post("/v1/chat/completions", b'{"model":"demo","messages":[{"role":"elf"}]}'), 400),
        (
            post("/v1/chat/completions", b'{"model":"demo","messages":[{"role":"user","content":"x"}],"max_tokens":0}'),
            400,
        ),
        (post("/v1/chat/completions", b'{"model":"demo","messages":[{"role":"system","content":"x"}]}'), 400),
        (post("/v1/chat/completions", b'{"model":"demo","messages":[{"role":"user","content":[1,{}]}]}'), 400),
        (post("/v1/chat/completions", b'{"model":7,"messages":[{"role":"user","content":"x"}]}'), 400),
        (post("/v1/chat/completions", b'{"model":"gpt-4","messages":[{"role":"user","content":null}]}'), 404),
        (post("/v1/messages", b'{"model":"demo","max_tokens":9,"messages":[{"role":"user","content":"x"}]}'), 404),
    ],
)
@pytest.mark.asyncio
async def test_odd_requests_get_their_status(base_url, request_bytes, status):
    (said,) = await exchange(base_url, request_bytes)
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert ("error" in json.loads(body)) == (status != 200)


@pytest.mark.asyncio
async def test_one_connection_serves_several_requests(base_url):
    models = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
    first, second = await exchange(base_url, models, models)
    assert first.partition(b"\r\n\r\n")[2] == second.partition(b"\r\n\r\n")[2]


@pytest.mark.asyncio
async def test_one_process_has_one_demo_server():
    first = demo.start()
    assert first == await asyncio.to_thread(demo.start)
    assert await client.list_models(endpoint(first)) == list(MODELS)


def test_it_needs_neither_django_nor_our_client():
    program = "import sys, chat.demo; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"django", "httpx", "channels"} & set(loaded)
