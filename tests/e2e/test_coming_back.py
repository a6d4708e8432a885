"""Reload, close, sleep, a second tab, no network, a killed server: the stream continues, nothing is lost or doubled."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness import Server
from tests.live.harness.machine import wait_for

from .person import Person
from .proxy import Network

SitsDown = Callable[..., Person]


def comes_back(person: Person) -> None:
    """The browser notices that there is a network again."""
    person.page.evaluate("dispatchEvent(new Event('online'))")


def test_c1_a_reload_in_mid_stream_goes_on_without_a_gap(alice: Person, upstream: FakeUpstream) -> None:
    alice.asks("text-n160-r40-g80").waits_for("word20").reloads().waits_for("word30").reloads().waits_for("word79")
    upstream.release()
    alice.reads(full_text(160))
    assert len(upstream.log()) == 1


def test_closed_and_opened_again_the_answer_went_on_meanwhile(alice: Person, upstream: FakeUpstream) -> None:
    alice.asks("text-n80-r40-g40").waits_for("word5")
    place, context = alice.is_in_a_conversation(), alice.page.context
    alice.page.close()
    back = Person(context.new_page(), alice.url).opens(place)
    back.waits_for("word20")
    upstream.release()
    back.reads(full_text(80))
    back.reloads().reads(full_text(80))


def test_c2_two_tabs_show_the_same_and_a_message_sent_in_one_is_once_in_the_other(
    alice: Person, upstream: FakeUpstream
) -> None:
    alice.asks("text-n80-r40-g40").waits_for("word5")
    other = Person(alice.page.context.new_page(), alice.url).opens(alice.is_in_a_conversation())
    other.waits_for("word10")
    upstream.release()
    alice.reads(full_text(80))
    other.reads(full_text(80))
    other.sends("From the other tab")
    expect(alice.questions.last).to_contain_text("From the other tab")
    for tab in (alice, other):
        expect(tab.questions).to_have_count(2)
        expect(tab.answers).to_have_count(2)
        tab.reads(full_text(80))


def test_while_the_connection_is_lost_nothing_is_counted_and_what_is_written_goes_out_afterwards(
    sits_down: SitsDown, network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url)
    alice.asks("text-n300-r60-g150").waits_for("word10")
    network.cut()
    expect(alice.status).to_have_text("waiting for the connection")
    alice.sends("the next")
    expect(alice.page.get_by_text("Will be sent when the connection is back")).to_be_visible()
    upstream.release()
    network.mend()
    comes_back(alice)
    expect(alice.questions).to_have_count(2)
    expect(alice.answers.first.locator(".message__body")).to_have_text(full_text(300).strip())
    expect(alice.questions.last).to_contain_text("the next")
    expect(alice.page.locator(".queued")).to_have_count(0)


def test_c4_offline_while_the_answer_completes_it_is_whole_within_two_seconds_of_the_reconnect(
    sits_down: SitsDown, network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url)
    alice.asks("text-n80-r40-g40").waits_for("word10")
    told = alice.notes("#announcer")
    network.cut()
    expect(alice.banner).to_contain_text("Trying again")
    assert alice.banner.evaluate("node => node.closest('[aria-live], [role=status], [role=alert]')") is None
    upstream.release()
    wait_for(lambda: upstream.log()[0]["ended_at"], "the end of the answer")
    network.mend()
    comes_back(alice)
    expect(alice.banner).to_be_hidden()
    alice.reads(full_text(80))
    # A screen reader announces it once, not for each second of the countdown.
    assert not any("Trying again" in words for words in told())


def test_c5_a_message_written_offline_is_kept_marked_and_goes_out_once(
    sits_down: SitsDown, network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url)
    alice.asks("echo", "First").reads("You said: First")
    network.cut()
    expect(alice.banner).to_be_visible()
    alice.sends("Written in the tunnel")
    expect(alice.questions.last).to_contain_text("Written in the tunnel")
    expect(alice.questions.last.locator("chat-status")).to_have_text(re.compile("sending|will be sent"))
    network.mend()
    comes_back(alice)
    expect(alice.answers).to_have_count(2)
    alice.reads("You said: Written in the tunnel")
    expect(alice.questions).to_have_count(2)
    alice.reloads()
    expect(alice.questions).to_have_count(2)
    assert len(upstream.log()) == 2


def test_c5_a_message_written_offline_outlives_a_reload_and_goes_out_once(
    sits_down: SitsDown, network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url)
    alice.asks("echo", "First").reads("You said: First")
    network.cut()
    expect(alice.banner).to_be_visible()
    alice.sends("Written in the tunnel")
    network.blocks_websockets = True
    network.mend()
    for _ in range(2):
        alice.reloads()
        expect(alice.questions.last).to_contain_text("Written in the tunnel")
        expect(alice.box).to_have_value("")
    assert len(upstream.log()) == 1
    network.blocks_websockets = False
    alice.reloads()
    alice.reads("You said: Written in the tunnel")
    expect(alice.questions).to_have_count(2)
    alice.reloads()
    expect(alice.questions).to_have_count(2)
    alice.opens("/")
    expect(alice.questions).to_have_count(0)
    assert len(upstream.log()) == 2


def test_c21_a_tab_that_slept_while_its_connection_died_is_in_step_when_it_is_looked_at(
    sits_down: SitsDown, network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url)
    alice.asks("text-n80-r40-g40").waits_for("word10")
    devtools = alice.page.context.new_cdp_session(alice.page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    network.cut()
    network.mend()
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    upstream.release()
    alice.reads(full_text(80))
    expect(alice.page.locator("chat-status:visible")).to_have_count(0)


def test_c21_back_and_forward_between_conversations_shows_each_as_it_is(alice: Person) -> None:
    alice.asks("echo", "One").reads("You said: One")
    alice.page.get_by_role("link", name="New conversation").first.click()
    alice.sends("Two").reads("You said: Two")
    alice.page.go_back()
    alice.page.go_back()
    alice.reads("You said: One")
    alice.page.go_forward()
    alice.page.go_forward()
    alice.reads("You said: Two")


def test_s1_a_server_that_is_killed_in_mid_stream_comes_back_and_the_text_is_whole(
    sits_down: SitsDown, fresh: Server, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", on=fresh)
    alice.asks("text-n160-r40-g80").waits_for("word20")
    shown = alice.text.inner_text()
    fresh.kill()
    expect(alice.banner).to_be_visible()
    assert alice.text.inner_text().startswith(shown)
    upstream.release()
    fresh.start()
    expect(alice.text.locator(".seam")).to_have_text("The server restarted, continued (2 of 3)")
    alice.reads_once(full_text(160).split())
    expect(alice.banner).to_be_hidden()


def test_a_draft_survives_a_reload_and_belongs_to_its_conversation(alice: Person) -> None:
    alice.asks("echo", "One").reads("You said: One")
    alice.box.fill("half a thought")
    alice.reloads()
    expect(alice.box).to_have_value("half a thought")
    alice.opens()
    expect(alice.box).to_have_value("")
