"""The life of one run: posted once, read by several readers in several ways, perhaps stopped, and checked at the end."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

from websockets.exceptions import InvalidHandshake

from tests.live.harness import Followed, Reader, Refused
from tests.live.harness.databases import value
from tests.live.harness.reader import Frame, new_id

from .plan import Plan
from .upstream import TortureUpstream
from .world import World

# The errors that a client sees while servers are killed.
_AWAY = (OSError, InvalidHandshake, TimeoutError, ConnectionError, AssertionError)
LIMIT_SECONDS = 120.0


@dataclass(slots=True)
class Life:
    """What became of a run."""

    plan: Plan
    posted: Frame = field(default_factory=dict)
    readers: list[tuple[str, Reader, Followed]] = field(default_factory=list)
    stopped: bool = False
    faults: list[str] = field(default_factory=list)
    status: str = ""

    @property
    def run(self) -> int:
        """The run's number."""
        return int(self.posted["run"])


async def live_through(plan: Plan, world: World, upstream: TortureUpstream) -> Life:
    """Post, read, disturb, and wait for the end."""
    upstream.add(plan)
    life, rng = Life(plan), random.Random(f"{plan.key} readers")
    poster = Reader(world.any_server(rng), "alice")
    life.posted = await _posted(poster, plan, world, rng)
    manners = ["steady", *rng.choices(["steady", "hopping", "late", "lazy"], k=rng.randint(0, 2))]
    async with asyncio.TaskGroup() as group:
        for manner in manners:
            reader = poster if manner == "steady" and not life.readers else Reader(world.any_server(rng), "alice")
            followed = reader.runs[life.run] = Followed(life.run)
            life.readers.append((manner, reader, followed))
            group.create_task(_read(manner, reader, followed, world, random.Random(rng.random())))
        if rng.random() < 0.12:
            life.stopped = True
            group.create_task(_stop(life.run, world, rng))
    return life


def judge(life: Life, world: World) -> Life:
    """Compare what every reader holds with what is stored and with what the upstream sent."""
    plan, database = life.plan, world.site.database
    rows = database.rows(
        "SELECT r.status, m.parts, r.state FROM chat_run r JOIN chat_message m ON r.message_id = m.id"
        " WHERE r.upstream = %s AND r.model = %s",
        plan.upstream, plan.key,
    )  # fmt: skip
    if len(rows) != 1:
        life.faults.append(f"{len(rows)} runs for one post")
        return life
    life.status, parts = rows[0][0], value(rows[0][1])
    text = "".join(part["text"] for part in parts if part["type"] == "text")
    if life.status == "done" and text != plan.text:
        life.faults.append(f"stored {len(text)} of {len(plan.text)} characters, parting at {_parting(text, plan.text)}")
    if not plan.text.startswith(text):
        life.faults.append(f"stored what was never sent, from character {_parting(text, plan.text)}")
    if life.status not in ("done", "stopped") or (life.status == "stopped" and not life.stopped):
        state = value(rows[0][2])
        life.faults.append(f"ended as {life.status}: {state.get('error')} after attempt {state.get('attempt')}")
    for manner, reader, followed in life.readers:
        if not followed.done:
            life.faults.append(f"the {manner} reader saw no end")
        if followed.state["parts"] != parts:
            life.faults.append(f"the {manner} reader holds {len(followed.text)} characters, stored are {len(text)}")
        if followed.status != life.status:
            life.faults.append(f"the {manner} reader saw it end as {followed.status!r}")
        life.faults += [f"the {manner} reader lost something: {loss}" for loss in reader.losses]
    return life


async def _posted(reader: Reader, plan: Plan, world: World, rng: random.Random) -> Frame:
    """Post until it is acknowledged, always under the same client id."""
    client_id, until = new_id(), time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            if not reader.is_open:
                await reader.connect()
            return await reader.post("Go", plan.key, upstream=plan.upstream, client_id=client_id, seconds=5)
        except (*_AWAY, Refused) as error:
            if time.monotonic() > until:
                raise
            if isinstance(error, Refused) and error.code not in ("stopping", "not_saved"):
                raise
            await reader.drop()
            reader.server = world.any_server(rng)
            await asyncio.sleep(0.1)


async def _read(manner: str, reader: Reader, followed: Followed, world: World, rng: random.Random) -> None:
    """Follow a run to its end in this manner, over as many connections as it takes."""
    until = time.monotonic() + LIMIT_SECONDS
    if manner == "late":
        await asyncio.sleep(rng.uniform(0, 6))
    reader._acknowledges = manner != "lazy"
    if reader.is_open:
        await reader.send("run.watch", run=followed.run, after=0)
    while not followed.done and time.monotonic() < until:
        try:
            if not reader.is_open:
                await reader.reconnect(world.any_server(rng))
            patience = rng.uniform(0.02, 0.8) if manner == "hopping" else 5.0
            await reader.until(lambda: followed.done or not reader.is_open, "", patience)
        except _AWAY:
            pass
        if manner == "hopping" and not followed.done:
            await reader.drop()
        reader._acknowledges = True
        if not reader.is_open:
            await asyncio.sleep(0.05)
    await reader.close()


async def _stop(run: int, world: World, rng: random.Random) -> None:
    """Stop the run from another tab, until a server has said yes."""
    await asyncio.sleep(rng.choice([0, 0.05, 0.5, 2.0]))
    until = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < until:
        reader = Reader(world.any_server(rng), "alice")
        try:
            await reader.connect()
            await reader.ask("run.stop", run=run, seconds=5)
        except _AWAY:
            await asyncio.sleep(0.1)
        else:
            return
        finally:
            await reader.close()


def _parting(text: str, sent: str) -> int:
    return next((at for at, (ours, theirs) in enumerate(zip(text, sent, strict=False)) if ours != theirs), len(sent))
