"""Starts the measured processes, signs in, and reads how much CPU and memory they have used."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

ROOT = Path(__file__).resolve().parent.parent
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running process tree."""

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """The user and system time of the tree so far."""
        total = 0.0
        for pid in self._tree():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            total += (int(fields[11]) + int(fields[12])) / _TICK
        return total

    def memory_bytes(self) -> int:
        """The proportional set size of the tree."""
        total = 0
        for pid in self._tree():
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) * 1024  # type: ignore[index]
        return total

    def _tree(self) -> list[int]:
        found, todo = [], [self.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                todo += [int(child) for child in children.read_text().split()]
        return found


@contextmanager
def upstream() -> Iterator[Server]:
    """Start the paced upstream of this folder."""
    port = free_port()
    with _process([sys.executable, "-m", "bench.upstream", str(port)], port, {}) as server:
        yield server


@contextmanager
def bare_relay(upstream_port: int) -> Iterator[Server]:
    """Start the baseline."""
    port = free_port()
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "--verbosity", "0"]
    environment = {"BENCH_UPSTREAM": f"http://127.0.0.1:{upstream_port}"}
    with _process([*command, "bench.bare_relay:application"], port, environment) as server:
        yield server


@contextmanager
def parley(upstream_port: int, data: Path, **settings: str) -> Iterator[Server]:
    """Start Parley like bin/up, with all features on, on SQLite."""
    port = free_port()
    environment = {
        "DATA_DIR": str(data),
        "PORT": str(port),
        "OPENAI_API_KEY": "bench",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream_port}",
        "DEFAULT_MODEL": "openai/rate50-count300",
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    with _process([sys.executable, "-m", "chatsite", "--setup"], port, environment) as server:
        yield server


def people(data: Path, count: int) -> list[dict[str, str]]:
    """Create `count` people; returns for each the header that signs in a socket."""
    command = [sys.executable, "-m", "bench.people", str(count)]
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "DATA_DIR": str(data)}, check=True, stdout=subprocess.PIPE
    )
    return [{"Cookie": f"parley={key}"} for key in json.loads(made.stdout.splitlines()[-1])]


def seed(data: Path, *order: str) -> str:
    """Run `bench.seed` on the database in `data`; returns its output."""
    command = [sys.executable, "-m", "bench.seed", *order]
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "DATA_DIR": str(data)}, check=True, stdout=subprocess.PIPE, text=True
    )
    return made.stdout.strip()


def free_port() -> int:
    """A port that is free at the moment."""
    with closing(socket(AF_INET, SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _process(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait_for(port, running)
        yield Server(running.pid, port)
    finally:
        running.terminate()
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if running.poll() is not None:
            raise RuntimeError(f"{running.args!r} ended with {running.returncode}")
        with closing(socket(AF_INET, SOCK_STREAM)) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


async def settle(seconds: float = 1.0) -> None:
    """Give a server time to finish pending work."""
    await asyncio.sleep(seconds)
