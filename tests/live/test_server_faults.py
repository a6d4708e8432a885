"""The server is killed, stopped, frozen and starved; all that was acknowledged or shown survives. Named by fault ids."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator

import pytest

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import PATIENCE_SECONDS

from .asked import requests, told
from .harness import Database, Followed, Reader, Refused, Server, Site
from .harness.databases import value
from .harness.reader import new_id

pytestmark = pytest.mark.asyncio


def stored(server: Server, run: int) -> tuple[str, str]:
    """The status and the text of a run as the database has them."""
    sql = "SELECT r.status, m.parts FROM chat_run r JOIN chat_message m ON r.message_id = m.id WHERE r.id = %s"
    status, parts = server.database.rows(sql, run)[0]
    return status, "".join(part["text"] for part in value(parts) if part["type"] == "text")


async def back(alice: Reader, seconds: float = PATIENCE_SECONDS) -> None:
    """Connect again, as often as it takes."""
    until = time.monotonic() + seconds
    while True:
        try:
            return await alice.reconnect()
        except (OSError, AssertionError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.05)


async def refused(alice: Reader) -> None:
    """Wait until the server takes no messages any more, because it is stopping."""
    with pytest.raises((Refused, ConnectionError)) as refusal:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await alice.post("Too late", "text-n1")
    assert getattr(refusal.value, "code", "stopping") == "stopping"


@contextlib.asynccontextmanager
async def locked(server: Server) -> AsyncIterator[None]:
    """Hold SQLite's only write lock."""
    assert server.database.sqlite is not None
    with contextlib.closing(sqlite3.connect(server.database.sqlite, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def only_on_sqlite(server: Server) -> None:
    if server.database.sqlite is None:
        pytest.skip("SQLite's lock; test_service_faults.py has PostgreSQL's own troubles")


async def test_s1_killed_at_random_moments(fresh: Server) -> None:
    rng = random.Random(1)
    async with Reader(fresh, "alice") as alice:
        for _ in range(4):
            runs = [await alice.start(f"text-n{60 + number}-r60", upstream="openai") for number in range(4)]
            posted = await alice.post("Kept?", "text-n5")
            await alice.said(rng.choice(runs), rng.randrange(len(full_text(60))))
            await asyncio.to_thread(fresh.kill)
            shown = [run.text for run in runs]
            await asyncio.to_thread(fresh.start)
            await back(alice)
            await alice.follow(posted["run"])
            for number, run in enumerate(runs):
                await alice.ended(run)
                assert (run.status, run.text) == ("done", full_text(60 + number))
                assert run.text.startswith(shown[number])
            assert (await alice.ended(alice.runs[posted["run"]])).text == full_text(5)
            assert alice.losses == []


async def test_s1_marked_instead_where_the_setting_says_so(prepared: Site) -> None:
    server = prepared.copy(CONTINUE_AFTER_CRASH="false").serve()
    try:
        async with Reader(server, "alice") as alice:
            run = await alice.said(await alice.start("text-n200-r50"), 60)
            await asyncio.to_thread(server.kill)
            shown = run.text
            await asyncio.to_thread(server.start)
            await back(alice)
            await alice.ended(run)
            assert (run.status, run.error["code"]) == ("interrupted", "restarted")
            assert run.text.startswith(shown)
            assert full_text(200).startswith(run.text)
            message = alice.server.database.rows("SELECT message_id FROM chat_run WHERE id = %s", run.run)[0][0]
            more = await alice.ask("run.continue", client_id=new_id(), message=message)
            assert (await alice.ended(await alice.follow(more["run"]))).text == full_text(200)
    finally:
        server.remove()


async def test_s2_sigterm_during_twenty_streams(fresh: Server) -> None:
    async with Reader(fresh, "alice") as alice:
        short = [await alice.start("text-n20-r40") for _ in range(5)]
        long = [await alice.start("text-n250-r50") for _ in range(15)]
        for run in long:
            await alice.said(run)
        fresh.signal(signal.SIGTERM)
        await refused(alice)
        for run in short:
            assert (await alice.ended(run)).status == "done"
        await alice.until(lambda: alice.close_code is not None, "the goodbye")
        assert (alice.close_code, alice.bye and alice.bye["code"]) == (4000, 4000)
        await asyncio.to_thread(fresh.wait)
        assert fresh.database.rows("SELECT count(*) FROM chat_process") == [(0,)]
        await asyncio.to_thread(fresh.start)
        await back(alice)
        for run in long:
            await alice.ended(run)
            assert (run.status, run.text) == ("done", full_text(250))
            assert stored(fresh, run.run) == ("done", full_text(250))
        assert alice.losses == []


async def test_s2_sigterm_within_a_second_of_a_handshake(fresh: Server) -> None:
    async with Reader(fresh, "alice") as alice:
        run = await alice.said(await alice.start("text-n100-r50"))
        async with Reader(fresh, "alice"):
            fresh.signal(signal.SIGTERM)
            await asyncio.to_thread(fresh.wait)
        await asyncio.to_thread(fresh.start)
        await back(alice)
        assert (await alice.ended(run)).text == full_text(100)
        assert alice.losses == []


def heartbeats(reader: Reader) -> int:
    return sum(frame["type"] == "heartbeat" for frame in reader.frames)


@pytest.mark.parametrize("signals", [[signal.SIGTERM, signal.SIGTERM], [signal.SIGINT]])
async def test_s3_asked_twice_or_by_ctrl_c(
    signals: list[signal.Signals], prepared: Site, upstream: FakeUpstream
) -> None:
    server = prepared.copy(DRAIN_SECONDS="600", SILENCE_TIMEOUT_SECONDS="600").serve()
    try:
        async with Reader(server, "alice") as alice:
            upstream.hold()
            run = await alice.said(await alice.start("text-n60-g40"))
            server.signal(signals[0])
            await refused(alice)
            if len(signals) > 1:
                server.signal(signals[1])  # now it does not wait for the answer, which is still held
            else:
                upstream.release()
            await asyncio.to_thread(server.wait)
            upstream.release()  # the rest may pass the word at which the answer is held, too
            await asyncio.to_thread(server.start)
            await back(alice)
            assert (await alice.ended(run)).text == full_text(60)
            assert run.kinds() == (["text", "seam", "text"] if len(signals) > 1 else ["text"])
            assert alice.losses == []
    finally:
        server.remove()


async def test_s4_s6_the_database_is_locked_in_mid_stream(prepared: Site, upstream: FakeUpstream) -> None:
    server = prepared.copy(HEARTBEAT_SECONDS="1").serve()
    try:
        only_on_sqlite(server)
        async with Reader(server, "alice") as alice, Reader(server, "bob") as bob:
            before = len(requests(upstream, "text-n60-r50"))
            run = await alice.said(await alice.start("text-n60-r50"), 30)
            async with locked(server):
                await alice.until(lambda: run.paused, "a word about the pause")
                had = len(run.text)
                # The upstream ends its answer meanwhile; without a commit nobody may see that.
                await told(upstream, "text-n60-r50", before + 1)
                beats = heartbeats(bob)
                await bob.until(lambda: heartbeats(bob) >= beats + 2, "heartbeats")
                assert await bob.ask("ping")
                assert await alice.ask("ping")
                assert (len(run.text), run.done) == (had, False)
            await alice.ended(run)
            assert (run.status, run.text) == ("done", full_text(60))
            assert stored(server, run.run) == ("done", run.text)
        assert server.unexpected_lines() == []
    finally:
        server.remove()


async def test_s8_a_burst_that_no_doorbell_survives(server: Server) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "alice") as tab:
        posted = await alice.post("Go", "text-n100-r60")
        await tab.watch(posted["conversation"])
        run = await tab.follow(posted["run"])
        for number in range(300):
            await alice.send("conversation.rename", conversation=posted["conversation"], title=f"Title {number}")
        await tab.until(lambda: tab.conversations[posted["conversation"]]["title"] == "Title 299", "the last title")
        assert (await tab.ended(run)).text == full_text(100)


async def test_s11_the_whole_process_stands_still_for_some_seconds(server: Server, upstream: FakeUpstream) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "bob") as bob:
        before = len(requests(upstream, "text-n200-r60"))
        run = await alice.said(await alice.start("text-n200-r60"))
        server.signal(signal.SIGSTOP)
        await told(upstream, "text-n200-r60", before + 1)  # which takes more than 3 s
        server.signal(signal.SIGCONT)
        await alice.ended(run)
        assert run.text == full_text(200)
        assert (alice.close_code, bob.close_code) == (None, None)
        assert await bob.ask("ping")
        # A process that was still for longer than PROCESS_TIMEOUT_SECONDS, and alone, works on.
        assert (await alice.ended(await alice.start("text-n5"))).status == "done"


