"""Accessibility of the thread: axe in every state, forced colours, a zoom of 200 %, reduced motion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import wait_for

from .person import Person, comes_true
from .test_access import looks_sound
from .test_reading import chooses_action

SitsDown = Callable[..., Person]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# A desktop window of 1280x800 at 200 %.
ZOOMED: dict[str, Any] = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
ANSWER = "Yes, in **two** steps:\n\n1. read\n2. write\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"


@pytest.fixture(params=["desktop light", "desktop dark", "phone"])
def alice(request: pytest.FixtureRequest, sits_down: SitsDown) -> Person:
    options = PHONE if request.param == "phone" else {"color_scheme": request.param.split()[1]}
    return sits_down("alice", bypass_csp=True, **options)


def test_axe_finds_nothing_serious_in_any_state_of_the_thread(alice: Person, upstream: FakeUpstream) -> None:
    steps = [{"text": ANSWER}, {"hold": True}, {"finish": "length"}]
    upstream.scenario("long", attempts=[steps, [{"status": 401, "body": "no"}]])
    looks_sound(alice.opens())
    alice.chooses("long").sends("Can it be done?").waits_for("two")
    looks_sound(alice)
    upstream.release()
    alice.is_told("Stopped at the length limit.")
    keyboard = alice.page.keyboard
    alice.answer.get_by_role("button", name="More").click()
    expect(alice.page.get_by_role("menu")).to_be_visible()
    looks_sound(alice)
    alice.page.get_by_role("menuitem", name="Answer again with …").click()
    looks_sound(alice)
    keyboard.press("Escape")
    chooses_action(alice.answer, "Details")
    expect(alice.page.get_by_role("dialog", name="Answer details")).to_be_visible()
    looks_sound(alice)
    keyboard.press("Escape")
    alice.questions.last.locator(".message__body").click()
    alice.questions.last.get_by_role("button", name="Edit").click()
    looks_sound(alice)
    keyboard.press("Escape")
    keyboard.press("Alt+ArrowUp")
    looks_sound(alice)
    alice.answer.get_by_role("button", name="Answer again").click()
    alice.is_told("(401)")
    looks_sound(alice)
    chooses_action(alice.answer, "Delete")
    expect(alice.page.get_by_text("The answer was moved to the trash.")).to_be_visible()
    looks_sound(alice)


def test_the_form_for_a_reason_is_sound(sits_down: SitsDown) -> None:
    alice = sits_down("alice", bypass_csp=True)
    alice.asks("echo", "Rate me").reads("You said: Rate me")
    alice.answer.hover()
    alice.answer.get_by_role("button", name="Good answer").click()
    expect(alice.page.get_by_role("dialog", name="What was good about it?")).to_be_visible()
    looks_sound(alice)


@pytest.mark.parametrize("options", [PHONE, ZOOMED], ids=["phone", "200 %"])
def test_nothing_is_cut_off_and_everything_is_reached_in_little_room(
    sits_down: SitsDown, upstream: FakeUpstream, options: dict[str, Any]
) -> None:
    upstream.scenario("long", [{"text": ANSWER}, {"finish": "stop"}])
    alice = sits_down("alice", **options)
    alice.asks("long", "Can it be done?").waits_for("two")
    fits = "Math.max(document.documentElement.scrollWidth, document.querySelector('chat-timeline').scrollWidth) <= innerWidth"
    alice.until(fits)
    more = alice.answer.get_by_role("button", name="More")
    for action in ("Good answer", "Details"):
        more.click()
        alice.page.get_by_role("menuitem", name=action).click()
        floating = alice.page.get_by_role("dialog")
        expect(floating).to_be_visible()
        inside = """node => {
          const { left, top, right, bottom } = node.getBoundingClientRect();
          return Math.min(left, top, innerWidth - right, innerHeight - bottom) >= 0;
        }"""
        comes_true(floating, inside)
        alice.page.keyboard.press("Escape")
        expect(more).to_be_focused()
    alice.until(fits)


def test_in_forced_colours_the_current_message_and_a_pressed_thumb_are_told_apart(sits_down: SitsDown) -> None:
    alice = sits_down("alice", forced_colors="active", reduced_motion="reduce")
    alice.asks("echo", "Contrast").reads("You said: Contrast")
    alice.page.keyboard.press("Alt+ArrowUp")
    expect(alice.answer).to_be_focused()
    assert alice.answer.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    thumb = alice.answer.get_by_role("button", name="Bad answer")
    border = "node => getComputedStyle(node).borderTopWidth + getComputedStyle(node).backgroundColor"
    before = thumb.evaluate(border)
    thumb.click()
    alice.page.keyboard.press("Escape")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    wait_for(lambda: thumb.evaluate(border) != before, "a pressed thumb looks different")
    moving = (
        "node => node.getAnimations({ subtree: true }).filter(({ playState }) => playState === 'running').length === 0"
    )
    comes_true(alice.page.locator("chat-timeline"), moving)
