"""Two server processes on PostgreSQL and Redis: readers on either, one of them killed, no character twice. S14, S15."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator

import pytest

from tests.fake_upstream import FakeUpstream, full_text

from .asked import requests
from .harness import Reader, Server, Site
from .harness.databases import value

pytestmark = [pytest.mark.asyncio, pytest.mark.postgres, pytest.mark.redis]
Pair = tuple[Server, Server]


@pytest.fixture(scope="module")
def pair(prepared_postgres: Site) -> Iterator[Pair]:
    """Two running processes of one site."""
    site = prepared_postgres.copy()
    one, two = site.serve(), site.serve()
    two.share_sessions(one)
    yield one, two
    one.remove()
    two.remove()
    assert one.unexpected_lines() + two.unexpected_lines() == []
    shutil.rmtree(site.folder, ignore_errors=True)


def parts(server: Server, run: int) -> object:
    sql = "SELECT m.parts FROM chat_message m JOIN chat_run r ON r.message_id = m.id WHERE r.id = %s"
    return value(server.database.rows(sql, run)[0][0])


async def test_s14_readers_on_either_see_the_same(pair: Pair) -> None:
    one, two = pair
    async with Reader(one, "alice") as here, Reader(two, "alice") as there, Reader(two, "bob") as bob:
        posted = await here.post("Go", "text-n80-r60-k4")
        await here.ask("member.add", conversation=posted["conversation"], name="bob", role="viewer")
        runs = [await reader.follow(posted["run"]) for reader in (here, there, bob)]
        await bob.watch(posted["conversation"])
        for reader, run in zip((here, there, bob), runs, strict=True):
            await reader.ended(run)
            assert run.text == full_text(80)
            assert run.state["parts"] == parts(one, run.run)
            assert (run.gaps, reader.losses) == (0, [])
        assert runs[1].patches > 5
        await bob.until(lambda: bob.messages[posted["answer"]]["parts"], "the stored answer")


async def test_c2_a_message_posted_on_one_process_appears_on_the_other(pair: Pair) -> None:
    one, two = pair
    async with Reader(one, "alice") as here, Reader(two, "alice") as there:
        hello = await here.post("Hello", "text-n3")
        await here.ended(await here.follow(hello["run"]))
        conversation = hello["conversation"]
        await there.watch(conversation)
        await here.watch(conversation)
        posted = await there.post("Again", "text-n3", conversation=conversation, parent=max(there.messages))
        await here.until(lambda: posted["answer"] in here.messages, "the message")


async def test_c18_stop_from_the_other_process(pair: Pair, upstream: FakeUpstream) -> None:
    one, two = pair
    async with Reader(one, "alice") as here, Reader(two, "alice") as there:
        run = await here.said(await here.start("text-n500-r50"))
        seen = await there.follow(run.run)
        await there.ask("run.stop", run=run.run)
        await here.ended(run)
        await there.ended(seen)
        assert run.status == seen.status == "stopped"
        assert run.state["parts"] == seen.state["parts"]


async def test_s1_s15_the_working_process_is_killed_and_the_other_goes_on_once(
    pair: Pair, upstream: FakeUpstream
) -> None:
    one, two = pair
    for number in range(3):
        model = f"text-n{120 + number}-r60"
        async with Reader(one, "alice") as here, Reader(two, "alice") as there:
            run = await here.start(model)
            seen = await there.said(await there.follow(run.run), 100)
            await here.said(run, 100)
            await asyncio.to_thread(one.kill)
            shown = max((run.text, seen.text), key=len)
            await there.ended(seen)
            assert (seen.status, seen.text) == ("done", full_text(120 + number))
            assert seen.text.startswith(shown)
            assert (seen.gaps, there.losses) == (0, [])
            assert seen.state["parts"] == parts(two, seen.run)
            assert seen.kinds().count("seam") == 1
            assert len(requests(upstream, model)) == 2
            assert two.database.rows("SELECT claims FROM chat_run WHERE id = %s", seen.run) == [(1,)]
            await asyncio.to_thread(one.start)
            await here.reconnect()
            assert (await here.ended(run)).state["parts"] == seen.state["parts"]


async def test_s15_a_frozen_process_is_fenced_and_finds_its_way_back(pair: Pair, upstream: FakeUpstream) -> None:
    one, two = pair
    async with Reader(one, "alice") as here, Reader(two, "alice") as there:
        run = await here.said(await here.start("text-n300-r40"), 100)
        seen = await there.said(await there.follow(run.run), 50)
        one.signal(signal.SIGSTOP)
        await two.database.until(1, "SELECT claims FROM chat_run WHERE id = %s", run.run)
        one.signal(signal.SIGCONT)
        await there.ended(seen)
        await here.ended(run)
        assert run.text == seen.text == full_text(300)
        assert (here.losses, there.losses) == ([], [])
        assert run.state["parts"] == seen.state["parts"] == parts(two, run.run)
        # Under its new name it works again.
        await two.database.until(2, "SELECT count(*) FROM chat_process")
        for _ in range(3):
            assert (await here.ended(await here.start("text-n20"))).text == full_text(20)


async def test_s15_a_rolling_restart_has_never_two_writers(pair: Pair, upstream: FakeUpstream) -> None:
    one, two = pair
    async with Reader(one, "alice") as here, Reader(two, "alice") as there:
        runs = [await here.start(f"text-n{200 + number}-r40") for number in range(3)]
        runs += [await there.start(f"text-n{210 + number}-r40") for number in range(3)]
        for server, reader, run in ((one, here, runs[0]), (two, there, runs[3])):
            await reader.said(run, 100)
            await asyncio.to_thread(server.terminate)
            await asyncio.to_thread(server.start)
            await reader.reconnect()
        for number, run in enumerate(runs):
            reader = here if number < 3 else there
            await reader.ended(run)
            words = (200 if number < 3 else 207) + number
            assert (run.status, run.text) == ("done", full_text(words))
            assert run.state["parts"] == parts(one, run.run)
        assert (here.losses, there.losses) == ([], [])