async def test_s13_twenty_endless_lines_at_once_cost_bounded_memory(server: Server, upstream: FakeUpstream) -> None:
    line = "x" * 500_000
    name = upstream.scenario("s13", [{"send": "data: "}, {"repeat": 40, "steps": [{"send": line}]}, {"hang": True}])
    async with Reader(server, "alice") as alice:
        await alice.ended(await alice.start("text-n5"))
        before, worst = server.memory_bytes(), 0
        runs = [await alice.start(name) for _ in range(20)]
        until = time.monotonic() + PATIENCE_SECONDS
        while not all(run.done for run in runs) and time.monotonic() < until:
            worst = max(worst, server.memory_bytes())
            await asyncio.sleep(0.05)
        print(f"\nmemory for 20 endless lines: +{(worst - before) >> 20} MiB")
        assert {run.error.get("code") for run in runs} == {"limit"}
        assert worst - before < 400 << 20
        assert (await alice.ended(await alice.start("text-n5"))).status == "done"


async def test_s17_a_thousand_sends_by_one_person(prepared: Site) -> None:
    limits = {"MAX_RUNS_PER_PERSON": "8", "MAX_FRAMES_PER_SECOND": "20"}
    server = prepared.copy(**limits).serve()
    try:
        async with Reader(server, "bob") as bob, Reader(server, "alice") as alice:
            for _ in range(1000):
                await bob.send(
                    "message.post",
                    client_id=new_id(),
                    text="Me",
                    conversation=None,
                    upstream="openai",
                    model="text-n9-r3",
                )
            run = await alice.ended(await alice.start("text-n5"))
            assert run.status == "done"
            await bob.until(lambda: bob.close_code is not None, "the end")
            codes = {frame.get("code") for frame in bob.frames if frame["type"] == "error"}
            assert codes == {"limit", "too_fast"}
            assert server.database.rows("SELECT count(*) FROM chat_run")[0][0] <= 8 + 1 + 120
            live = "SELECT count(*) FROM chat_run WHERE status IN ('queued', 'running')"
            assert server.database.rows(live)[0][0] <= 8
    finally:
        server.remove()


