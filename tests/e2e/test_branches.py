"""Versions of answers and questions are siblings; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.fake_upstream import FakeUpstream, full_text

from .person import Person


def turns(message: Locator, to: str) -> None:
    """Show another version of a message, or, if `to` is a number, check that this version is shown."""
    message.get_by_role("button", name=to).click()


def test_answered_again_both_answers_are_there_and_the_choice_outlives_a_reload(
    alice: Person, upstream: FakeUpstream
) -> None:
    attempts = [[{"text": word}, {"finish": "stop"}] for word in ("Heads.", "Tails.", "Edge.")]
    upstream.scenario("long", attempts=attempts)
    alice.asks("long", "Heads or tails?").reads("Heads.")
    alice.does("Answer again").waits_for("Tails.").reads("Tails.")
    place = alice.answer.locator(".branch__version")
    expect(place).to_have_text("2/2")
    turns(alice.answer, to="Earlier version")
    alice.reads("Heads.")
    expect(place).to_have_text("1/2")
    alice.reloads().reads("Heads.")
    expect(place).to_have_text("1/2")
    alice.does("Answer again").waits_for("Edge.")
    expect(place).to_have_text("3/3")
    expect(alice.questions).to_have_count(1)


def test_an_edited_question_is_a_branch_with_its_own_answers(alice: Person, upstream: FakeUpstream) -> None:
    alice.asks("echo", "Frist").reads("You said: Frist")
    alice.sends("Next").reads("You said: Next")
    alice.edits("First", which=0)
    expect(alice.questions).to_have_count(1)
    alice.reads("You said: First")
    assert [turn["content"] for turn in upstream.log()[-1]["body"]["messages"] if turn["role"] == "user"] == ["First"]

    turns(alice.questions.first, to="Earlier version")
    expect(alice.questions).to_have_count(2)
    alice.reads("You said: Next")
    alice.reloads().reads("You said: Next")
    turns(alice.questions.first, to="Later version")
    alice.reads("You said: First")


def test_a_conversation_opens_on_the_branch_that_was_written_last(sits_down: Callable[..., Person]) -> None:
    alice, elsewhere = sits_down("alice"), sits_down("alice")
    alice.asks("echo", "Frist").reads("You said: Frist")
    alice.edits("First").reads("You said: First")
    turns(alice.questions.first, to="Earlier version")
    alice.reads("You said: Frist").sends("Go on").reads("You said: Go on")
    elsewhere.opens(alice.is_in_a_conversation()).reads("You said: Go on")
    expect(elsewhere.questions.first.locator(".branch__version")).to_have_text("1/2")


def test_an_edit_that_is_cancelled_leaves_everything_as_it_was(alice: Person) -> None:
    alice.asks("echo", "Stay").reads("You said: Stay")
    alice.questions.last.hover()
    alice.questions.last.get_by_role("button", name="Edit", exact=True).click()
    alice.page.keyboard.type(" not")
    alice.page.keyboard.press("Escape")
    expect(alice.questions.last.locator(".message__body")).to_have_text("Stay")
    expect(alice.questions.last.locator(".branch")).to_be_hidden()
    expect(alice.questions.last.get_by_role("button", name="Edit", exact=True)).to_be_focused()


def test_c19_answered_again_by_another_model_while_the_first_still_writes(
    sits_down: Callable[..., Person],
) -> None:
    alice, dora = sits_down("alice"), sits_down("alice")
    alice.asks("text-n160-r40-g80").waits_for("word5")
    dora.opens(alice.is_in_a_conversation()).waits_for("word10")
    dora.stops().is_told("Stopped.")
    dora.chooses("text-n30").does("Answer again").reads(full_text(30))
    for reader in (alice, dora):
        expect(reader.answer.locator(".branch__version")).to_have_text("2/2")
    alice.reads(full_text(30))


@pytest.mark.parametrize("action", ["Answer again", "Try again", "Continue"])
def test_c6_a_double_click_on_any_button_of_an_answer_counts_once(
    alice: Person, upstream: FakeUpstream, action: str
) -> None:
    firsts: dict[str, list[dict[str, Any]]] = {
        "Answer again": [{"text": "First."}, {"finish": "stop"}],
        "Try again": [{"status": 401, "body": "no"}],
        "Continue": [{"text": "First."}, {"finish": "length"}],
    }
    upstream.scenario("long", attempts=[firsts[action], [{"wait": 0.5}, {"text": " Second."}, {"finish": "stop"}]])
    alice.asks("long")
    button = alice.answer.get_by_role("button", name=action, exact=True)
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    alice.answer.hover()
    button.dblclick()
    alice.waits_for("Second.")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    assert len(upstream.log()) == 2
    if action != "Continue":
        expect(alice.answer.locator(".branch__version")).to_have_text("2/2")
