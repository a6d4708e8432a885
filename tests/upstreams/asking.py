"""Asks the fake upstream through the real client, and records all that comes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from chat.upstreams import FORMATS, client
from chat.upstreams.clock import Clock
from chat.upstreams.endpoint import Endpoint, Timeouts
from chat.upstreams.errors import UpstreamError
from chat.upstreams.events import Event, Phase
from chat.upstreams.parts import TextPart, Turn
from chat.upstreams.warm import Connections
from tests.fake_upstream import FakeUpstream
from tests.upstreams.decode import Result, total

KEY = "sk-secret-key-of-this-test"
# Up to this many tries, because a busy machine may miss the budget; on a quiet one the first or second meets it.
TRIES = 20
QUICK = Timeouts(connect_seconds=1, first_event_seconds=1, silence_seconds=0.5, run_seconds=5)


class FakeClock(Clock):
    """A clock that records the requested sleeps and does not sleep."""

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        self.slept: list[float] = []
        self._wall = wall
        self._random = random.Random(7)

    def wall(self) -> float:
        return self._wall

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def random(self) -> float:
        return self._random.random()


class RealSleep(FakeClock):
    """A recording clock that does sleep."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def is_within(budget_seconds: float, measure: Callable[[], Awaitable[float]]) -> bool:
    """Whether what is measured can be done in this time. A busy machine makes some measurements slow, a regression all."""
    for _ in range(TRIES):
        if await measure() <= budget_seconds:
            return True
    return False


async def disconnected(upstream: FakeUpstream, number: int = -1) -> float:
    """The time at which the upstream saw that its client disconnected; the event loop is not blocked."""
    return await asyncio.to_thread(upstream.wait_for_disconnect, number)


@dataclass
class Asked:
    """Everything that a stream yielded."""

    batches: list[list[Event]] = field(default_factory=list)
    error: UpstreamError | None = None

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch]

    @property
    def result(self) -> Result:
        return total(self.events)

    @property
    def phases(self) -> list[str]:
        return [event.name for event in self.events if isinstance(event, Phase)]

    @property
    def code(self) -> str | None:
        return self.error.code if self.error else None


def endpoint(url: str, format_name: str = "openai", **more: Any) -> Endpoint:
    given: dict[str, Any] = {"timeouts": QUICK, "allow_private": True, "key": KEY, **more}
    return Endpoint(slug="fake", name="Fake", format=format_name, base_url=url, **given)


def request_to(it: Endpoint, model: str, text: str = "hello") -> Any:
    return FORMATS[it.format].encode(it, model, [Turn("user", (TextPart(text),))])


async def ask(
    it: Endpoint, model: str, *, clock: Clock | None = None, connections: Connections | None = None, **more: Any
) -> Asked:
    """Ask, and record all that comes; if the test passes no `connections`, none is left open."""
    asked = Asked()
    more |= {"clock": clock or FakeClock(), "connections": connections or Connections(max_idle=0)}
    try:
        async with aclosing(client.stream(it, request_to(it, model), **more)) as batches:
            async for batch in batches:
                asked.batches.append(batch)
    except UpstreamError as error:
        asked.error = error
    return asked
