"""Several people, each at a separate browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness import Server

from .person import Person
from .proxy import Network

SitsDown = Callable[..., Person]


def shares(owner: Person, name: str, role: str = "can write") -> None:
    """Add a person to the conversation that is open."""
    owner.page.get_by_role("button", name="Share").click()
    dialog = owner.page.get_by_role("dialog")
    dialog.get_by_label("Add a person").fill(name)
    dialog.get_by_label("Role", exact=True).select_option(label=role)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text(f"{name} was added.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()


def test_two_people_read_the_same_stream_and_write_to_each_other_and_charlie_sees_nothing(
    sits_down: SitsDown, upstream: FakeUpstream
) -> None:
    alice, bob, charlie = sits_down("alice"), sits_down("bob"), sits_down("charlie")
    bob.opens()
    charlie.opens()
    alice.asks("text-n160-r40-g80", "Shall we?").waits_for("word5")
    place = alice.is_in_a_conversation()
    shares(alice, "bob")

    bob.listed.filter(has_text="Shall we?").first.click()
    bob.waits_for("word10")
    upstream.release()
    bob.reads(full_text(160))
    alice.reads(full_text(160))
    expect(alice.page.get_by_role("button", name="People in this conversation")).to_be_visible()

    upstream.hold()
    bob.sends("I read along")
    expect(alice.questions.last).to_contain_text("I read along")
    expect(alice.questions.last.locator(".message__author")).to_have_text("bob")
    expect(alice.questions.first.locator(".message__author")).to_have_text("alice")
    bob.stops().is_told("Stopped.")
    alice.is_told("Stopped.")

    expect(charlie.listed).to_have_count(0)
    answer = charlie.page.goto(charlie.url + place)
    assert answer is not None
    assert answer.status == 404
    expect(charlie.page.get_by_text("Shall we?")).to_have_count(0)


def test_a_viewer_reads_and_cannot_write(sits_down: SitsDown) -> None:
    alice, bob = sits_down("alice"), sits_down("bob")
    alice.asks("echo", "For your eyes").reads("You said: For your eyes")
    shares(alice, "bob", "can read")
    bob.opens(alice.is_in_a_conversation()).reads("You said: For your eyes")
    expect(bob.box).to_be_disabled()
    expect(bob.page.get_by_text("You have read-only access. Ask the owner to let you write.")).to_be_visible()
    for action in ("Edit", "Answer again"):
        expect(bob.page.get_by_role("button", name=action, exact=True)).to_have_count(0)


def test_c16_a_person_who_is_removed_in_mid_stream_loses_sight_of_it(sits_down: SitsDown) -> None:
    alice, bob = sits_down("alice"), sits_down("bob")
    alice.asks("text-n300-r60-g150", "Between us").waits_for("word5")
    shares(alice, "bob")
    bob.opens(alice.is_in_a_conversation()).waits_for("word20").box.fill("a draft")
    alice.page.get_by_role("button", name="Share").click()
    alice.page.get_by_role("button", name="Remove bob").click()
    notice = bob.page.locator(".composer__gone")
    expect(notice).to_contain_text("You are no longer in this conversation.")
    expect(bob.status).to_be_hidden()
    expect(bob.listed.filter(has_text="Between us")).to_have_count(0)
    expect(bob.box).to_be_disabled()
    expect(bob.box).to_have_value("a draft")
    notice.get_by_role("link", name="Go to your conversations").click()
    expect(bob.page).to_have_url(f"{bob.url}/")
    expect(bob.box).to_be_enabled()
    expect(notice).to_be_hidden()


def test_a_removal_can_be_taken_back_with_the_role_as_it_was(sits_down: SitsDown) -> None:
    alice, bob = sits_down("alice"), sits_down("bob")
    alice.asks("echo", "Come in").reads("You said: Come in")
    shares(alice, "bob", "can read")
    alice.page.get_by_role("button", name="Share").click()
    alice.page.get_by_role("button", name="Remove bob").click()
    dialog = alice.page.get_by_role("dialog")
    expect(dialog.get_by_text("bob was removed.")).to_be_visible()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_label("Role of bob")).to_have_value("viewer")
    bob.opens(alice.is_in_a_conversation()).reads("You said: Come in")
    expect(bob.box).to_be_disabled()


def test_c15_signed_out_elsewhere_the_page_says_so_and_keeps_the_draft(sits_down: SitsDown, server: Server) -> None:
    cookie = server.sign_in("emil")
    emil = sits_down()
    emil.page.context.add_cookies([{"name": "parley", "value": cookie, "url": emil.url}])
    emil.asks("echo", "Hello").reads("You said: Hello")
    emil.box.fill("a draft")
    token = "b" * 32
    httpx.post(
        f"{server.url}/account/logout/",
        data={"csrfmiddlewaretoken": token},
        headers={"Cookie": f"parley={cookie}; parley-csrf={token}", "Origin": server.url, "Referer": server.url},
    )
    expect(emil.banner).to_contain_text("You are signed out. Your draft is kept.")
    emil.banner.get_by_role("button", name="Sign in").click()
    expect(emil.page).to_have_url(re.compile("/account/login/"))

    emil.page.get_by_label("Username", exact=True).fill("emil")
    emil.page.get_by_label("Password").fill("correct horse battery staple")
    emil.page.get_by_role("button", name="Sign in", exact=True).click()
    emil.is_in_a_conversation()
    expect(emil.box).to_have_value("a draft")


def test_a_sign_in_in_another_tab_brings_the_signed_out_page_back_with_its_uploads(
    sits_down: SitsDown, server: Server
) -> None:
    emil = sits_down()
    emil.page.context.add_cookies([{"name": "parley", "value": server.sign_in("emil"), "url": emil.url}])
    emil.asks("echo", "Hello").reads("You said: Hello")
    other = emil.page.context.new_page()
    other.goto(f"{emil.url}/account/logout/")
    other.get_by_role("button", name="Sign out").click()
    expect(emil.banner).to_contain_text("You are signed out. Your draft is kept.")
    other.get_by_label("Username", exact=True).fill("emil")
    other.get_by_label("Password").fill("correct horse battery staple")
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other).to_have_url(f"{emil.url}/")
    emil.page.bring_to_front()
    # Whether a browser without a screen tells a tab that it is in front differs; this is what it says then.
    emil.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(emil.banner).to_be_hidden()
    emil.page.locator("input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"Words"}
    )
    expect(emil.page.locator("chat-composer .chip[data-state=there]")).to_contain_text("a.txt")


def test_signing_out_leaves_no_words_in_the_browser_and_asks_first_where_some_would_be_lost(
    sits_down: SitsDown, server: Server
) -> None:
    # A session of its own: signing out ends the one that the other tests of this person use.
    emil = sits_down()
    emil.page.context.add_cookies([{"name": "parley", "value": server.sign_in("emil"), "url": emil.url}])
    emil.asks("echo", "Hello").reads("You said: Hello")
    emil.box.fill("a draft")
    there = re.compile("a draft")
    kept = "() => Object.entries(localStorage).map(String).join()"
    expect(emil.box).to_have_value("a draft")
    assert there.search(emil.page.evaluate(kept))
    emil.page.context.set_offline(True)
    emil.box.fill("a draft that only this browser has")
    menu, leave = emil.page.locator(".sidebar__person"), emil.page.get_by_role("button", name="Sign out", exact=True)
    expect(emil.banner).to_be_visible()
    menu.click()
    leave.click()
    dialog = emil.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 text has not reached the server. Signing out deletes it.")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_have_count(0)
    expect(emil.box).to_have_value("a draft that only this browser has")
    emil.page.context.set_offline(False)
    expect(emil.banner).to_be_hidden()
    menu.click()
    leave.click()
    expect(emil.page).to_have_url(re.compile("/account/login/"))
    assert not there.search(emil.page.evaluate(kept))
    emil.page.go_back()
    expect(emil.page).to_have_url(re.compile("/account/login/"))


def test_c23_a_page_from_before_an_upgrade_asks_to_be_loaded_again(sits_down: SitsDown, network: Network) -> None:
    network.protocol = b"protocol=0"
    alice = sits_down("alice", network.url).opens()
    alice.box.fill("a draft")
    expect(alice.banner).to_contain_text("Parley has been updated. Your draft is kept.")
    network.protocol = b""
    alice.banner.get_by_role("button", name="Reload").click()
    expect(alice.banner).to_be_hidden()
    expect(alice.box).to_have_value("a draft")


def test_c22_a_proxy_that_blocks_websockets_is_named_and_no_spinner_turns_for_ever(
    sits_down: SitsDown, network: Network
) -> None:
    network.blocks_websockets = True
    alice = sits_down("alice", network.url).opens()
    expect(alice.banner).to_contain_text("blocks WebSockets")
    network.blocks_websockets = False
    alice.asks("echo", "Through at last").reads("You said: Through at last")
