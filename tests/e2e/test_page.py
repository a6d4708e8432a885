"""The page as a whole: the skip link, lazy loading, and what is undone when an element leaves."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from .person import Person

SitsDown = Callable[..., Person]


def test_the_link_that_skips_to_the_content_leads_there_and_leaves_the_conversation_alone(alice: Person) -> None:
    alice.asks("echo", "Still here").reads("You said: Still here")
    alice.page.locator("body").press("Tab")
    alice.page.locator(".skip").focus()
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("#main")).to_be_focused()
    alice.page.go_back()
    expect(alice.answers).to_have_count(1)


def test_what_could_not_be_loaded_later_is_said(alice: Person) -> None:
    alice.opens().until("customElements.get('chat-sidebar') !== undefined")
    alice.page.route("**/chunks/settings-*.js", lambda route: route.abort())
    alice.page.keyboard.press("Control+,")
    expect(alice.page.locator("chat-toast")).to_contain_text("A part of this page could not be loaded.")


def test_an_edit_that_was_left_is_there_when_the_message_is_edited_again(alice: Person) -> None:
    alice.asks("echo", "Draughts").reads("You said: Draughts")
    place = alice.is_in_a_conversation()
    question = alice.questions.first
    question.hover()
    question.get_by_role("button", name="Edit", exact=True).click()
    question.get_by_label("Your message").fill("Draughts, and half a thought")
    alice.opens().opens(place)
    question.hover()
    question.get_by_role("button", name="Edit", exact=True).click()
    editor = question.get_by_label("Your message")
    expect(editor).to_have_value("Draughts, and half a thought")
    editor.press("Escape")
    question.get_by_role("button", name="Edit", exact=True).press("Enter")
    expect(editor).to_have_value("Draughts")


def test_where_the_browser_has_no_clipboard_for_the_page_the_old_way_copies(sits_down: SitsDown) -> None:
    alice = sits_down("alice")
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.asks("echo", "By hand").reads("You said: By hand")
    alice.page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new TypeError()))")
    alice.does("Copy")
    alice.until("navigator.clipboard.readText().then((text) => text.trim() === 'You said: By hand')")
