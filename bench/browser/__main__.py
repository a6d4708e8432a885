"""Measures the page in Chromium, and writes docs/performance.md.

bin/bench --browser                        everything, about nine minutes
bin/bench --browser stream opening         only these parts: stream, replay, memory, opening
bin/bench --browser --quick                a short run of everything with smaller loads, which writes nothing
"""

from __future__ import annotations

import argparse

from playwright.sync_api import Browser

from bench.browser import parts, report
from bench.browser.site import chromium

PARTS = ("stream", "replay", "memory", "opening")


def measure(browser: Browser, part: str, *, quick: bool) -> str:
    """Measure one part; returns its table."""
    if part == "stream":
        count, rate = (20_000, 2000) if quick else (100_000, 2000)
        return report.streamed(count, rate, parts.stream(browser, count, rate, 0.6 if quick else 3))
    if part == "replay":
        count, rate = (2000 if quick else 20_000), 200
        others = [parts.replay_otherwise(browser, way, count, rate) for way in ("marked", "streaming-markdown")]
        return report.replayed(count, rate, parts.replay(browser, count, rate), *others)
    if part == "memory":
        counts = (2000, 10_000, 20_000) if quick else (10_000, 50_000, 100_000)
        return report.remembered(parts.memory(browser, counts, 4000))
    rows, climb = (2000, 60) if quick else (10_000, 250)
    return report.opened(rows, rows, parts.opening(browser, rows, rows, climb))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=" ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="smaller; write nothing")
    arguments = parser.parse_args()
    wanted = arguments.parts or PARTS
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    with chromium() as browser:
        for part in wanted:
            table = measure(browser, part, quick=arguments.quick)
            print(f"\n{part}\n\n{table}", flush=True)
            if not arguments.quick:
                report.write(part, table, browser.version)


if __name__ == "__main__":
    main()
