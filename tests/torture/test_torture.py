"""Hundreds of runs under everything that goes wrong at once. For each: the reader's fold == the stored text == what was sent.

The seed is printed; TORTURE_SEED repeats the same plans (but not the same timing, which depends on the machine).
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter

import pytest

from tests.live.harness import Site

from . import plan
from .life import Life, judge, live_through
from .upstream import TortureUpstream
from .world import World

AT_ONCE = 12
# The process that claims a run counts it as one attempt.
PATIENT = {"MAX_ATTEMPTS": "10", "PROCESS_TIMEOUT_SECONDS": "3"}


async def torture(site: Site, servers: int, runs: int) -> None:
    """Let `runs` runs happen, then check each."""
    seed = os.environ.get("TORTURE_SEED") or f"{random.SystemRandom().getrandbits(32):08x}"
    print(f"\nTORTURE_SEED={seed}", flush=True)
    began = time.monotonic()
    with TortureUpstream() as upstream:
        own = site.copy(OPENAI_BASE_URL=upstream.url, ANTHROPIC_BASE_URL=upstream.url, **PATIENT)
        own.database.write("UPDATE chat_upstream SET base_url = %s", upstream.url)
        async with World(own, servers, random.Random(seed)) as world:
            places = asyncio.Semaphore(AT_ONCE)

            async def one(number: int) -> Life:
                async with places:
                    return await live_through(plan.make(seed, number), world, upstream)

            trouble = asyncio.create_task(world.trouble())
            lives = await asyncio.gather(*(one(number) for number in range(runs)))
            trouble.cancel()
            await asyncio.gather(trouble, return_exceptions=True)
            await world.calm()
            judged = [await asyncio.to_thread(judge, life, world) for life in lives]
            _report(judged, upstream, world, time.monotonic() - began)
            faults = [f"{life.plan.key}: {fault}" for life in judged for fault in life.faults]
            faults += upstream.wrong + upstream.doubled(world.frozen)
            assert not faults, "\n".join([f"TORTURE_SEED={seed}", *faults])


def _report(lives: list[Life], upstream: TortureUpstream, world: World, seconds: float) -> None:
    statuses = Counter(life.status for life in lives)
    manners = Counter(manner for life in lives for manner, _, _ in life.readers)
    requests = sum(upstream.requests_for(life.plan) for life in lives)
    chars = sum(len(life.plan.text) for life in lives)
    print(
        f"{len(lives)} runs ({dict(statuses)}), {chars} characters, {requests} requests, readers {dict(manners)},"
        f" {dict(world.deeds)} on {len(world.servers)} process(es), {seconds:.0f} s",
        flush=True,
    )


@pytest.mark.asyncio
async def test_sixty_runs_survive_everything(prepared: Site) -> None:
    """The short form, on the servers of bin/test: with PostgreSQL and Redis there are two processes."""
    await torture(prepared, 1 if prepared.database.sqlite else 2, 60)


@pytest.mark.torture
@pytest.mark.asyncio
async def test_two_hundred_runs_survive_on_sqlite(prepared: Site) -> None:
    if prepared.database.sqlite is None:
        pytest.skip("this is the part of bin/test on PostgreSQL")
    await torture(prepared, 1, 200)


@pytest.mark.torture
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.asyncio
async def test_two_hundred_runs_survive_on_postgresql_and_redis(prepared_postgres: Site) -> None:
    await torture(prepared_postgres, 2, 200)
