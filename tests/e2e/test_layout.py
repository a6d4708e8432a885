"""Nothing jumps, and the page can be used with one thumb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream, full_text

from .person import Person, place_of

SitsDown = Callable[..., Person]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}

# Notes each place the composer is at, from the first frame on.
_PLACES = """() => {
  const places = new Set();
  const look = () => {
    const box = document.querySelector(".composer").getBoundingClientRect();
    places.add(`${Math.round(box.left)} ${Math.round(box.bottom)}`);
    requestAnimationFrame(look);
  };
  look();
  window.composerPlaces = places;
}"""


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_the_composer_never_jumps_from_the_empty_page_to_the_end_of_an_answer(
    sits_down: SitsDown, upstream: FakeUpstream, options: dict[str, Any]
) -> None:
    alice = sits_down("alice", **options).opens().chooses("text-n80-r40-g40")
    alice.page.evaluate(_PLACES)
    alice.sends("Stay where you are").waits_for("word5")
    upstream.release()
    alice.reads(full_text(80))
    upstream.hold()
    alice.sends("Again")
    expect(alice.answers).to_have_count(2)
    alice.waits_for("word5").stops().is_told("Stopped.")
    assert len(alice.page.evaluate("[...composerPlaces]")) == 1


def test_a_reader_who_scrolled_up_is_left_alone_and_brought_back_by_one_click(
    alice: Person, upstream: FakeUpstream
) -> None:
    lines = [step for number in range(60) for step in ({"text": f"Paragraph {number}.\n\n"}, {"wait": 0.05})]
    upstream.scenario("long", [*lines[:60], {"hold": True}, *lines[60:], {"text": "The end."}, {"finish": "stop"}])
    alice.asks("long").waits_for("Paragraph 29.")
    alice.page.locator("chat-timeline").hover()
    alice.page.mouse.wheel(0, -400)
    read = alice.text.get_by_text("Paragraph 20.")
    expect(alice.text.get_by_text("Paragraph 29.")).not_to_be_in_viewport()
    place = place_of(read)
    upstream.release()
    expect(alice.page.get_by_role("button", name="New text below")).to_be_visible()
    alice.waits_for("Paragraph 35.")
    assert abs(place_of(read) - place) < 2
    alice.page.get_by_role("button", name="New text below").click()
    alice.waits_for("The end.")
    expect(alice.text.get_by_text("The end.")).to_be_in_viewport()


def test_first_paint_is_the_page_itself_and_nothing_shifts_when_the_script_arrives(alice: Person) -> None:
    alice.asks("text-n30").reads(full_text(30))
    alice.page.context.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
          .observe({ type: "layout-shift", buffered: true });"""
    )
    alice.reloads().reads(full_text(30))
    assert alice.page.evaluate("shift") < 0.02


def test_on_the_phone_the_list_is_a_drawer_and_everything_can_be_hit(sits_down: SitsDown) -> None:
    alice = sits_down("alice", **PHONE)
    alice.asks("echo", "In my pocket").reads("You said: In my pocket")
    drawer = alice.page.get_by_role("navigation", name="Conversations")
    expect(drawer).not_to_be_in_viewport()
    alice.page.get_by_role("button", name="Conversations").tap()
    expect(drawer).to_be_in_viewport()
    alice.page.keyboard.press("Escape")
    expect(drawer).not_to_be_in_viewport()
    alice.answer.tap()
    small = alice.page.locator("main :is(button, a, select):visible").evaluate_all(
        """nodes => nodes
          .map((node) => [node.getAttribute("aria-label") ?? node.textContent.trim(), node.getBoundingClientRect()])
          .filter(([, { width, height }]) => width > 1 && Math.min(width, height) < 40)
          .map(([name, { width, height }]) => `${name} ${width}x${height}`)"""
    )
    assert small == []


def test_a_theme_is_chosen_once_and_is_there_at_the_next_first_paint(sits_down: Callable[..., Person]) -> None:
    # Not alice, because the server stores it for all her pages.
    alice = sits_down("person3").opens()
    alice.page.get_by_role("button", name="person3").click()
    alice.page.get_by_text("Dark", exact=True).click()
    page = alice.page.locator("html")
    expect(page).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("node => getComputedStyle(node).backgroundColor")
    alice.reloads()
    expect(page).to_have_attribute("data-theme", "dark")
    expect(page).to_have_css("background-color", dark)


def test_a_line_of_an_answer_has_about_seventy_letters_and_code_is_wider(
    sits_down: SitsDown, upstream: FakeUpstream
) -> None:
    sentence = "No lock is held for longer than a single page takes to read from the disk and to write out again. "
    upstream.scenario("gpt-4o", [{"text": sentence * 12 + "\n\n```\ncode\n```\n"}, {"finish": "stop"}])
    alice = sits_down("alice", viewport={"width": 1280, "height": 900}).asks("gpt-4o").waits_for("code")
    paragraph = alice.text.locator("p").first
    lines = paragraph.evaluate("""(node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    }""")
    assert 66 <= len(sentence) * 12 / lines <= 76
    wide = alice.text.locator("figure.code")
    assert wide.evaluate("node => node.offsetWidth") > paragraph.evaluate("node => node.offsetWidth")