async def test_s18_a_restored_backup_is_sound_and_its_runs_are_marked(fresh: Server) -> None:
    only_on_sqlite(fresh)
    async with Reader(fresh, "alice") as alice:
        run = await alice.said(await alice.start("text-n100-r50"), 60)
        site = Site(Database(), "http://127.0.0.1:9")
        target = site.folder / "parley.sqlite3"
        with (
            contextlib.closing(sqlite3.connect(fresh.database.sqlite or "")) as live,
            contextlib.closing(sqlite3.connect(target)) as backup,
        ):
            live.backup(backup)
            assert backup.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert backup.execute("PRAGMA foreign_key_check").fetchall() == []
        saved = run.text
        await alice.ended(run)
        site.database = Database(sqlite=target)
        site.environment = {**fresh.site.environment, "DATA_DIR": str(site.folder), "CONTINUE_AFTER_CRASH": "false"}
        restored = site.serve()
    try:
        restored.share_sessions(fresh)
        async with Reader(restored, "alice") as alice:
            # C24: this page knows a later position than the restored server.
            again = alice.runs[run.run] = Followed(run.run)
            again.seq, again.state = run.seq, run.state
            await alice.send("run.watch", run=run.run, after=run.seq)
            await alice.ended(again)
            assert again.status == "interrupted"
            assert full_text(100).startswith(again.text)
            assert len(again.text) >= len(saved) - 60
            assert again.gaps == 0
    finally:
        restored.remove()


async def test_a_taken_port_is_said_and_nothing_is_touched(server: Server) -> None:
    second = Server(server.site, {}, "--setup")
    second.port = server.port
    second.log = server.site.folder / "second"
    second.start(wait=False)
    with contextlib.suppress(subprocess.TimeoutExpired):
        assert await asyncio.to_thread(second.wait, 15) != 0
    assert "cannot be used" in second.log_text()
    second.remove()
