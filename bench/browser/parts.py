"""The parts of the measurement, each with its own site and tabs. Each returns its figures as a value."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Request

from bench.browser.site import Site, harness, site
from bench.browser.tab import Tab, wait_for

BEGUN = "document.querySelector('chat-message.message--assistant .prose')"
# Whether the last message is shown and in view.
AT_THE_END = """() => {
  const list = document.querySelector(".timeline__list");
  const last = [...list.querySelectorAll("chat-message")].at(-1);
  if (getComputedStyle(list).visibility !== "visible" || !last?.textContent.includes("Answer %d.")) return false;
  const { bottom } = last.getBoundingClientRect();
  return bottom > 0 && bottom <= innerHeight;
}"""
# Clicks, then asks in each frame; waits one frame more, so that the result is painted.
OPEN = """async () => {
  const isThere = %s;
  const began = performance.now();
  document.querySelector('.listed__link[href*="%s"]').click();
  while (!isThere()) {
    await new Promise(requestAnimationFrame);
    if (performance.now() - began > 20_000) return -1;
  }
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return performance.now() - began;
}"""
# Scrolls up like a wheel, between two frames, and compares each step with the movement of the message in the middle.
CLIMB = """async ({ steps, px }) => {
  const scroller = document.querySelector("chat-timeline");
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const middle = () => document.elementFromPoint(scroller.getBoundingClientRect().left + 300, innerHeight / 2)?.closest("chat-message");
  const jumps = [];
  let most = 0;
  for (let step = 0; step < steps; step += 1) {
    const read = middle();
    const before = read?.getBoundingClientRect().top ?? 0;
    const wanted = Math.min(px, scroller.scrollTop);
    scroller.scrollTop -= wanted;
    await frame();
    await frame();
    if (read?.isConnected) jumps.push(Math.abs(read.getBoundingClientRect().top - before - wanted));
    most = Math.max(most, document.querySelectorAll("chat-message").length);
    for (let wait = 0; scroller.scrollTop < 50 && wait < 120; wait += 1) await frame();
  }
  const messages = [...document.querySelectorAll("chat-message")];
  return { jumps, messages: messages.length, most, first: messages[0]?.textContent.trim().slice(0, 16) ?? "" };
}"""


@dataclass(frozen=True, slots=True)
class Streamed:
    """The figures of a very long answer: milliseconds of the main thread for each flush, early, in the middle and late."""

    flushes: tuple[list[float], ...]
    long_tasks: list[float]
    late_ms: float
    main_seconds: float
    nodes: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """The figures of one way to show a long answer at a usual pace."""

    main_seconds: float
    long_tasks: list[float]
    late_ms: float


@dataclass(frozen=True, slots=True)
class Opened:
    """The figures of a first visit, a conversation of thousands of messages, and a list of thousands of conversations."""

    requests: int
    all_bytes: int
    script_bytes: int
    ready_ms: float
    open_ms: float
    cold_ms: float
    worst_jump_px: float
    climbed: int
    messages: int
    list_ms: float
    list_at_work_ms: float
    long_tasks: list[float]


def stream(browser: Browser, count: int, rate: int, trace_seconds: float) -> Streamed:
    """Stream `count` tokens at `rate`, traced for a while in the first tenth, in the middle and in the last tenth."""
    model = f"prose-rate{rate}-count{count}"
    with site(browser, model) as (running, _):
        tab = running.open_tab()
        tab.page.goto(running.url)
        asked_ms = time.time() * 1000
        began = _ask(tab, running)
        before = tab.counters()
        found = []
        for part in (0.03, 0.47, 0.91):
            tab.wait(max(0.0, began + count / rate * part - time.monotonic()))
            found.append(tab.flushes(trace_seconds))
        late = float(tab.page.evaluate("bench.answered()")) - running.ended_ms(model)
        spent = tab.counters().since(before)
        return Streamed(tuple(found), tab.long_tasks(asked_ms), late, spent.main_seconds, spent.nodes)


def replay(browser: Browser, count: int, rate: int) -> Replayed:
    """Measure Parley's page: the main thread's seconds from the question to the end of the answer."""
    model = f"prose-rate{rate}-count{count}"
    with site(browser, model) as (running, _):
        tab = running.open_tab()
        tab.page.goto(running.url)
        before = tab.counters()
        asked_ms = time.time() * 1000
        _ask(tab, running)
        late = float(tab.page.evaluate("bench.answered()")) - running.ended_ms(model)
        return Replayed(tab.counters().since(before).main_seconds, tab.long_tasks(asked_ms), late)


def replay_otherwise(browser: Browser, way: str, count: int, rate: int) -> Replayed:
    """Measure the same with `way`: "marked" or "streaming-markdown"."""
    with harness(browser) as (url, tab):
        tab.page.goto(f"{url}/index.html?way={way}&rate={rate}&count={count}")
        before = tab.counters()
        late = tab.until("globalThis.harness?.lateMs", 10 * count / rate + 30)
        return Replayed(tab.counters().since(before).main_seconds, tab.long_tasks(), float(late))


def memory(browser: Browser, counts: tuple[int, ...], rate: int) -> list[tuple[int, int, int]]:
    """For each of `counts`, when that many tokens are shown: the count, the page's heap and the worker's, in bytes."""
    model = f"prose-rate{rate}-count{counts[-1]}"
    with site(browser, model) as (running, _):
        tab = running.open_tab()
        began = _ask(tab, running)
        found = []
        for count in counts[:-1]:
            tab.wait(max(0.0, began + count / rate - time.monotonic()))
            found.append((count, *tab.heap_bytes()))
        # For the whole answer, measure while the run is still watched: its last render frees memory.
        tab.wait(max(0.0, began + counts[-1] / rate - 0.3 - time.monotonic()))
        found.append((counts[-1], *tab.heap_bytes()))
        return found


def opening(browser: Browser, messages: int, conversations: int, climb: int) -> Opened:
    """Measure a first visit, and opening and scrolling with many rows."""
    seeds = (("conversations", "reader0", str(conversations)), ("messages", "reader0", str(messages)))
    with site(browser, "rate50-count300", *seeds) as (running, said):
        requests, all_bytes, script_bytes, ready_ms = _first_visit(running)
        at_the_end = AT_THE_END % (messages - 1)
        times = []
        for _ in range(3):
            tab = running.open_tab()
            tab.page.goto(running.url)
            tab.until(f"document.querySelector('.listed__link[href*=\"{said[1]}\"]') !== null")
            tab.wait(0.5)
            times.append(float(tab.page.evaluate(OPEN % (at_the_end, said[1]))))
        began = time.time() * 1000
        long_before = tab.long_tasks(began)
        climbed = tab.page.evaluate(CLIMB, {"steps": climb, "px": 400})
        long_tasks = [*long_before, *tab.long_tasks(began)]
        tab = running.open_tab()
        tab.page.goto(f"{running.url}/c/{said[1]}/")
        wait_for(lambda: tab.page.evaluate(at_the_end), "the end is shown", 20, tab.wait)
        cold = float(tab.page.evaluate("performance.now()"))
        list_ms, list_at_work_ms = _list(running)
        return Opened(
            requests,
            all_bytes,
            script_bytes,
            ready_ms,
            median(times),
            cold,
            max(climbed["jumps"], default=0.0),
            messages - 1 - int("".join(filter(str.isdigit, climbed["first"])) or 0),
            int(climbed["most"]),
            list_ms,
            list_at_work_ms,
            long_tasks,
        )


def _ask(tab: Tab, running: Site) -> float:
    """Begin a conversation; returns the monotonic time at which its first words appeared."""
    if tab.page.url == "about:blank":
        tab.page.goto(running.url)
    box = tab.page.get_by_label("Your message").last
    box.fill("Go on for long.")
    box.press("Enter")
    tab.until(f"{BEGUN} !== null")
    return time.monotonic()


def _first_visit(running: Site) -> tuple[int, int, int, float]:
    tab = running.open_tab()
    asked: list[Request] = []
    tab.page.context.on("requestfinished", lambda request: asked.append(request))
    tab.page.goto(running.url)
    box = tab.page.get_by_label("Your message").last
    box.fill("Ready")
    ready_ms = float(tab.page.evaluate("performance.now()"))
    tab.wait(1.5)
    sizes = [(request.url, request.sizes()) for request in asked]
    weights = [(url, size["responseBodySize"] + size["responseHeadersSize"]) for url, size in sizes]
    scripts = sum(weight for url, weight in weights if url.endswith(".js"))
    return len(weights), sum(weight for _, weight in weights), scripts, ready_ms


def _list(running: Site) -> tuple[float, float]:
    """Load the page with a list of thousands: the ms until the list is painted, and until it works."""
    seen, at_work = [], []
    tab = running.open_tab()
    tab.page.goto(running.url)
    for _ in range(5):
        tab.page.goto(running.url, wait_until="commit")
        tab.until("customElements.get('chat-sidebar') && document.querySelectorAll('.listed__link').length > 20")
        at_work.append(float(tab.page.evaluate("performance.now()")))
        seen.append(float(tab.until("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")))
    return median(seen), median(at_work)
