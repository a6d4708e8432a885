"""Asking, reading along, stopping."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import wait_for

from .person import ANSWER, Person


@pytest.mark.parametrize("format", ["openai", "anthropic"])
def test_a_question_is_answered_in_each_format_and_the_next_one_knows_the_first(
    alice: Person, upstream: FakeUpstream, format: str
) -> None:
    alice.asks("text-n30", "What is a parley?", format).reads(full_text(30))
    alice.is_in_a_conversation()
    expect(alice.answer.locator(".message__details")).to_contain_text("tokens")
    expect(alice.page).to_have_title("What is a parley? · Parley")

    alice.sends("And then?")
    expect(alice.answers).to_have_count(2)
    alice.reads(full_text(30))
    asked = upstream.log()[-1]
    assert asked["path"].endswith("/messages" if format == "anthropic" else "/chat/completions")
    assert [turn["role"] for turn in asked["body"]["messages"] if turn["role"] != "system"] == [
        "user",
        "assistant",
        "user",
    ]


def test_what_the_model_thinks_is_folded_away_with_how_long_it_took(alice: Person, upstream: FakeUpstream) -> None:
    thoughts = {"repeat": 8, "steps": [{"reasoning": "a thought "}, {"wait": 0.2}]}
    upstream.scenario("thinker", [thoughts, {"hold": True}, {"text": "So be it."}, {"finish": "stop"}])
    alice.asks("thinker")
    expect(alice.text.locator("summary")).to_have_text(re.compile("^Thinking ?a thought"))
    expect(alice.status).to_have_text(re.compile(r"^\d+ s$|^\d+ s · \d+ tok/s$"))
    upstream.release()
    alice.waits_for("So be it.")
    expect(alice.text.locator("summary")).to_have_text(re.compile(r"Thought for \d+ s"))
    expect(alice.text.get_by_text("a thought")).to_be_hidden()
    alice.text.locator("summary").click()
    expect(alice.text.get_by_text("a thought")).to_be_visible()


def test_while_it_writes_the_phase_seconds_and_speed_are_shown_and_then_the_figures(
    alice: Person, upstream: FakeUpstream
) -> None:
    alice.asks("text-n160-r40-g80").waits_for("word20")
    alice.until(
        f"getComputedStyle(document.querySelector('{ANSWER} .prose > p:last-child'), '::after').inlineSize === '2px'"
    )
    expect(alice.status).to_contain_text(re.compile(r"writing · \d+ s · \d+ tok/s"))
    expect(alice.page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("running"))
    upstream.release()
    alice.reads(full_text(160))
    expect(alice.status).to_be_hidden()
    expect(alice.answer.locator(".message__details")).to_contain_text(re.compile(r"\d+ tokens · .*tok/s · first token"))


def test_c18_stop_before_the_first_byte_reaches_the_upstream_and_the_question_is_kept(
    alice: Person, upstream: FakeUpstream
) -> None:
    upstream.scenario("silent", [{"hang": True}])
    alice.asks("silent", "Are you there?")
    expect(alice.status).to_contain_text(re.compile("waiting|connecting"))
    alice.stops()
    upstream.wait_for_disconnect()
    alice.is_told("Stopped before the first word.")
    expect(alice.questions).to_have_text(re.compile("Are you there?"))
    expect(alice.page.get_by_role("button", name="Send", exact=True)).to_be_visible()


def test_c18_stop_in_the_middle_keeps_the_text_closes_the_upstream_and_one_click_continues(
    alice: Person, upstream: FakeUpstream
) -> None:
    alice.asks("text-n80-r40-g40").waits_for("word10").stops()
    upstream.wait_for_disconnect()
    alice.is_told("Stopped. The text so far is saved.")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    upstream.release()
    alice.does("Continue").waits_for("word79").reads_once(full_text(80).split())
    expect(alice.text.locator(".seam")).to_have_text("Continued")


def test_c18_stop_twice_and_from_another_tab(alice: Person, upstream: FakeUpstream) -> None:
    alice.asks("text-n300-r60-g150").waits_for("word5")
    other = Person(alice.page.context.new_page(), alice.url).opens(alice.is_in_a_conversation())
    other.waits_for("word10")
    other.box.press("Escape")
    other.box.press("Escape")
    other.is_told("Stopped.")
    alice.is_told("Stopped.")
    upstream.wait_for_disconnect()
    # Each plays its last words a moment after it has heard of the end; the tab behind does so once a second.
    wait_for(lambda: alice.text.inner_text().split() == other.text.inner_text().split(), "both tabs show the same text")


def test_c6_a_double_click_and_enter_twice_send_one_message(alice: Person, upstream: FakeUpstream) -> None:
    alice.opens().chooses("echo").box.fill("Once")
    alice.page.get_by_role("button", name="Send", exact=True).dblclick()
    alice.reads("You said: Once")
    alice.box.fill("Twice?")
    alice.box.press("Enter")
    alice.box.press("Enter")
    expect(alice.answers).to_have_count(2)
    alice.reads("You said: Twice?")
    expect(alice.questions).to_have_count(2)
    assert len(upstream.log()) == 2


def test_the_keyboard_alone_sends_stops_edits_and_turns_between_versions(alice: Person, upstream: FakeUpstream) -> None:
    keys = alice.opens().page.keyboard
    expect(alice.box).to_be_focused()
    alice.chooses("text-n80-r40-g40")
    expect(alice.box).to_be_focused()
    keys.type("First line")
    keys.press("Shift+Enter")
    keys.type("second line")
    keys.press("Enter")
    alice.waits_for("word5")
    keys.press("Escape")
    alice.is_told("Stopped.")
    first = alice.questions.first.locator(".message__body")
    expect(first).to_have_text(re.compile("^First line\nsecond line$"), use_inner_text=True)

    upstream.release()
    keys.press("ArrowUp")
    editor = alice.questions.first.get_by_label("Your message")
    expect(editor).to_be_focused()
    keys.press("Control+A")
    keys.type("Anew")
    keys.press("Enter")
    alice.reads(full_text(80))
    expect(alice.box).to_be_focused()

    earlier = alice.questions.first.get_by_role("button", name="Earlier version")
    for _ in range(40):
        keys.press("Shift+Tab")
        if earlier.evaluate("(node) => node === document.activeElement"):
            break
    expect(earlier).to_be_focused()
    keys.press("Enter")
    expect(alice.questions.first.locator(".branch__version")).to_have_text("1/2")
    alice.is_told("Stopped.")
