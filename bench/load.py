"""The loads: many streams at once, streams one by one, starts in a burst, stops. Each returns its figures as a value."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import httpx

from bench.readers import ParleyReader, Reader, connect
from bench.servers import Server, settle

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Relayed:
    """The figures of relaying many streams at once."""

    streams: int
    whole: int
    tokens: int
    seconds: float
    cpu_us_per_token: float
    latency_p50_ms: float
    latency_p99_ms: float
    ttft_p50_ms: float
    wire_bytes_per_token: float
    memory_kib_per_stream: float


async def relay(
    server: Server,
    kind: type[Reader],
    people: Sequence[dict[str, str]],
    *,
    streams: int,
    rate: int,
    tokens: int,
    ramp_seconds: float,
) -> Relayed:
    """Run `streams` readers, each with its own stream, whose starts are spread over `ramp_seconds`."""
    readers = [await connect(kind, server.port, people[index % len(people)]) for index in range(streams)]
    await settle()
    memory, cpu, began = server.memory_bytes(), server.cpu_seconds(), time.monotonic()
    watched = _Memory(server)
    for index, reader in enumerate(readers):
        await asyncio.sleep(max(0.0, began + ramp_seconds * index / streams - time.monotonic()))
        reader.begin(f"rate{rate}-count{tokens}-tag{index}")
    limit = ramp_seconds + 3 * tokens / rate + 30
    await asyncio.wait([reader.ended for reader in readers], timeout=limit)
    seconds, used = time.monotonic() - began, server.cpu_seconds() - cpu
    most = watched.end()
    whole = sum(reader.ended.done() and reader.ended.result() for reader in readers)
    latencies = sorted(latency for reader in readers for latency in reader.latencies)
    ttfts = [reader.first_at - reader.asked_at for reader in readers if reader.first_at]
    for reader in readers:
        reader.close()
    count = max(1, len(latencies))
    return Relayed(
        streams,
        whole,
        len(latencies),
        seconds,
        used * 1e6 / count,
        quantile(latencies, 0.5) / MS,
        quantile(latencies, 0.99) / MS,
        median(ttfts or [0]) / MS,
        sum(reader.wire_bytes - reader.text_bytes for reader in readers) / count,
        max(0, most - memory) / 1024 / streams,
    )


async def first_tokens(server: Server, kind: type[Reader], people: Sequence[dict[str, str]], times: int) -> float:
    """The median TTFT in ms of `times` streams, one after the other, on an idle server."""
    found = []
    for index in range(times):
        reader = await connect(kind, server.port, people[0])
        await settle(0.05)
        reader.begin(f"rate200-count3-tag{index}")
        await asyncio.wait_for(reader.ended, 20)
        found.append((reader.first_at - reader.asked_at) / MS)
        reader.close()
    return median(found)


async def burst(server: Server, kind: type[Reader], people: Sequence[dict[str, str]], starts: int) -> float:
    """The median TTFT in ms of `starts` streams that all begin within a second."""
    load = await relay(server, kind, people, streams=starts, rate=50, tokens=50, ramp_seconds=1)
    return load.ttft_p50_ms


async def stops(server: Server, upstream: Server, people: Sequence[dict[str, str]], times: int) -> tuple[float, float]:
    """The time from a reader's Stop until the upstream's connection is closed: p50 and p99 in ms."""
    asked: dict[str, int] = {}
    for index in range(times):
        reader = await connect(ParleyReader, server.port, people[0])
        assert isinstance(reader, ParleyReader)
        model = f"rate50-count5000-stop{index}"
        reader.begin(model)
        await asyncio.wait_for(reader.is_writing, 20)
        # The delay grows, so that the stops fall on all phases of a tick.
        await asyncio.sleep(index % 17 / 200)
        asked[model] = time.monotonic_ns()
        reader.stop()
        await asyncio.wait_for(reader.ended, 20)
        reader.close()
    async with httpx.AsyncClient() as client:
        closed: dict[str, int] = (await client.get(f"http://127.0.0.1:{upstream.port}/closed")).json()
    waits = sorted((closed[model] - at) / MS for model, at in asked.items())
    return quantile(waits, 0.5), quantile(waits, 0.99)


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of the values do not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


class _Memory:
    """Samples a server's memory every second and remembers the maximum."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.most = 0
        self._task = asyncio.create_task(self._look())

    def end(self) -> int:
        """Stop sampling; returns the maximum in bytes."""
        self._task.cancel()
        return max(self.most, self._server.memory_bytes())

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.most = max(self.most, self._server.memory_bytes())
