"""Stop reaches the upstream at any phase: its connection is closed within a tenth of a second, and the text is kept."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.fake_upstream import FakeUpstream

from .asked import asked, left, requests
from .harness import Followed, Reader, Server

pytestmark = pytest.mark.asyncio
TIMES = 7
SERIES = 5
BUDGET_SECONDS = 0.1


async def stop_latency(
    alice: Reader, upstream: FakeUpstream, model: str, chars: int, phase: str
) -> tuple[float, Followed]:
    """The seconds from sending `run.stop` in this phase until the upstream sees the connection closed."""
    before = len(requests(upstream, model))
    run = await alice.start(model)
    request = await asked(upstream, model, before + 1)
    await alice.until(lambda: len(run.text) >= chars and run.state["run"].get("phase") == phase, phase)
    began = time.monotonic()
    await alice.send("run.stop", run=run.run)
    seconds = await left(request) - began
    await alice.ended(run)
    assert run.status == "stopped"
    return seconds, run


async def within_budget(alice: Reader, stop: Callable[[], Awaitable[float]]) -> bool:
    """Whether a stop typically takes no longer than the budget, not counting what this machine takes for a mere ping.

    A busy machine makes one series of measurements slow; a server that is slow makes all of them slow.
    """
    for _ in range(SERIES):
        seconds = [await stop() for _ in range(TIMES)]
        pings = []
        for _ in range(TIMES):
            began = time.monotonic()
            await alice.ask("ping")
            pings.append(time.monotonic() - began)
        print(
            f"\nstop: {sorted(round(1000 * each, 1) for each in seconds)} ms; ping: {1000 * max(pings):.1f} ms at most"
        )
        if statistics.median(seconds) <= BUDGET_SECONDS + 2 * max(pings):
            return True
    return False


async def test_before_the_first_byte(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("stop-first", [{"hang": True}])
    async with Reader(server, "alice") as alice:

        async def stop() -> float:
            return (await stop_latency(alice, upstream, name, 0, "waiting"))[0]

        assert await within_budget(alice, stop)


async def test_after_the_head_and_before_the_first_word(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("stop-head", [{"head": {}}, {"send": ": wait\n\n"}, {"hang": True}])
    async with Reader(server, "alice") as alice:

        async def stop() -> float:
            return (await stop_latency(alice, upstream, name, 0, "waiting"))[0]

        assert await within_budget(alice, stop)


@pytest.mark.parametrize("pause", [0.0, 0.01, 0.5])
async def test_in_the_middle(pause: float, server: Server, upstream: FakeUpstream) -> None:
    words = {"repeat": 10**6, "steps": [{"text": "word "}, {"wait": pause}]}
    name = upstream.scenario(f"stop-middle-{pause}", [{"text": "First. "}, words])
    async with Reader(server, "alice") as alice:

        async def stop() -> float:
            seconds, run = await stop_latency(alice, upstream, name, 5, "writing")
            assert run.text.startswith("First. ")
            return seconds

        assert await within_budget(alice, stop)


async def test_u9_while_waiting_for_the_next_try(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("stop-retry", [{"status": 429, "headers": {"retry-after": "30"}, "body": ""}])
    async with Reader(server, "alice") as alice:
        run = await alice.start(name)
        await alice.until(lambda: run.state["run"].get("phase") == "retrying", "the wait")
        assert run.state["run"]["wait_seconds"] == 30
        await alice.ask("run.stop", run=run.run)
        await alice.ended(run)
        assert run.status == "stopped"
        assert len(requests(upstream, name)) == 1


async def test_while_an_answer_is_about_to_be_continued(server: Server, upstream: FakeUpstream) -> None:
    name = upstream.scenario("stop-continue", [{"text": "Some words. "}, {"reset": True}])
    async with Reader(server, "alice") as alice:
        run = await alice.start(name)
        await alice.until(lambda: run.state["run"].get("phase") == "continuing", "the wait")
        await alice.ask("run.stop", run=run.run)
        await alice.ended(run)
        assert (run.status, run.text) == ("stopped", "Some words. ")


async def test_u4_while_connecting_into_a_black_hole(server: Server) -> None:
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        # Two connections that nobody accepts fill its queue; the kernel makes all others wait.
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        url = f"http://127.0.0.1:{hole.getsockname()[1]}"
        server.database.write("UPDATE chat_upstream SET base_url = %s WHERE slug = 'own'", url)
        async with Reader(server, "alice") as alice:
            run = await alice.start("echo", upstream="own")
            await alice.until(lambda: run.state["run"].get("phase") == "connecting", "connecting")
            await alice.ask("run.stop", run=run.run)
            await alice.ended(run)
            assert run.status == "stopped", "and not failed, as it is once the connection has taken too long"
            run = await alice.ended(await alice.start("echo", upstream="own"))
            assert (run.status, run.error["code"]) == ("failed", "connect_timeout")
        for filler in fillers:
            filler.close()


async def test_c18_at_once_twice_and_from_another_tab(server: Server, upstream: FakeUpstream) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "alice") as tab:
        posted = await alice.post("Go", "text-n100-r50")
        await alice.ask("run.stop", run=posted["run"])
        await alice.ask("run.stop", run=posted["run"])
        run = await alice.ended(await alice.follow(posted["run"]))
        assert run.status == "stopped"
        await tab.ask("run.stop", run=posted["run"])

        other = await alice.said(await alice.start("text-n100-r50"), 20)
        await tab.ask("run.stop", run=other.run)
        await alice.ended(other)
        assert other.status == "stopped"

        short = await alice.ended(await alice.start("text-n3"))
        await tab.ask("run.stop", run=short.run)
        again = await tab.ended(await tab.follow(short.run))
        assert (again.status, again.text) == ("done", short.text)


async def test_c18_at_the_last_token(server: Server, upstream: FakeUpstream) -> None:
    async with Reader(server, "alice") as alice:
        for _ in range(10):
            run = await alice.said(await alice.start("text-n12-r200"), len("word0 word1 " * 4))
            await alice.send("run.stop", run=run.run)
            await alice.ended(run)
            assert run.status in ("stopped", "done")
            seen = run.state["parts"]
            async with Reader(server, "alice") as late:
                stored = await late.ended(await late.follow(run.run))
            assert (stored.status, stored.state["parts"]) == (run.status, seen)
