"""Thousands of messages: opened at once, at the end, and scrolling up never jumps; the cost is measured."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import expect

from tests.live.harness import Server
from tests.live.harness.machine import wait_for
from tests.live.harness.server import ROOT

from .person import Person

MESSAGES = 10_000
# A step of the wheel between two frames; whatever the reader sees must have moved by exactly that.
STEP = """async (px) => {
  const scroller = document.querySelector("chat-timeline");
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const { left } = scroller.getBoundingClientRect();
  const read = document.elementFromPoint(left + 300, innerHeight / 2)?.closest("chat-message");
  const before = read?.getBoundingClientRect().top ?? 0;
  const wanted = Math.min(px, scroller.scrollTop);
  scroller.scrollTop -= wanted;
  await frame();
  await frame();
  const jump = read?.isConnected ? Math.abs(read.getBoundingClientRect().top - before - wanted) : 0;
  return { jump, messages: document.querySelectorAll("chat-message").length, top: scroller.scrollTop };
}"""

# What is written into the document at every other flush of a growing answer, or oftener, outside of its text and of the line
# below it; and what moves by itself.
BESIDE = """(flushes) => new Promise((resolve) => {
  const touched = {};
  let seen = 0;
  const watch = new MutationObserver((records) => {
    const own = (node) => (node.parentElement ?? node).closest(".message__body, chat-status");
    for (const { target, attributeName, type } of records) {
      const what = `${target.nodeName} ${attributeName ?? type}`;
      if (!own(target)) touched[what] = (touched[what] ?? 0) + 1;
    }
    if (records.some(({ target }) => (target.parentElement ?? target).closest(".message__body"))) seen += 1;
    if (seen < flushes) return;
    watch.disconnect();
    const often = Object.keys(touched).filter((what) => touched[what] >= flushes / 2);
    resolve({ often, moving: document.getAnimations().map(({ animationName }) => animationName ?? "") });
  });
  watch.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true });
})"""


def seeded(server: Server, name: str) -> str:
    """Insert a conversation of thousands of messages into a server's database; returns its path."""
    command = [sys.executable, "-m", "bench.seed", "messages", name, str(MESSAGES)]
    environment = server.site.environment
    made = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return f"/c/{made.stdout.strip()}/"


def test_a_conversation_of_ten_thousand_messages_opens_at_its_end_and_is_climbed_without_a_jump(
    sits_down: Callable[..., Person], fresh: Server
) -> None:
    alice = sits_down("alice", on=fresh).opens(seeded(fresh, "alice"))
    expect(alice.text).to_contain_text(f"Answer {MESSAGES - 1}.")
    expect(alice.text).to_be_in_viewport()
    at_first = alice.page.locator("chat-message").count()
    assert at_first <= 100, "the document holds what is loaded, not the conversation"

    jumps = []

    def climbed() -> bool:
        step = alice.page.evaluate(STEP, 500)
        jumps.append(round(step["jump"], 1))
        return int(step["messages"]) >= at_first + 200

    wait_for(climbed, "earlier pages come while one scrolls up")
    assert max(jumps) <= 2, jumps

    words = alice.page.evaluate("find('Answer 9761.', false, true)")
    assert words, "the browser's own search finds what is loaded, also where it is not painted"
    alice.box.press("Shift+Tab")
    assert alice.page.evaluate("document.activeElement !== document.body"), "the keyboard has its way"


def test_a_reader_who_returns_to_the_end_keeps_only_the_newest_messages(
    sits_down: Callable[..., Person], fresh: Server
) -> None:
    alice = sits_down("alice", on=fresh).opens(seeded(fresh, "alice"))
    expect(alice.text).to_contain_text(f"Answer {MESSAGES - 1}.")
    messages = alice.page.locator("chat-message")

    def climbed() -> bool:
        alice.page.evaluate(STEP, 5000)
        return messages.count() > 600

    wait_for(climbed, "more than 600 messages are loaded")
    alice.page.evaluate(
        "{ const thread = document.querySelector('chat-timeline'); thread.scrollTop = thread.scrollHeight; }"
    )
    expect(messages).to_have_count(200)
    expect(alice.text).to_be_in_viewport()
    wait_for(lambda: bool(alice.page.evaluate(STEP, 5000)) and messages.count() > 250, "they can be loaded again")


def test_a_growing_answer_is_all_that_changes_on_the_page(alice: Person) -> None:
    alice.asks("text-n3000-r60").waits_for("word9")
    assert alice.page.evaluate(BESIDE, 20) == {"often": [], "moving": []}
    alice.stops()


def test_the_developer_panel_tells_what_a_stream_costs_and_is_not_loaded_before(alice: Person) -> None:
    asked: list[str] = []
    alice.page.on("request", lambda request: asked.append(request.url))
    alice.asks("text-n3000-r60").waits_for("word5")
    assert not any("developer" in url for url in asked)
    alice.page.keyboard.press("Control+Alt+D")
    panel = alice.page.get_by_role("region", name="Developer panel")
    expect(panel).to_be_visible()
    for label, figure in {
        "State": re.compile("open"),
        "Round trip, ms": re.compile(r"\d"),
        "Answers watched": re.compile(r"^1$"),
        "Characters kept": re.compile(r"^\d{2,}"),
        "Flushes a second": re.compile(r"^[1-9]"),
        "Flush, 95th percentile, ms": re.compile(r"\d"),
        "Elements": re.compile(r"\d"),
    }.items():
        expect(panel.locator(f"dt:text-is('{label}') + dd")).to_have_text(figure)
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    said = alice.notes("button")
    panel.get_by_role("button", name="Copy as JSON").click()
    alice.until("""navigator.clipboard.readText().then((text) => text.includes('"worker_runs": 1'))""")
    wait_for(lambda: "Copied" in said(), "the button says that it has copied")
    alice.stops()
    panel.get_by_role("button", name="Close").press("Escape")
    expect(panel).to_have_count(0)
    alice.page.get_by_role("button", name="alice").click()
    alice.page.get_by_role("button", name="Developer panel").click()
    expect(panel).to_be_visible()
