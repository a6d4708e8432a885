"""A page in Chromium, and the browser's own figures of it: task time, long tasks, flushes, memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

# Only observes what the browser measures anyway. An attribute shows that a run has ended.
OBSERVE = """globalThis.bench = { longTasks: [], longest: 0 };
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) bench.longTasks.push([performance.timeOrigin + startTime, duration]);
}).observe({ type: "longtask", buffered: true });
bench.answered = () => new Promise((resolve) => {
  const look = () => {
    const last = [...document.querySelectorAll("chat-message.message--assistant")].at(-1);
    if (last?.getAttribute("aria-busy") !== "false") return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { subtree: true, childList: true, attributeFilter: ["aria-busy"] });
  look();
});"""
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]


@dataclass(frozen=True, slots=True)
class Counters:
    """The main thread's CPU seconds so far, the heap, and the number of nodes."""

    main_seconds: float
    heap_bytes: float
    nodes: float

    def since(self, before: Counters) -> Counters:
        """The seconds since `before`, with the present heap and nodes."""
        return Counters(self.main_seconds - before.main_seconds, self.heap_bytes, self.nodes)


class Tab:
    """A page of `context` with observers."""

    def __init__(self, browser: Browser, context: BrowserContext) -> None:
        self._browser = browser
        context.add_init_script(OBSERVE)
        self.page: Page = context.new_page()
        self._session = context.new_cdp_session(self.page)
        self._session.send("Performance.enable")
        self._session.send("HeapProfiler.enable")

    def counters(self) -> Counters:
        """Read the browser's counters."""
        found = {metric["name"]: metric["value"] for metric in self._session.send("Performance.getMetrics")["metrics"]}
        return Counters(*(found[name] for name in ("ThreadTime", "JSHeapUsedSize", "Nodes")))

    def long_tasks(self, since_ms: float = 0) -> list[float]:
        """The milliseconds of each task over 50 ms that began after `since_ms` since the epoch."""
        return [duration for began, duration in self.page.evaluate("bench.longTasks") if began >= since_ms]

    def flushes(self, seconds: float) -> list[float]:
        """The main thread's milliseconds for each animation frame that plays something, with all tasks since the frame before.

        This is CPU time and not wall time, so other processes on the same core do not count.
        """
        self._browser.start_tracing(page=self.page, categories=TRACED)
        self.wait(seconds)
        return _flushes(json.loads(self._browser.stop_tracing())["traceEvents"])

    def heap_bytes(self) -> tuple[int, int]:
        """The JavaScript memory of the page and of its workers, after garbage collection."""
        self._session.send("HeapProfiler.collectGarbage")
        page = int(self._session.send("Runtime.getHeapUsage")["usedSize"])
        return page, _worker_heap(self._browser)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.page.wait_for_timeout(seconds * 1000)

    def until(self, question: str, seconds: float = 30) -> Any:
        """Wait until a script returns a true value; Playwright's own way needs eval, which the page forbids."""
        return wait_for(lambda: self.page.evaluate(question), question, seconds, self.wait)


def wait_for(question: Callable[[], Any], what: str, seconds: float, wait: Callable[[float], None] = time.sleep) -> Any:
    """Ask until the answer is true, and return it. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        wait(0.02)
    raise TimeoutError(what)


def _flushes(events: list[dict[str, Any]]) -> list[float]:
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    of_thread: dict[tuple[int, int], list[dict[str, Any]]] = {thread: [] for thread in threads}
    for event in events:
        if (thread := (event["pid"], event["tid"])) in of_thread:
            of_thread[thread].append(event)
    # Chromium has a spare renderer; ours is the one with frames.
    main = max(of_thread.values(), key=lambda events: sum(event["name"] == "FireAnimationFrame" for event in events))
    tasks = sorted(
        (event["ts"], event["dur"], event.get("tdur", event["dur"]))
        for event in main
        if event["name"] == "RunTask" and "dur" in event
    )
    frames = sorted(event["ts"] for event in main if event["name"] == "FireAnimationFrame")
    found: list[float] = []
    spent, at = 0.0, 0
    for begin, length, cpu_us in tasks:
        spent += cpu_us / 1000
        if at < len(frames) and begin <= frames[at] <= begin + length:
            found.append(spent)
            spent = 0.0
            while at < len(frames) and frames[at] <= begin + length:
                at += 1
    return found[1:]


def _worker_heap(browser: Browser) -> int:
    """The heaps of all workers; each is a separate target, which is reached through the browser's session."""
    session = browser.new_browser_cdp_session()
    answers: list[dict[str, Any]] = []
    session.on("Target.receivedMessageFromTarget", lambda event: answers.append(json.loads(event["message"])))
    total = 0
    for target in session.send("Target.getTargets", {"filter": [{"type": "worker"}]})["targetInfos"]:
        attached = session.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": False})
        for number, method in enumerate(("HeapProfiler.collectGarbage", "Runtime.getHeapUsage"), 1):
            order = {"sessionId": attached["sessionId"], "message": json.dumps({"id": number, "method": method})}
            session.send("Target.sendMessageToTarget", order)
        deadline = time.monotonic() + 10
        while not any(answer.get("id") == 2 for answer in answers) and time.monotonic() < deadline:
            session.send("Browser.getVersion")
        total += sum(int(answer["result"]["usedSize"]) for answer in answers if answer.get("id") == 2)
        answers.clear()
        session.send("Target.detachFromTarget", {"sessionId": attached["sessionId"]})
    session.detach()
    return total
