"""Stopping: at every phase the upstream's connection is closed within 100 ms, and nothing stays behind."""

import asyncio
import time
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from chat.upstreams import client
from chat.upstreams.clock import Clock
from chat.upstreams.events import Phase, Text
from chat.upstreams.warm import Connections
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS
from tests.upstreams.asking import QUICK, FakeClock, RealSleep, ask, disconnected, endpoint, is_within, request_to
from tests.upstreams.certificates import certificates

BUDGET_SECONDS = 0.1
STEPS: dict[str, list[dict[str, Any]]] = {
    "waiting for headers": [{"hang": True}],
    "waiting for the first word": [{"head": {}}, {"hang": True}],
    "streaming": [{"repeat": 9999, "steps": [{"text": "x"}, {"wait": 0.002}]}],
    "silent": [{"text": "x"}, {"hang": True}],
}


async def consume(url: str, seen: asyncio.Event, pace: float = 0.0, clock: Clock | None = None) -> None:
    it = endpoint(url)
    async with aclosing(
        client.stream(it, request_to(it, "s"), pace_seconds=lambda: pace, clock=clock or RealSleep())
    ) as batches:
        async for batch in batches:
            if any(
                isinstance(event, Text) or (isinstance(event, Phase) and event.name == "waiting") for event in batch
            ):
                seen.set()


@pytest.mark.asyncio
@pytest.mark.parametrize("phase", STEPS)
@pytest.mark.parametrize("pace", [0.0, 10.0])
async def test_c18_a_cancelled_task_closes_the_upstream(upstream: FakeUpstream, phase: str, pace: float) -> None:
    upstream.scenario("s", STEPS[phase])

    async def stopping() -> float:
        seen, before = asyncio.Event(), len(upstream.log())
        task = asyncio.create_task(consume(upstream.url, seen, pace))
        await seen.wait()
        # "waiting" is said when the request is on its way; only one that has arrived can be seen to leave.
        while len(upstream.log()) == before:
            await asyncio.sleep(0)
        stopped = time.monotonic()
        task.cancel()
        seconds = await disconnected(upstream) - stopped
        with pytest.raises(asyncio.CancelledError):
            await task
        return seconds

    assert await is_within(BUDGET_SECONDS, stopping)


@pytest.mark.asyncio
async def test_closing_the_generator_closes_the_upstream(upstream: FakeUpstream) -> None:
    upstream.scenario("s", STEPS["streaming"])
    it = endpoint(upstream.url)

    async def closing() -> float:
        batches = client.stream(it, request_to(it, "s"))
        async for batch in batches:
            if any(isinstance(event, Text) for event in batch):
                break
        stopped = time.monotonic()
        await batches.aclose()
        return await disconnected(upstream) - stopped

    assert await is_within(BUDGET_SECONDS, closing)


@pytest.mark.asyncio
async def test_u9_stop_ends_the_wait_for_the_next_attempt(upstream: FakeUpstream) -> None:
    upstream.scenario("s", [{"status": 429, "headers": {"retry-after": "3"}}])
    it = endpoint(upstream.url)
    waiting = asyncio.Event()

    async def run() -> None:
        async with aclosing(client.stream(it, request_to(it, "s"))) as batches:
            async for batch in batches:
                if any(isinstance(event, Phase) and event.name == "retrying" for event in batch):
                    waiting.set()

    task = asyncio.create_task(run())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, PATIENCE_SECONDS)


@pytest.mark.asyncio
async def test_u4_a_black_hole_ends_at_the_connect_timeout_and_can_be_stopped() -> None:
    heard = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await reader.read()  # returns when the client has left
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as hole:
        url = f"https://127.0.0.1:{hole.sockets[0].getsockname()[1]}"
        timeouts = msgspec.structs.replace(QUICK, connect_seconds=0.1)
        asked = await ask(endpoint(url, timeouts=timeouts, max_attempts=1), "m", clock=FakeClock())
        assert asked.code == "connect_timeout"
        heard.clear()
        patient = msgspec.structs.replace(QUICK, connect_seconds=600)
        task = asyncio.create_task(ask(endpoint(url, timeouts=patient), "m"))
        await heard.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE_SECONDS)


@pytest.mark.asyncio
async def test_u47_200_starts_cancelled_at_once_then_a_normal_one(upstream: FakeUpstream) -> None:
    tasks = [asyncio.create_task(ask(endpoint(upstream.url), "text-n50-r50")) for _ in range(200)]
    while not upstream.log():
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await ask(endpoint(upstream.url), "text-n20")).error is None
    assert len([task for task in asyncio.all_tasks() if task is not asyncio.current_task()]) == 0


@pytest.mark.asyncio
async def test_hundreds_of_streams_at_once(upstream: FakeUpstream) -> None:
    answers = await asyncio.gather(*(ask(endpoint(upstream.url), "text-n20") for _ in range(200)))
    assert {answer.result.text for answer in answers} == {answers[0].result.text}
    assert all(answer.error is None for answer in answers)


@pytest.mark.asyncio
async def test_u3_tls_is_verified_always(tmp_path: Any) -> None:
    server, trusting = certificates(tmp_path)
    with FakeUpstream(tls=server) as upstream:
        right, wrong = f"https://localhost:{upstream.port}", f"https://127.0.0.1:{upstream.port}"
        assert (await ask(endpoint(right), "text-n5", connections=Connections(tls=trusting))).result.text
        assert (await ask(endpoint(right), "text-n5")).code == "tls"
        asked = await ask(endpoint(wrong), "text-n5", connections=Connections(tls=trusting))
        assert asked.code == "tls"
        assert "certificate problem" in str(asked.error)
        assert len(upstream.log()) == 1
        plain = await ask(endpoint(f"http://localhost:{upstream.port}"), "text-n5")
        assert plain.error is not None


@pytest.mark.asyncio
async def test_u3_tls_streams_can_be_stopped_too(tmp_path: Any) -> None:
    server, trusting = certificates(tmp_path)
    with FakeUpstream(tls=server) as upstream:
        it = endpoint(f"https://localhost:{upstream.port}")

        async def closing() -> float:
            batches = client.stream(it, request_to(it, "text-n5000-r200"), connections=Connections(tls=trusting))
            async for batch in batches:
                if any(isinstance(event, Text) for event in batch):
                    break
            stopped = time.monotonic()
            await batches.aclose()
            return await disconnected(upstream) - stopped

        assert await is_within(BUDGET_SECONDS, closing)


@pytest.mark.asyncio
async def test_http_only_servers_behind_https_are_explained(upstream: FakeUpstream) -> None:
    asked = await ask(endpoint(f"https://127.0.0.1:{upstream.port}", max_attempts=1), "m")
    assert asked.code in ("tls", "unreachable", "connect_timeout")


def test_the_same_on_uvloop(running_upstream: FakeUpstream) -> None:
    uvloop = pytest.importorskip("uvloop")
    running_upstream.reset()

    async def run() -> None:
        answers = await asyncio.gather(*(ask(endpoint(running_upstream.url), "text-n50-s3") for _ in range(20)))
        assert all(answer.error is None and answer.result.text for answer in answers)
        await test_closing_the_generator_closes_the_upstream(running_upstream)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
