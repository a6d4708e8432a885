"""Queued messages while servers are killed: each is posted once, without any browser."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.live.harness.machine import PATIENCE_SECONDS

from .harness import Reader, Server
from .harness.reader import new_id

pytestmark = pytest.mark.asyncio


def questions(server: Server) -> list[tuple[str, int]]:
    """The client id of each person's message, and how many answers it has."""
    sql = """SELECT q.client_id, count(a.id) FROM chat_message q LEFT JOIN chat_message a ON a.parent_id = q.id
             WHERE q.role = 'user' GROUP BY q.id, q.client_id ORDER BY q.id"""
    return [(client_id, answers) for client_id, answers in server.database.rows(sql)]


async def all_ended(server: Server, count: int, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait, without any socket, until nothing is queued and `count` answers have ended."""
    until = time.monotonic() + seconds
    sql = """SELECT (SELECT count(*) FROM chat_queuedmessage),
             (SELECT count(*) FROM chat_run WHERE status = 'done'), (SELECT count(*) FROM chat_run)"""
    while (found := server.database.rows(sql)[0]) != (0, count, count):
        assert time.monotonic() < until, f"waiting, done, runs: {found}"
        await asyncio.sleep(0.1)


async def at_most_queued(server: Server, count: int) -> None:
    """Wait until no more messages than this wait for an answer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while server.database.rows("SELECT count(*) FROM chat_queuedmessage")[0][0] > count:
            await asyncio.sleep(0.01)


async def two_heartbeats(server: Server) -> None:
    """Wait until every process has looked around twice more."""
    before = dict(server.database.rows("SELECT id, beats FROM chat_process"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            now = dict(server.database.rows("SELECT id, beats FROM chat_process"))
            if all(now[process] > beats + 2 for process, beats in before.items()):
                return
            await asyncio.sleep(0.02)


async def queued(alice: Reader, posted: dict[str, object], count: int, model: str) -> list[str]:
    """Send `count` messages below an answer that is being written."""
    ids = [new_id() for _ in range(count)]
    for client_id in ids:
        where = {"conversation": posted["conversation"], "parent": posted["answer"], "client_id": client_id}
        assert (await alice.post(client_id, model, **where))["type"] == "message.queued"
    return ids


async def test_queued_messages_are_posted_although_every_browser_is_gone(fresh: Server) -> None:
    first = new_id()
    async with Reader(fresh, "alice") as alice:
        posted = await alice.post("Go", "text-n40-r60", client_id=first)
        ids = await queued(alice, posted, 3, "text-n3")
    await all_ended(fresh, 4)
    assert questions(fresh) == [(client_id, 1) for client_id in (first, *ids)]


async def test_s1_killed_at_random_moments_around_the_end_of_an_answer_each_goes_out_once(fresh: Server) -> None:
    rng = random.Random(3)
    for number in range(3):
        async with Reader(fresh, "alice") as alice:
            posted = await alice.post("Go", f"text-n{30 + number}-r60")
            ids = await queued(alice, posted, 4, f"text-n{5 + number}-r60")
        # Not three times: after three claims a run is marked as interrupted, and messages queued after it are held.
        for _ in range(2):
            await at_most_queued(fresh, rng.randrange(5))
            await asyncio.to_thread(fresh.kill)
            await asyncio.to_thread(fresh.start)
        await all_ended(fresh, 5 * (number + 1))
        assert questions(fresh)[-4:] == [(client_id, 1) for client_id in ids]


async def test_s1_killed_between_the_end_and_the_post_the_next_of_two_processes_posts_it_once(fresh: Server) -> None:
    async with Reader(fresh, "alice") as alice:
        posted = await alice.post("Go", "text-n3")
        await alice.ended(await alice.follow(posted["run"]))
        author = fresh.database.rows("SELECT author_id FROM chat_message WHERE id = %s", posted["message"])[0][0]
        conversation = fresh.database.rows("SELECT conversation_id FROM chat_message WHERE id = %s", posted["message"])
    await asyncio.to_thread(fresh.kill)
    insert = """INSERT INTO chat_queuedmessage
        (conversation_id, author_id, after_id, client_id, parts, upstream, model, created_at)
        VALUES (%s, %s, %s, 'left-behind', '[{"type": "text", "text": "Still here"}]', 'openai', 'text-n3', '2026-11-26 00:00')"""
    fresh.database.write(insert, conversation[0][0], author, posted["answer"])
    other = fresh.site.serve()
    try:
        await asyncio.to_thread(fresh.start)
        await all_ended(fresh, 2)
        await two_heartbeats(fresh)
        assert questions(fresh)[-1] == ("left-behind", 1)
        assert fresh.database.rows("SELECT count(*) FROM chat_run")[0][0] == 2
    finally:
        other.remove()
