"""Reading: the text stays in position, and all actions of a message work, also by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.machine import wait_for

from .person import Person, place_of

SitsDown = Callable[..., Person]
PARAGRAPHS: list[dict[str, Any]] = [
    step for number in range(60) for step in ({"text": f"Paragraph {number}.\n\n"}, {"wait": 0.05})
]
FOCUSED = "document.activeElement.closest('chat-message')?.getAttribute('aria-label') ?? document.activeElement.id"


def chooses_action(message: Locator, action: str) -> None:
    """Choose something in the menu of a message."""
    message.hover()
    message.get_by_role("button", name="More").click()
    message.page.get_by_role("menuitem", name=action).click()


def test_a_selection_at_the_end_stays_in_position_and_the_pill_says_that_there_is_more(
    alice: Person, upstream: FakeUpstream
) -> None:
    first, rest = PARAGRAPHS[:60], PARAGRAPHS[60:]
    upstream.scenario("long", [*first, {"hold": True}, *rest, {"text": "The end."}, {"finish": "stop"}])
    alice.asks("long").waits_for("Paragraph 29.")
    settled = alice.text.get_by_text("Paragraph 24.")
    settled.dblclick(position={"x": 10, "y": 10})
    place = place_of(settled)
    upstream.release()
    pill = alice.page.get_by_role("button", name="New text below")
    expect(pill).to_be_visible()
    alice.waits_for("Paragraph 40.")
    assert alice.page.evaluate("getSelection().toString().trim()") == "Paragraph"
    assert abs(place_of(settled) - place) < 1
    assert alice.page.evaluate("find('Paragraph 38.')"), "the browser's own search finds what has just come"
    pill.click()
    expect(pill).to_be_hidden()
    alice.waits_for("The end.")
    expect(alice.text.get_by_text("The end.")).to_be_in_viewport()


def test_a_selection_in_the_paragraph_that_is_being_written_survives_what_follows(
    alice: Person, upstream: FakeUpstream
) -> None:
    words: list[dict[str, Any]] = [
        step for number in range(80) for step in ({"text": f"word{number} "}, {"wait": 0.05})
    ]
    chosen: list[dict[str, Any]] = [{"text": "Chosen words stay. "}]
    upstream.scenario("long", [*chosen, *words[:20], {"hold": True}, *words[20:], {"finish": "stop"}])
    alice.asks("long").waits_for("word9")
    alice.page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.querySelector(".message--assistant .prose"), NodeFilter.SHOW_TEXT);
          const text = walker.nextNode();
          getSelection().setBaseAndExtent(text, 0, text, "Chosen words".length);
        }"""
    )
    upstream.release()
    alice.waits_for("word40")
    assert alice.page.evaluate("getSelection().toString()") == "Chosen words"


def test_what_is_unfolded_at_the_end_stays_under_the_hand(alice: Person, upstream: FakeUpstream) -> None:
    text = "\n\n".join(f"Paragraph {number}." for number in range(30))
    upstream.scenario("long", [{"reasoning": text}, {"text": "So it is."}, {"finish": "stop"}])
    alice.asks("long").waits_for("So it is.")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    summary = alice.text.locator("summary")
    place = place_of(summary)
    summary.click()
    expect(alice.text.get_by_text("Paragraph 3.")).to_be_visible()
    assert abs(place_of(summary) - place) < 1


