"""Search in messages, jumping to a hit, the palette, custom shortcuts, and preferences."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.fake_upstream import FakeUpstream
from tests.live.harness import Server
from tests.live.harness.machine import wait_for
from tests.live.harness.server import ROOT

from .person import Person


def hits(person: Person) -> Locator:
    """What the server found, in the list."""
    return person.page.locator("chat-found .found__link")


def looks_for(person: Person, words: str) -> Person:
    """Type into the field above the list."""
    field = person.page.get_by_placeholder("Find", exact=True)
    field.focus()
    field.fill(words)
    return person


def palette(person: Person) -> Locator:
    """The palette, opened."""
    person.page.keyboard.press("Control+k")
    box = person.page.get_by_role("combobox", name="Command palette")
    expect(box).to_be_focused()
    return box


def test_words_of_an_older_branch_are_found_and_lead_to_it_also_after_a_reload(
    alice: Person, upstream: FakeUpstream
) -> None:
    attempts = [[{"text": f"{word} grows by the river."}, {"finish": "stop"}] for word in ("Alder", "Willow")]
    upstream.scenario("long", attempts=attempts)
    alice.asks("long", "What grows there?").reads("Alder grows by the river.")
    place = alice.is_in_a_conversation()
    alice.does("Answer again").waits_for("Willow").reads("Willow grows by the river.")
    alice.opens()
    looks_for(alice, "alder river")
    expect(hits(alice)).to_have_count(1)
    expect(hits(alice).locator("mark")).to_have_text(["Alder", "river"])
    alice.page.keyboard.press("ArrowDown")
    alice.page.keyboard.press("Enter")
    alice.reads("Alder grows by the river.")
    expect(alice.answer).to_have_class(re.compile("message--found"))
    expect(alice.page).to_have_url(re.compile(rf"{place}#m\d+$"))
    alice.reloads().reads("Alder grows by the river.")
    expect(alice.answer.locator(".branch__version")).to_have_text("1/2")


def test_a_hit_far_down_in_a_long_answer_is_brought_into_sight(alice: Person, upstream: FakeUpstream) -> None:
    pages = "\n\n".join(f"Paragraph {number} of many." for number in range(80))
    upstream.scenario("long", attempts=[[{"text": f"{pages}\n\nThe heron waits.\n\n{pages}"}, {"finish": "stop"}]])
    alice.asks("long", "Tell me much").waits_for("The heron waits.")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    alice.opens()
    looks_for(alice, "heron")
    hits(alice).first.click()
    expect(alice.text.get_by_text("The heron waits.")).to_be_in_viewport()


def test_what_is_written_in_any_script_is_found_and_only_by_its_members(sits_down: Callable[..., Person]) -> None:
    alice, charlie = sits_down("alice"), sits_down("charlie")
    alice.asks("echo", "<img src=x onerror=alert(1)> 河はなぜ曲がるのか").reads(
        "You said: <img src=x onerror=alert(1)> 河はなぜ曲がるのか"
    )
    alice.opens()
    looks_for(alice, "曲がる")
    expect(hits(alice)).to_have_count(2)
    expect(hits(alice).first).to_contain_text("<img src=x onerror=alert(1)>")
    charlie.opens()
    looks_for(charlie, "曲がる")
    expect(charlie.page.locator(".sidebar__none")).to_have_text("Nothing found.")
    expect(hits(charlie)).to_have_count(0)


def test_the_palette_finds_conversations_messages_and_what_can_be_done(sits_down: Callable[..., Person]) -> None:
    alice = sits_down("person1")
    alice.asks("echo", "Tell me about Bavarian beavers").reads("You said: Tell me about Bavarian beavers")
    place = alice.is_in_a_conversation()
    alice.opens()
    box = palette(alice)
    box.fill("bavar beav")
    expect(alice.page.get_by_role("option").filter(has_text="You said")).to_have_count(1)
    box.press("Enter")
    expect(alice.page).to_have_url(re.compile(place))
    expect(alice.box).to_be_focused()
    palette(alice).fill("rnm")
    expect(alice.page.get_by_role("option", selected=True)).to_have_text("Rename this conversation")
    alice.page.keyboard.press("Enter")
    title = alice.page.get_by_label("Title")
    expect(title).to_be_focused()
    title.fill("Beavers")
    title.press("Enter")
    palette(alice).fill("dark")
    expect(alice.page.get_by_role("option", selected=True)).to_have_text(re.compile("dark", re.IGNORECASE))
    alice.page.keyboard.press("Enter")
    expect(alice.page.locator("html")).to_have_attribute("data-theme", "dark")
    palette(alice).press("Escape")
    expect(alice.page.locator(".palette")).to_have_count(0)


def shows_keys(person: Person, keys: str) -> bool:
    """Open the sheet of shortcuts and close it again: whether these keys open the settings."""
    sheet = person.page.get_by_role("dialog", name="Keyboard shortcuts")
    person.page.keyboard.press("Control+/")
    words = sheet.get_by_role("button", name="Settings").inner_text()
    person.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    return keys in words


def test_keys_are_chosen_told_of_when_they_are_taken_and_hold_on_every_page(sits_down: Callable[..., Person]) -> None:
    alice, phone = sits_down("alice"), sits_down("alice")
    alice.opens()
    phone.opens()
    phone.box.wait_for()
    alice.page.keyboard.press("Control+/")
    sheet = alice.page.get_by_role("dialog", name="Keyboard shortcuts")
    row = sheet.get_by_role("button", name="Settings")
    note = sheet.get_by_role("status")
    row.click()
    alice.page.keyboard.press("Control+t")
    expect(note).to_have_text("These keys are reserved for the browser.")
    alice.page.keyboard.press("Control+k")
    expect(note).to_contain_text("is already used: Command palette")
    alice.page.keyboard.press("Alt+g")
    expect(row).to_contain_text("Alt")
    alice.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    for person in (alice, phone):
        wait_for(lambda person=person: shows_keys(person, "Alt"), "the new keys are known")
        dialogs = person.page.get_by_role("dialog")
        # The old keys do nothing: what is pressed after them is answered, and nothing else is open.
        person.page.keyboard.press("Control+,")
        person.page.keyboard.press("Control+/")
        expect(dialogs.and_(person.page.get_by_role("dialog", name="Keyboard shortcuts"))).to_have_count(1)
        expect(dialogs).to_have_count(1)
        person.page.keyboard.press("Escape")
        expect(dialogs).to_have_count(0)
        person.page.keyboard.press("Alt+g")
        expect(person.page.get_by_role("dialog", name="Settings")).to_have_count(1)
        person.page.keyboard.press("Escape")
        expect(dialogs).to_have_count(0)
    alice.reloads()
    alice.box.wait_for()
    alice.page.keyboard.press("Control+/")
    sheet.get_by_role("button", name="Reset to defaults").click()
    expect(sheet.get_by_role("button", name="Settings")).to_contain_text("Ctrl")
    alice.page.keyboard.press("Escape")
    alice.page.keyboard.press("Control+,")
    expect(alice.page.get_by_role("dialog", name="Settings")).to_have_count(1)


def test_what_is_chosen_in_the_settings_holds_at_once_and_on_other_pages(sits_down: Callable[..., Person]) -> None:
    dora, other = sits_down("person2"), sits_down("person2")
    other.opens()
    dora.opens()
    dora.page.keyboard.press("Control+,")
    settings = dora.page.get_by_role("dialog", name="Settings")
    settings.get_by_text("Dark").click()
    for person in (dora, other):
        expect(person.page.locator("html")).to_have_attribute("data-theme", "dark")
    settings.get_by_text("Ctrl/⌘ + Enter").click()
    dora.page.keyboard.press("Escape")
    dora.chooses("echo")
    dora.box.fill("One")
    dora.box.press("Enter")
    dora.page.keyboard.type("two")
    expect(dora.box).to_have_value("One\ntwo")
    dora.box.press("Control+Enter")
    dora.reads("You said: One\ntwo")
    dora.page.keyboard.press("Control+,")
    settings.get_by_label("Language").select_option("de")
    expect(dora.page.locator("html")).to_have_attribute("lang", "de")


def seeded(server: Server, name: str, count: int) -> str:
    """Insert a conversation of `count` messages; returns its path."""
    run = [sys.executable, "-m", "bench.seed", "messages", name, str(count)]
    done = subprocess.run(run, check=True, cwd=ROOT, env=server.site.environment, capture_output=True, text=True)
    fill = [sys.executable, "manage.py", "search_index", "--missing"]
    subprocess.run(fill, check=True, cwd=ROOT, env=server.site.environment, capture_output=True)
    return f"/c/{done.stdout.strip()}/"


def test_an_old_message_of_a_long_conversation_is_reached_at_once_and_what_is_between_comes_while_reading(
    sits_down: Callable[..., Person], server: Server
) -> None:
    emil = sits_down("emil")
    path = seeded(server, "emil", 3000)
    emil.opens()
    looks_for(emil, '"Question 1000:"')
    hits(emil).first.click()
    found = emil.questions.filter(has_text="Question 1000:")
    expect(found).to_be_in_viewport()
    expect(found).to_have_class(re.compile("message--found"))
    expect(emil.page.locator("chat-gap")).to_have_count(1)
    assert emil.page.locator("chat-message").count() < 200, "not all of it was loaded"
    # Reading on: what is missing comes in order.
    emil.page.locator("chat-gap").scroll_into_view_if_needed()
    expect(emil.questions.filter(has_text="Question 1040:")).to_have_count(1)
    expect(emil.page.locator("chat-gap")).to_have_count(1)
    # The end is loaded all the time.
    expect(emil.answers.last).to_contain_text("Answer 2999.")
    emil.opens(f"{path}").reloads()
    expect(emil.answers.last).to_contain_text("Answer 2999.")


def test_the_link_of_a_message_is_copied_and_leads_there(alice: Person) -> None:
    alice.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alice.asks("echo", "First").reads("You said: First")
    alice.sends("Second").reads("You said: Second")
    alice.questions.first.hover()
    alice.questions.first.get_by_role("button", name="More", exact=True).click()
    alice.page.get_by_role("menuitem", name="Copy the link").click()
    expect(alice.page.get_by_text("The link is copied.")).to_be_visible()
    link = alice.page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/c/[0-9a-f-]{36}/#m\d+$", link)
    alice.opens().page.goto(link)
    expect(alice.questions.first).to_have_class(re.compile("message--found"))
    expect(alice.questions.first).to_be_focused()
    alice.page.goto(alice.url + alice.place.partition("#")[0] + "#m999999999")
    expect(alice.page.get_by_text("That message no longer exists.")).to_be_visible()
