"""The list of conversations: everything by its menu, with mouse, keyboard and touch; nothing is lost and nothing jumps."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.live.harness import Server
from tests.live.harness.server import ROOT

from .person import Person, place_of
from .test_people import shares

SitsDown = Callable[..., Person]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
MANY = 10_000


def begins(person: Person, title: str) -> Locator:
    """Begin a conversation with these words; its entry in the list."""
    person.asks("echo", title).reads(f"You said: {title}")
    return entry(person, title)


def entry(person: Person, title: str) -> Locator:
    return person.listed.filter(has=person.page.get_by_text(title, exact=True))


def chooses(person: Person, where: Locator, *steps: str) -> None:
    """Open the menu of an entry with the keyboard and go down its steps."""
    where.locator(".listed__link, .section__toggle").press("Shift+F10")
    for step in steps:
        person.page.get_by_role("menuitem", name=step, exact=True).or_(
            person.page.get_by_role("menuitemradio", name=step, exact=True)
        ).press("Enter")


def section(person: Person, name: str) -> Locator:
    return person.page.locator(".section", has=person.page.get_by_role("heading", name=name))


@pytest.fixture
def dora(sits_down: SitsDown) -> Person:
    return sits_down("dora")


def test_a_conversation_is_pinned_named_filed_and_archived_by_keyboard_and_every_page_of_that_person_sees_it(
    dora: Person, sits_down: SitsDown
) -> None:
    begins(dora, "Bread")
    begins(dora, "Lighthouses")
    elsewhere = sits_down("dora").opens()

    chooses(dora, entry(dora, "Bread"), "Pin")
    for person in (dora, elsewhere):
        expect(section(person, "Pinned").locator(".listed")).to_have_text(re.compile("Bread"))

    chooses(dora, entry(dora, "Bread"), "Rename")
    field = dora.page.get_by_label("Title").and_(dora.page.locator(".listed__rename"))
    field.fill("   ")
    field.press("Enter")
    chooses(dora, entry(dora, "Bread"), "Rename")
    field.fill("Rye \u202ebread")
    field.press("Enter")
    expect(entry(elsewhere, "Rye \u202ebread")).to_be_visible()
    expect(entry(dora, "Rye \u202ebread").locator(".listed__link")).to_be_focused()

    chooses(dora, entry(dora, "Lighthouses"), "Move to a folder", "New folder…")
    dora.page.get_by_label("Name of the folder").fill("Coasts")
    dora.page.get_by_label("Name of the folder").press("Enter")
    for person in (dora, elsewhere):
        expect(section(person, "Coasts").locator(".listed")).to_have_text(re.compile("Lighthouses"))
    dora.page.get_by_role("button", name="Coasts", exact=True).press("Enter")
    expect(section(dora, "Coasts").locator(".listed")).to_have_count(0)
    dora.reloads()
    expect(dora.page.get_by_role("button", name="Coasts", exact=True)).to_have_attribute("aria-expanded", "false")
    dora.page.get_by_role("button", name="Coasts", exact=True).click()
    expect(section(dora, "Coasts").locator(".listed")).to_have_text(re.compile("Lighthouses"))

    entry(dora, "Rye \u202ebread").drag_to(section(dora, "Coasts").locator(".section__name"))
    expect(section(elsewhere, "Coasts").locator(".listed")).to_have_count(2)
    chooses(dora, section(dora, "Coasts").locator(".section__name"), "Delete the folder", "Delete the folder")
    for person in (dora, elsewhere):
        expect(section(person, "Today").locator(".listed")).to_have_text([re.compile("Lighthouses"), re.compile("Rye")])

    chooses(dora, entry(dora, "Lighthouses"), "Archive")
    expect(entry(elsewhere, "Lighthouses")).to_have_count(0)
    dora.page.get_by_role("button", name="Archive", exact=True).click()
    expect(dora.listed).to_have_text([re.compile("Lighthouses")])
    chooses(dora, entry(dora, "Lighthouses"), "Back to the list")
    expect(dora.page.get_by_text("Nothing is archived.")).to_be_visible()
    expect(entry(elsewhere, "Lighthouses")).to_be_visible()


def test_what_is_deleted_is_gone_for_all_comes_back_by_one_key_and_leaves_for_good_only_from_the_trash(
    sits_down: SitsDown,
) -> None:
    alice, bob = sits_down("alice"), sits_down("bob")
    begins(alice, "Ours to lose")
    place = alice.is_in_a_conversation()
    shares(alice, "bob")
    bob.opens(place).reads("You said: Ours to lose")

    chooses(alice, entry(alice, "Ours to lose"), "Delete")
    line = alice.page.get_by_role("status").filter(has_text="was moved to the trash.")
    expect(line).to_be_visible()
    expect(bob.page.locator(".composer__gone")).to_be_visible()
    expect(entry(bob, "Ours to lose")).to_have_count(0)
    expect(alice.page, "deleting the open conversation leaves it").to_have_url(f"{alice.url}/")
    never_covers_the_composer(alice.page)

    alice.page.locator(".sidebar__new").focus()
    alice.page.keyboard.press("ControlOrMeta+z")
    expect(entry(alice, "Ours to lose")).to_be_visible()
    expect(entry(bob, "Ours to lose")).to_be_visible()
    expect(alice.page).to_have_url(alice.url + place)
    expect(bob.page.locator(".composer__gone")).to_be_hidden()
    bob.reads("You said: Ours to lose").opens()
    alice.sends("And what is new?").reads("You said: And what is new?")
    expect(entry(bob, "Ours to lose")).to_have_attribute("data-unread", "")
    expect(entry(bob, "Ours to lose")).to_have_attribute("data-shared", "")
    chooses(bob, entry(bob, "Ours to lose"), "Leave")
    expect(bob.page.get_by_text("You will not see it again")).to_be_visible()
    bob.page.keyboard.press("Escape")

    chooses(alice, entry(alice, "Ours to lose"), "Delete")
    alice.page.get_by_role("button", name="Trash", exact=True).click()
    expect(alice.page.get_by_text("Conversations are deleted permanently after 30 days.")).to_be_visible()
    chooses(alice, entry(alice, "Ours to lose"), "Delete permanently", "Delete permanently")
    expect(alice.page.get_by_text("The trash is empty.")).to_be_visible()
    alice.page.get_by_role("button", name="Back to the list").click()
    expect(entry(alice, "Ours to lose")).to_have_count(0)
    answer = alice.page.goto(alice.url + place)
    assert answer is not None
    assert answer.status == 404


def never_covers_the_composer(page: Page) -> None:
    place_of(page.locator(".toast"))
    line, box = page.locator(".toast").bounding_box(), page.locator(".composer").bounding_box()
    assert line is not None
    assert box is not None
    assert line["y"] + line["height"] <= box["y"]


@pytest.fixture
def many(server: Server) -> None:
    """Emil has ten thousand conversations."""
    command = [sys.executable, "-m", "bench.seed", "conversations", "emil", str(MANY)]
    subprocess.run(command, check=True, cwd=ROOT, env=server.site.environment)


@pytest.mark.usefixtures("many")
def test_ten_thousand_conversations_come_while_scrolling_and_nothing_jumps_when_one_moves_up(
    sits_down: SitsDown,
) -> None:
    emil, elsewhere = sits_down("emil"), sits_down("emil")
    emil.opens()
    expect(emil.listed).to_have_count(50)
    scroller = emil.page.locator(".sidebar__scroll")
    for page in range(6):
        # The next page is requested before its rows are reached.
        scroller.evaluate("node => node.scrollTo(0, node.scrollHeight - node.clientHeight - 500)")
        emil.until(f"document.querySelector('.sidebar__scroll').scrollHeight > {(page + 2) * 50 * 36}")
    assert emil.listed.count() < 200, "only what is in sight is in the document"
    emil.until("document.querySelectorAll('.listed').length > 50")
    lower = in_sight(emil, 6000).get_attribute("data-id")

    # The reader is in the middle of the list while a conversation from farther down moves to the top.
    seen = emil.page.locator(f'.listed[data-id="{in_sight(emil, 2500).get_attribute("data-id")}"]')
    before = place_of(seen)
    elsewhere.opens(f"/c/{lower}/").chooses("echo").sends("Up with it").reads("You said: Up with it")
    emil.until(f"document.querySelector('.sidebar__scroll').scrollTop > {2500 + 30}")
    assert abs(place_of(seen) - before) < 2
    scroller.evaluate("node => node.scrollTo(0, 0)")
    expect(emil.listed.nth(0)).to_have_attribute("data-id", str(lower))


def in_sight(person: Person, top: int) -> Locator:
    """Scroll the list; returns an entry that is in view there."""
    scroller = person.page.locator(".sidebar__scroll")
    scroller.evaluate(f"node => node.scrollTo(0, {top})")
    box = scroller.bounding_box()
    assert box is not None
    x, y = box["x"] + 60, box["y"] + 200
    found = f"document.elementFromPoint({x}, {y})?.closest('.listed')?.dataset.id ?? ''"
    person.until(f"Boolean({found})")
    return person.page.locator(f'.listed[data-id="{person.page.evaluate(found)}"]')


def test_on_the_phone_the_drawer_keeps_the_keyboard_closes_by_a_swipe_and_its_menu_can_be_hit(
    sits_down: SitsDown,
) -> None:
    alice = sits_down("alice", **PHONE)
    begins(alice, "In one hand")
    alice.page.get_by_role("button", name="Conversations").tap()
    drawer = alice.page.get_by_role("navigation", name="Conversations")
    expect(drawer).to_be_in_viewport(ratio=1)
    alice.until("document.querySelector('main').inert && document.querySelector('.skip').inert")
    entry(alice, "In one hand").locator(".listed__more").tap()
    menu = alice.page.get_by_role("menu")
    expect(menu).to_be_visible()
    small = menu.get_by_role("menuitem").evaluate_all(
        "nodes => nodes.filter((node) => node.getBoundingClientRect().height < 40).map((node) => node.textContent)"
    )
    assert small == []
    menu.get_by_role("menuitem", name="Archive").tap()
    expect(entry(alice, "In one hand")).to_have_count(0)
    undo = alice.page.get_by_role("button", name="Undo")
    undo.tap()
    expect(entry(alice, "In one hand")).to_be_visible()
    rests_on(alice.page, entry(alice, "In one hand"))
    expect(menu).to_be_visible()
    expect(drawer).to_be_in_viewport()
    alice.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    swipe(alice.page, 260, 60)
    expect(drawer).not_to_be_in_viewport()


def swipe(page: Page, start: int, end: int) -> None:
    """Swipe across the page."""
    session = page.context.new_cdp_session(page)
    for x in range(start, end, -20):
        kind = "touchStart" if x == start else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": 400}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def rests_on(page: Page, what: Locator) -> None:
    """Touch something and hold until a menu appears."""
    box = what.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    finger = {"x": box["x"] + 60, "y": box["y"] + box["height"] / 2}
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    expect(page.get_by_role("menu")).to_be_visible()
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
