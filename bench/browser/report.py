"""Formats the browser's figures as tables with budgets, and writes them into docs/performance.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bench.browser.parts import Opened, Replayed, Streamed
from bench.load import quantile
from bench.report import DOCUMENT, machine, table_of, word

BEGIN, END = "<!-- browser: begin {part} -->", "<!-- browser: end {part} -->"
MB, KB = 1_000_000, 1000


def streamed(count: int, rate: int, found: Streamed) -> str:
    """The table of a very long answer."""
    early, middle, late = (sorted(flushes) for flushes in found.flushes)
    worst = max(quantile(flushes, 0.95) for flushes in (early, middle, late))
    rows = [
        (
            f"main thread per flush, p50 / p95 (ms): first tenth of {count:,} tokens at {rate:,}/s",
            "p95 <= 8",
            _pair(early),
            word(quantile(early, 0.95) <= 8),
        ),
        ("the same in the middle", "p95 <= 8", _pair(middle), word(quantile(middle, 0.95) <= 8)),
        ("the same in the last tenth", "p95 <= 8", _pair(late), word(worst <= 8)),
        (
            "last tenth over first, median",
            "flat: <= 1.5",
            f"{quantile(late, 0.5) / quantile(early, 0.5):.2f}",
            word(quantile(late, 0.5) <= 1.5 * quantile(early, 0.5)),
        ),
        ("tasks over 50 ms", "0", _tasks(found.long_tasks), word(not found.long_tasks)),
        ("whole answer shown after the upstream's last token (ms)", "", f"{found.late_ms:.0f}", ""),
        ("nodes in the document at the end", "", f"{found.nodes:,.0f}", ""),
    ]
    return table_of(("what", "budget", "Parley", "met"), rows)


def replayed(count: int, rate: int, parley: Replayed, marked: Replayed, smd: Replayed) -> str:
    """The table of one answer in three ways."""
    late = parley.late_ms <= 500

    def ratio(other: Replayed) -> str:
        return f"{other.main_seconds / parley.main_seconds:.1f} x"

    rows = [
        (
            f"main thread for {count:,} tokens of Markdown at {rate}/s (s)",
            f"<= {10 * count / 20_000:.1f}",
            f"{parley.main_seconds:.1f}",
            f"{marked.main_seconds:.1f} ({ratio(marked)})",
            f"{smd.main_seconds:.1f} ({ratio(smd)})",
            word(parley.main_seconds <= 10 * count / 20_000),
        ),
        (
            "tasks over 50 ms",
            "0",
            _tasks(parley.long_tasks),
            _tasks(marked.long_tasks),
            _tasks(smd.long_tasks),
            word(not parley.long_tasks),
        ),
        (
            "shown after the upstream's last token (ms)",
            "<= 500",
            f"{parley.late_ms:.0f}",
            f"{marked.late_ms:.0f}",
            f"{smd.late_ms:.0f}",
            word(late),
        ),
    ]
    head = ("what", "budget", "Parley", "marked + DOMPurify each 100 ms", "streaming-markdown", "met")
    return table_of(head, rows)


def remembered(found: list[tuple[int, int, int]]) -> str:
    """The table of memory during a long answer."""
    rows = [(f"{count:,}", f"{page / MB:.1f}", f"{worker / MB:.1f}") for count, page, worker in found]
    return table_of(("tokens so far", "page, JavaScript heap (MB)", "worker, JavaScript heap (MB)"), rows)


def opened(messages: int, conversations: int, found: Opened) -> str:
    """The table of visits."""
    rows = [
        ("first load: requests", "<= 15", str(found.requests), word(found.requests <= 15)),
        ("first load: compressed (kB)", "<= 160", f"{found.all_bytes / KB:.0f}", word(found.all_bytes <= 160 * KB)),
        ("of these scripts (kB)", "<= 120", f"{found.script_bytes / KB:.0f}", word(found.script_bytes <= 120 * KB)),
        ("first load until one can write, empty cache (ms)", "", f"{found.ready_ms:.0f}", ""),
        (
            f"opening a conversation of {messages:,} messages at its end: a click (ms)",
            "<= 300",
            f"{found.open_ms:.0f}",
            word(0 <= found.open_ms <= 300),
        ),
        ("the same by its address, empty cache (ms)", "", f"{found.cold_ms:.0f}", ""),
        (
            f"scrolling up through {found.climbed:,} messages: the worst jump (px)",
            "<= 2",
            f"{found.worst_jump_px:.1f}",
            word(found.worst_jump_px <= 2),
        ),
        ("tasks over 50 ms meanwhile", "", _tasks(found.long_tasks), ""),
        ("most messages in the document meanwhile", "", f"{found.messages:,}", ""),
        (
            f"a list of {conversations:,} conversations, until it is seen (ms)",
            "<= 200",
            f"{found.list_ms:.0f}",
            word(found.list_ms <= 200),
        ),
        ("the same until it is at work (ms)", "", f"{found.list_at_work_ms:.0f}", ""),
    ]
    return table_of(("what", "budget", "Parley", "met"), rows)


def write(part: str, figures: str, version: str) -> None:
    """Put a part's table, with machine, date and command, into docs/performance.md and leave the rest unchanged."""
    begin, end = BEGIN.format(part=part), END.format(part=part)
    command = f"bin/bench --browser {part}"
    about = f"Measured {datetime.now(UTC):%Y-%m-%d} with `{command}` in Chromium {version} on {machine()}."
    text = DOCUMENT.read_text()
    if begin not in text:
        raise SystemExit(f"docs/performance.md has no place for {part}")
    between = f"{begin}\n{about}\n\n{figures}\n{end}"
    DOCUMENT.write_text(re.sub(f"{begin}.*{end}", lambda _: between, text, flags=re.DOTALL))


def _pair(ordered: list[float]) -> str:
    return f"{quantile(ordered, 0.5):.1f} / {quantile(ordered, 0.95):.1f}"


def _tasks(durations: list[float]) -> str:
    return f"{len(durations)}, the longest {max(durations):.0f} ms" if durations else "0"
