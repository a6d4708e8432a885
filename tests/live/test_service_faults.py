"""PostgreSQL and Redis fail and come back; nothing acknowledged is lost, and nothing depends on a doorbell. S5-S7, S10."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from tests.fake_upstream import FakeUpstream, full_text

from .harness import OwnPostgres, OwnRedis, Reader, Refused, Server, Site, can_have_postgres
from .harness.databases import new_database
from .harness.machine import PATIENCE_SECONDS
from .harness.reader import new_id

pytestmark = [pytest.mark.asyncio, pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    """A PostgreSQL server that these tests may stop."""
    if not can_have_postgres():
        pytest.skip("PostgreSQL and Redis are not installed")
    server = OwnPostgres()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def redis() -> Iterator[OwnRedis]:
    """A Redis server that these tests may stop."""
    server = OwnRedis()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def site(postgres: OwnPostgres, redis: OwnRedis, upstream: FakeUpstream) -> Iterator[Site]:
    site = Site(new_database(postgres.url, redis.url), upstream.url, HEARTBEAT_SECONDS="1")
    site.bootstrap()
    yield site
    shutil.rmtree(site.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[Server]:
    server = site.serve()
    yield server
    server.remove()
    assert server.unexpected_lines() == []


@contextlib.asynccontextmanager
async def without(service: OwnPostgres | OwnRedis) -> AsyncIterator[None]:
    """Stop the service during the block."""
    await asyncio.to_thread(service.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(service.start)


async def test_s5_postgresql_is_down_for_some_seconds(server: Server, postgres: OwnPostgres) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "bob") as bob:
        run = await alice.said(await alice.start("text-n80-r40"), 60)
        client_id = new_id()
        async with without(postgres):
            await alice.until(lambda: run.paused, "a word about the pause")
            had = run.text
            with pytest.raises(Refused) as refused:
                await bob.post("Not now", "text-n5", client_id=client_id)
            assert refused.value.code == "not_saved"
            beats = len([frame for frame in bob.frames if frame["type"] == "heartbeat"])
            await bob.until(lambda: len([f for f in bob.frames if f["type"] == "heartbeat"]) > beats + 1, "heartbeats")
            assert (run.text, run.done) == (had, False)
        await alice.ended(run)
        assert (run.status, run.text, alice.losses) == ("done", full_text(80), [])
        posted = await bob.post("Now", "text-n5", client_id=client_id)
        assert (await bob.ended(await bob.follow(posted["run"]))).text == full_text(5)
        assert (alice.close_code, bob.close_code) == (None, None)


async def test_s5_connections_are_killed_again_and_again(server: Server, postgres: OwnPostgres) -> None:
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> 'postgres'"
    )
    async with Reader(server, "alice") as alice:
        runs = [await alice.start(f"text-n{60 + number}-r40") for number in range(5)]
        for run in runs:
            await alice.said(run)
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            for _ in range(40):
                seen = sum(run.patches for run in runs)
                await alice.until(lambda: sum(run.patches for run in runs) > seen or all(run.done for run in runs))  # noqa: B023
                connection.execute(kill)
        for number, run in enumerate(runs):
            await alice.ended(run)
            assert (run.status, run.text) == ("done", full_text(60 + number))
        assert alice.losses == []


async def test_s10_a_table_is_locked_and_live_streams_go_on(server: Server) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "bob") as bob:
        run = await alice.said(await alice.start("text-n120-r50"), 30)
        with psycopg.connect(server.database.url) as blocker:
            blocker.execute("LOCK TABLE chat_membership IN ACCESS EXCLUSIVE MODE")
            for _ in range(8):
                await bob.send("conversation.list")
            had = len(run.text)
            await alice.until(lambda: len(run.text) > had + 300, "more of the answer")
            blocker.rollback()
        assert (await alice.ended(run)).text == full_text(120)
        assert await bob.ask("conversation.list")


async def test_s7_redis_dies_and_restarts_empty(server: Server, redis: OwnRedis) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "alice") as tab:
        run = await alice.said(await alice.start("text-n150-r40"), 30)
        async with without(redis):
            posted = await alice.post("Without a doorbell", "text-n20-r40")
            await tab.watch(posted["conversation"])
            other = await alice.ended(await alice.follow(posted["run"]))
            assert other.text == full_text(20)
            await tab.until(lambda: tab.messages[posted["answer"]]["parts"], "the stored answer")
            async with Reader(server, "bob") as newcomer:
                assert (await newcomer.ended(await newcomer.start("text-n5"))).status == "done"
                assert newcomer.close_code is None
        assert (await alice.ended(run)).text == full_text(150)
        assert (alice.close_code, tab.close_code) == (None, None)
        # In a while the doorbell works again, also for sockets that were open before; without it, only the thread follows.
        async with asyncio.timeout(PATIENCE_SECONDS):
            for number in itertools.count():
                title = f"Heard {number}"
                await alice.ask("conversation.rename", conversation=posted["conversation"], title=title)
                await tab.until(lambda: tab.conversations[posted["conversation"]]["title"] == title, title)  # noqa: B023
                listed = [frame["item"]["title"] for frame in tab.frames if frame["type"] == "conversation.listed"]
                if any(title.startswith("Heard") for title in listed):
                    break


async def test_s7_redis_accepts_and_does_not_answer(server: Server, redis: OwnRedis) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "bob") as bob:
        run = await alice.said(await alice.start("text-n200-r40"), 30)
        redis.pause()
        try:
            posted = await alice.post("Silence", "text-n10-r40", seconds=10)
            assert (await alice.ended(await alice.follow(posted["run"]))).text == full_text(10)
            assert (await bob.ended(await bob.start("text-n10-r40"))).text == full_text(10)
            async with Reader(server, "dora") as newcomer:
                assert (await newcomer.ended(await newcomer.start("text-n5"))).status == "done"
        finally:
            redis.resume()
        assert (await alice.ended(run)).text == full_text(200)
        assert (alice.close_code, bob.close_code) == (None, None)


async def test_s7_redis_is_down_at_the_start(site: Site, redis: OwnRedis) -> None:
    async with without(redis):
        server = await asyncio.to_thread(site.serve)
        async with Reader(server, "alice") as alice:
            assert (await alice.ended(await alice.start("text-n10"))).text == full_text(10)
    server.remove()
    assert server.unexpected_lines() == []
