"""Tools in a browser: a call is shown, and people decide about it, on any device and after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.fake_upstream import FakeUpstream
from tests.live.harness import Server

from .person import Person

ARGUMENTS = json.dumps({"expression": "6 * 7"})
CALLED = {"tool": {"id": "c1", "name": "calculator", "arguments": ARGUMENTS}, "pieces": 3}
CALLS = [[{"text": "Let me see."}, CALLED, {"finish": "tool_calls"}], [{"text": "It is 42."}, {"finish": "stop"}]]


@pytest.fixture
def asking(fresh: Server, upstream: FakeUpstream, sits_down: Callable[..., Person]) -> Server:
    """A server whose administrator has set that the calculator asks first."""
    upstream.scenario("tools", attempts=CALLS)
    ada = sits_down("ada", on=fresh).opens("/admin/chat/toolpolicy/")
    row = ada.page.get_by_role("row").filter(has_text="calculator")
    for rule in ("for_owners", "for_editors"):
        row.locator(f"select[name$={rule}]").select_option("ask")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_text("changed successfully")).to_be_visible()
    return fresh


def card(person: Person) -> Locator:
    return person.answer.locator(".tool-card")


def asks(person: Person) -> Person:
    """Wait until the card asks."""
    expect(card(person).get_by_role("button", name="Run calculator")).to_be_visible()
    return person


def shares(alice: Person, name: str, role: str = "editor") -> None:
    page = alice.page
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Add a person").fill(name)
    page.get_by_label("Role").last.select_option(role)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(f"{name} was added")).to_be_visible()
    page.keyboard.press("Escape")


def test_a_call_that_may_run_runs_and_is_seen(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario("tools", attempts=CALLS)
    alice.asks("tools")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    expect(card(alice)).to_contain_text("calculator")
    expect(card(alice)).to_contain_text("done")
    expect(card(alice)).to_contain_text("6 * 7 = 42")
    alice.waits_for("It is 42.").reloads().waits_for("It is 42.")
    expect(card(alice)).to_have_count(1)


def test_a_call_waits_for_a_person_who_approves_it(asking: Server, sits_down: Callable[..., Person]) -> None:
    alice = asks(sits_down("alice", on=asking).asks("tools"))
    expect(alice.status).to_contain_text("waiting for approval")
    expect(alice.page.locator("#announcer")).to_contain_text("waiting for approval")
    alice.reloads()
    asks(alice)
    card(alice).get_by_role("button", name="Edit the arguments").click()
    card(alice).get_by_label("Arguments").fill('{"expression": "6 * 8"}')
    card(alice).get_by_role("button", name="Run calculator").click()
    alice.waits_for("It is 42.")
    expect(card(alice)).to_contain_text("6 * 8 = 48")
    expect(card(alice)).to_contain_text("done, approved by alice")


def test_a_person_declines(asking: Server, sits_down: Callable[..., Person]) -> None:
    alice = asks(sits_down("alice", on=asking).asks("tools"))
    card(alice).get_by_role("button", name="Decline").click()
    alice.waits_for("It is 42.")
    expect(card(alice)).to_contain_text("declined by alice")
    expect(alice.answer.locator(".tool-card__head")).to_be_focused()


def test_somebody_else_approves_and_a_viewer_sees_no_button(
    asking: Server, sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", on=asking).asks("echo").reads("You said: Hello?")
    place = alice.is_in_a_conversation()
    shares(alice, "bob")
    shares(alice, "charlie", "viewer")
    bob, charlie = (sits_down(name, on=asking).opens(place) for name in ("bob", "charlie"))
    alice.chooses("tools").sends("Now?")
    asks(alice), asks(bob)
    expect(card(charlie)).to_contain_text("waiting for approval")
    expect(card(charlie).get_by_role("button", name="Run calculator")).to_be_hidden()
    card(bob).get_by_role("button", name="Run calculator").click()
    for person in (alice, bob, charlie):
        person.waits_for("It is 42.")
        expect(card(person)).to_contain_text("approved by bob")


def test_a_decision_is_made_after_a_restart(
    asking: Server, sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    alice = asks(sits_down("alice", on=asking).asks("tools"))
    asking.kill()
    asking.start()
    asks(alice.reloads())
    card(alice).get_by_role("button", name="Run calculator").click()
    alice.waits_for("It is 42.")
    expect(card(alice)).to_contain_text("6 * 7 = 42")
    assert len([one for one in upstream.log() if one["body"].get("model") == "tools"]) == 2
