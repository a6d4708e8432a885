"""Runs every load against the bare relay and against Parley, one after the other, and writes docs/performance.md.

bin/bench              everything, about four minutes
bin/bench --quick      a short run with smaller loads, which writes nothing
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop

from bench import load, report, servers
from bench.readers import ParleyReader, Reader, RelayReader
from bench.servers import Server

NOBODY: Sequence[dict[str, str]] = ({},)


async def measure(*, quick: bool) -> report.Figures:
    """Measure all figures, with new servers for each kind of load."""
    with servers.upstream() as upstream:
        with servers.bare_relay(upstream.port) as relay:
            await servers.settle()
            bare = await _both(relay, RelayReader, NOBODY, quick)
        with tempfile.TemporaryDirectory() as folder:
            people = servers.people(Path(folder), 500)
            with servers.parley(upstream.port, Path(folder)) as parley:
                await servers.settle()
                figures = await _both(parley, ParleyReader, people, quick)
                stops = await load.stops(parley, upstream, people, 20 if quick else 100)
    return report.Figures(bare, figures, *stops)


async def _both(server: Server, kind: type[Reader], people: Sequence[dict[str, str]], quick: bool) -> report.Side:
    idle = server.memory_bytes()
    first = await load.first_tokens(server, kind, people, 10 if quick else 40)
    burst = await load.burst(server, kind, people, 50)
    await servers.settle(2)
    seconds = 8 if quick else 15
    many = await load.relay(server, kind, people, streams=200, rate=50, tokens=50 * seconds, ramp_seconds=4)
    await servers.settle(2)
    short = await load.relay(server, kind, people, streams=100, rate=50, tokens=100, ramp_seconds=4)
    await servers.settle(2)
    most = await load.relay(server, kind, people, streams=500, rate=50, tokens=50 * seconds, ramp_seconds=15)
    return report.Side(idle, first, burst, many, short, most)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller loads; write nothing")
    arguments = parser.parse_args()
    figures = uvloop.run(measure(quick=arguments.quick))
    text = report.table(figures)
    print(text)
    if not arguments.quick:
        report.write(text)


if __name__ == "__main__":
    main()
