"""What the fake upstream saw of one model's requests."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS

Object = dict[str, Any]


def requests(upstream: FakeUpstream, model: str) -> list[Object]:
    """The requests for `model`, oldest first."""
    return [request for request in upstream.log() if request["model"] == model]


async def asked(upstream: FakeUpstream, model: str, times: int = 1, seconds: float = PATIENCE_SECONDS) -> Object:
    """The request number `times` for `model`, as soon as it is there."""
    until = time.monotonic() + seconds
    while len(found := requests(upstream, model)) < times:
        assert time.monotonic() < until, f"{model} was asked {len(found)} times"
        await asyncio.sleep(0.005)
    return found[times - 1]


async def told(upstream: FakeUpstream, model: str, times: int = 1) -> None:
    """Wait until the upstream has sent the whole answer to the request number `times`, whether or not anybody has read it."""
    request = await asked(upstream, model, times)
    until = time.monotonic() + PATIENCE_SECONDS
    while request["ended_at"] is None:
        assert time.monotonic() < until, f"{model} has not said everything"
        await asyncio.sleep(0.005)


async def left(request: Object, seconds: float = PATIENCE_SECONDS) -> float:
    """When (monotonic seconds) the client closed the connection of `request`."""
    until = time.monotonic() + seconds
    while request["disconnected_at"] is None:
        assert time.monotonic() < until, "the upstream saw no disconnect"
        await asyncio.sleep(0.002)
    return float(request["disconnected_at"])
