"""Formats the figures as a table with budgets, and writes it into docs/performance.md."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path

from bench.load import Relayed

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
KIB, MB = 1024, 1_000_000


@dataclass(frozen=True, slots=True)
class Side:
    """One server's figures: memory in bytes, times in ms."""

    idle_bytes: int
    first_token_ms: float
    burst_ms: float
    many: Relayed
    short: Relayed
    most: Relayed


@dataclass(frozen=True, slots=True)
class Figures:
    """Both servers' figures of one run."""

    bare: Side
    parley: Side
    stop_p50_ms: float
    stop_p99_ms: float


def table(figures: Figures) -> str:
    """A Markdown table with the name, the budget, the bare relay's figure, Parley's, and whether the budget is met."""
    bare, parley = figures.bare, figures.parley
    ratio = parley.many.cpu_us_per_token / bare.many.cpu_us_per_token
    rows = [
        (
            "CPU per 1 M tokens, 200 streams x 50 tokens/s (s)",
            "<= 0.5 x bare",
            _cpu(bare.many),
            _cpu(parley.many),
            ratio <= 0.5,
        ),
        ("the ratio of these two", "<= 0.5", "1", f"{ratio:.2f}", ratio <= 0.5),
        (
            "the same, with 2 s answers: a start and an end each 100 tokens (s)",
            "",
            _cpu(bare.short),
            _cpu(parley.short),
            None,
        ),
        ("latency at 200 streams, p50 / p99 (ms)", "", _ms(bare.many), _ms(parley.many), None),
        (
            "latency at 500 streams, p50 / p99 (ms)",
            "p99 <= 300",
            _ms(bare.most),
            _ms(parley.most),
            parley.most.latency_p99_ms <= 300,
        ),
        ("answers whole at 500 streams", "500", str(bare.most.whole), str(parley.most.whole), parley.most.whole == 500),
        (
            "TTFT, idle machine, p50 (ms)",
            "bare + 10",
            _1(bare.first_token_ms),
            _1(parley.first_token_ms),
            parley.first_token_ms - bare.first_token_ms <= 10,
        ),
        (
            "TTFT, 50 starts within a second, p50 (ms)",
            "bare + 30",
            _1(bare.burst_ms),
            _1(parley.burst_ms),
            parley.burst_ms - bare.burst_ms <= 30,
        ),
        (
            "memory per live stream over idle (KiB)",
            "<= 100 + text",
            _1(bare.many.memory_kib_per_stream),
            _1(parley.many.memory_kib_per_stream),
            parley.many.memory_kib_per_stream <= 100 + _text_kib(parley.many),
        ),
        (
            "idle memory (MB)",
            "<= 150",
            _1(bare.idle_bytes / MB),
            _1(parley.idle_bytes / MB),
            parley.idle_bytes <= 150 * MB,
        ),
        (
            "Stop to upstream closed, p50 / p99 (ms)",
            "p99 <= 100",
            "",
            f"{figures.stop_p50_ms:.1f} / {figures.stop_p99_ms:.1f}",
            figures.stop_p99_ms <= 100,
        ),
        (
            "wire bytes per token beyond its text",
            "<= 20",
            _1(bare.many.wire_bytes_per_token),
            _1(parley.many.wire_bytes_per_token),
            parley.many.wire_bytes_per_token <= 20,
        ),
    ]
    head = ("what", "budget", "bare relay", "Parley", "met")
    return table_of(head, [(what, budget, a, b, word(met)) for what, budget, a, b, met in rows])


def table_of(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the columns between budget and verdict are figures."""
    rules = [
        "---:" if 0 < column < len(head) and name not in ("budget", "met") else "---"
        for column, name in enumerate(head)
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows))


def write(figures: str) -> None:
    """Put the table, with machine, date and command, into docs/performance.md and leave its prose unchanged."""
    about = f"Measured {datetime.now(UTC):%Y-%m-%d} with `bin/bench` on {machine()}."
    text = DOCUMENT.read_text()
    between = f"{BEGIN}\n{about}\n\n{figures}\n{END}"
    DOCUMENT.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: between, text, flags=re.DOTALL))


def machine() -> str:
    """This machine in a few words."""
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    name = model[1].strip() if model else platform.machine()
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout
    python = platform.python_version()
    return f"{cpu_count()} cores ({name}), Python {python}, SQLite, revision {revision.strip() or 'unknown'}"


def _cpu(load: Relayed) -> str:
    return f"{load.cpu_us_per_token:.0f}"


def _ms(load: Relayed) -> str:
    return f"{load.latency_p50_ms:.0f} / {load.latency_p99_ms:.0f}"


def _1(value: float) -> str:
    return f"{value:.1f}"


def _text_kib(load: Relayed) -> float:
    # A timestamp has 18 characters; the text is in memory once as a string and once in the newest changes.
    return load.tokens / load.streams * 18 * 2 / KIB


def word(met: bool | None) -> str:
    """The verdict; empty if there is no budget."""
    return "" if met is None else "yes" if met else "**no**"