def test_what_grows_late_above_the_reader_moves_nothing(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario(
        "long", [{"text": "\n\n".join(f"Paragraph {number}." for number in range(80))}, {"finish": "stop"}]
    )
    alice.asks("long").waits_for("Paragraph 79.")
    alice.page.locator("chat-timeline").hover()
    alice.page.mouse.wheel(0, -500)
    read = alice.text.get_by_text("Paragraph 60.")
    expect(read).to_be_in_viewport()
    place = place_of(read)
    # Like an image that loads: the element is present and grows.
    alice.text.get_by_text("Paragraph 3.").evaluate("node => node.style.setProperty('padding-block-end', '240px')")
    assert abs(place_of(read) - place) < 1


def test_the_status_line_comes_and_goes_without_moving_anything(alice: Person, upstream: FakeUpstream) -> None:
    alice.asks("echo", "First").reads("You said: First")
    alice.chooses("text-n80-r40-g40")
    alice.page.evaluate(
        """() => {
          window.feet = new Set();
          window.places = new Set();
          const look = () => {
            const nodes = [...document.querySelectorAll("chat-message")];
            if (nodes.length === 4) {
              feet.add(nodes[3].querySelector(".message__foot").getBoundingClientRect().height);
              places.add(nodes.map((node) => node.getBoundingClientRect().top).join(" "));
            }
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    alice.sends("Second").waits_for("word5")
    expect(alice.status).to_contain_text(re.compile(r"writing · \d+ s · \d+ tok/s"))
    assert alice.status.evaluate("node => getComputedStyle(node).fontVariantNumeric") == "tabular-nums"
    upstream.release()
    alice.reads(full_text(80))
    expect(alice.status).to_be_hidden()
    assert alice.page.evaluate("[feet.size, places.size]") == [1, 1]


def test_the_keyboard_walks_from_message_to_message(alice: Person, upstream: FakeUpstream) -> None:
    long = [{"text": "\n\n".join(f"Paragraph {number}." for number in range(60))}, {"finish": "stop"}]
    upstream.scenario("long", long)
    alice.asks("long", "Q1").waits_for("Paragraph 59.")
    alice.sends("Q2")
    expect(alice.answers).to_have_count(2)
    alice.waits_for("Paragraph 59.")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    keyboard = alice.page.keyboard
    expect(alice.box).to_be_focused()
    keyboard.press("Alt+ArrowUp")
    expect(alice.answer).to_be_focused()
    expect(alice.answer).to_have_attribute("aria-current", "true")
    expect(alice.text.get_by_text("Paragraph 0.")).to_be_in_viewport()
    assert alice.answer.evaluate("node => node.matches(':focus-visible')")
    keyboard.press("k")
    expect(alice.questions.last).to_be_focused()
    expect(alice.page.locator("chat-timeline [aria-current]")).to_have_count(1)
    keyboard.press("j")
    keyboard.press("Alt+Shift+ArrowUp")
    expect(alice.questions.last).to_be_focused()
    keyboard.press("Alt+ArrowUp")
    keyboard.press("Alt+ArrowUp")
    expect(alice.questions.first).to_be_focused()
    keyboard.press("Alt+End")
    expect(alice.box).to_be_focused()
    expect(alice.page.locator("chat-timeline [aria-current]")).to_have_count(0)
    keyboard.type("jk")
    expect(alice.box).to_have_value("jk")
    expect(alice.text.get_by_text("Paragraph 59.")).to_be_in_viewport()


def test_a_deleted_message_is_gone_for_everybody_and_comes_back_by_keyboard(sits_down: SitsDown) -> None:
    alice, other = sits_down("alice"), sits_down("alice")
    alice.asks("echo", "First").reads("You said: First")
    other.opens(alice.is_in_a_conversation()).reads("You said: First")
    alice.sends("Second").reads("You said: Second")
    other.reads("You said: Second")
    alice.questions.last.focus()
    keyboard = alice.page.keyboard
    for key in ("Tab", "Tab", "Tab", "Enter"):
        keyboard.press(key)
    expect(alice.page.get_by_role("menuitem", name="Answer again")).to_be_focused()
    keyboard.press("d")
    expect(alice.page.get_by_role("menuitem", name="Delete")).to_be_focused()
    keyboard.press("Enter")
    expect(alice.questions).to_have_count(1)
    expect(other.questions).to_have_count(1)
    expect(alice.answer).to_be_focused()
    expect(alice.page.get_by_role("status").filter(has_text="to the trash")).to_be_visible()
    alice.reloads().reads("You said: First")
    expect(alice.page.locator("chat-message")).to_have_count(2)
    chooses_action(alice.answer, "Delete")
    expect(alice.answers).to_have_count(0)
    keyboard.press("Control+z")
    alice.reads("You said: First")
    other.reads("You said: First")


def test_a_question_whose_answer_was_deleted_is_answered_again_and_what_is_left_of_versions_is_shown(
    alice: Person, upstream: FakeUpstream
) -> None:
    attempts = [[{"text": word}, {"finish": "stop"}] for word in ("Heads.", "Tails.", "Edge.")]
    upstream.scenario("long", attempts=attempts)
    alice.asks("long", "Heads or tails?").reads("Heads.")
    alice.does("Answer again").waits_for("Tails.").reads("Tails.")
    chooses_action(alice.answer, "Delete")
    alice.reads("Heads.")
    expect(alice.answer.locator(".branch")).to_be_hidden()
    chooses_action(alice.answer, "Delete")
    expect(alice.answers).to_have_count(0)
    alice.questions.last.get_by_role("button", name="Answer again").click()
    alice.reads("Edge.")
    assert [turn["role"] for turn in upstream.log()[-1]["body"]["messages"]] == ["user"]


def test_a_thumb_and_its_reason_are_there_after_a_reload_and_can_be_taken_back(alice: Person) -> None:
    alice.asks("echo", "Rate me").reads("You said: Rate me")
    thumb = alice.answer.get_by_role("button", name="Bad answer")
    place = place_of(alice.answer)
    alice.answer.hover()
    thumb.click()
    reason = alice.page.get_by_label("What was wrong with it?").get_by_role("textbox")
    expect(reason).to_be_focused()
    assert place_of(alice.answer) == place
    reason.fill("It only repeats.")
    reason.press("Enter")
    expect(reason).to_be_hidden()
    expect(thumb).to_be_focused()
    alice.reloads().reads("You said: Rate me")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    thumb.press("Enter")
    expect(thumb).to_have_attribute("aria-pressed", "false")


def test_what_is_copied_is_what_is_seen_or_its_source(alice: Person, upstream: FakeUpstream) -> None:
    source = "# Plan\n\nTake **two** steps:\n\n1. `ls`\n2. wait\n\n```sh\nls -l\n```"
    upstream.scenario("long", [{"text": source}, {"finish": "stop"}])
    alice.asks("long").waits_for("ls -l")
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chooses_action(alice.answer, "Copy as text")
    alice.until(
        "navigator.clipboard.readText().then((text) => text === 'Plan\\n\\nTake two steps:\\n\\n1. ls\\n2. wait\\n\\nls -l')"
    )
    chooses_action(alice.answer, "Copy as Markdown")
    alice.page.evaluate("source => (window.source = source)", source)
    alice.until("navigator.clipboard.readText().then((text) => text === source)")


def test_answered_again_by_another_model_and_the_details_tell_how_it_came_about(
    alice: Person, upstream: FakeUpstream
) -> None:
    alice.asks("echo", "Who are you?").reads("You said: Who are you?")
    upstream.release()
    chooses_action(alice.answer, "Answer again with …")
    alice.page.get_by_role("menuitem", name="text-n80-r40-g40").first.click()
    alice.reads(full_text(80))
    expect(alice.answer.locator(".branch__version")).to_have_text("2/2")
    chooses_action(alice.answer, "Details")
    details = alice.page.get_by_role("dialog", name="Answer details")
    for words in ("text-n80-r40-g40", "Tokens out", "First token", "Speed", "normally"):
        expect(details).to_contain_text(words)
    expect(details.get_by_role("listitem").last).to_contain_text("writing")
    expect(details.get_by_role("img", name=re.compile("tokens per second on average"))).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(details).to_be_hidden()
    expect(alice.answer.get_by_role("button", name="More")).to_be_focused()


def test_the_focus_is_never_lost(alice: Person, upstream: FakeUpstream) -> None:
    attempts: list[list[dict[str, Any]]] = [
        [{"text": "One."}, {"finish": "length"}],
        [{"wait": 0.3}, {"text": " Two."}, {"finish": "stop"}],
        [{"text": "Three."}, {"finish": "stop"}],
    ]
    upstream.scenario("long", attempts=attempts)
    alice.asks("long", "Count").waits_for("One.")
    alice.answer.get_by_role("button", name="Continue").press("Enter")
    alice.waits_for("Two.")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    alice.until(f"({FOCUSED}).includes('Answer')")
    alice.answer.get_by_role("button", name="Answer again").press("Enter")
    alice.reads("Three.")
    alice.until(f"({FOCUSED}).includes('Answer')")
    alice.answer.get_by_role("button", name="Earlier version").press("Enter")
    alice.waits_for("Two.")
    expect(alice.answer.get_by_role("button", name="Later version")).to_be_focused()
    edit = alice.questions.last.get_by_role("button", name="Edit")
    edit.press("Enter")
    alice.page.keyboard.press("Escape")
    expect(edit).to_be_focused()
    alice.answer.get_by_role("button", name="More").press("Enter")
    alice.page.keyboard.press("Tab")
    expect(alice.answer.get_by_role("button", name="More")).to_be_focused()
    edit.press("Enter")
    alice.page.keyboard.press("Enter")
    expect(alice.box).to_be_focused()


def test_live_regions_say_the_start_the_end_and_an_error_and_never_a_token(
    alice: Person, upstream: FakeUpstream
) -> None:
    alice.opens().chooses("text-n80-r40-g40")
    alice.page.evaluate(
        """() => {
          window.said = new Set();
          const listen = (node) => new MutationObserver(() => said.add(node.textContent.trim()))
            .observe(node, { childList: true, characterData: true, subtree: true });
          document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]").forEach(listen);
        }"""
    )
    upstream.release()
    alice.sends("Go").reads(full_text(80))
    upstream.scenario("refused", [{"status": 401, "body": "no"}])
    alice.chooses("refused").sends("Fail").is_told("")
    expect(alice.fault).to_be_visible()
    fault = alice.fault.locator(".fault__what").inner_text()
    wait_for(lambda: fault in alice.page.evaluate("[...said]"), "the error is said")
    said = [words for words in alice.page.evaluate("[...said]") if words]
    assert said[:2] == ["The answer has started.", "The answer is complete."]
    assert not any("word" in words for words in said)
