"""What goes wrong upstream is said in words, with what is safe and one way out. The ids are those of the fault list."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream, full_text
from tests.live.harness.server import SETTINGS

from .person import Person

Steps = list[dict[str, Any]]


def test_u18_a_broken_stream_goes_on_by_itself_and_the_seam_shows(alice: Person, upstream: FakeUpstream) -> None:
    alice.asks("text-n60-r30-x30").waits_for("word29")
    alice.waits_for("word59").reads_once(full_text(60).split())
    expect(alice.text.locator(".seam")).to_have_text("Connection lost, continued (2 of 3)")
    expect(alice.fault).to_be_hidden()
    assert len(upstream.log()) == 2


def test_u18_a_code_block_that_broke_in_two_is_one_block(alice: Person, upstream: FakeUpstream) -> None:
    first: Steps = [{"text": "Look:\n\n```python\nfirst = 1\nsec"}, {"wait": 0.3}, {"close": True}]
    rest = [{"text": "ond = 2\n```\n\nThat is **all**."}, {"finish": "stop"}]
    upstream.scenario("broken", attempts=[first, rest])
    alice.asks("broken")
    for _ in range(2):
        expect(alice.text.locator("figure.code")).to_have_count(1)
        expect(alice.text.locator("figure.code code")).to_have_text("first = 1\nsecond = 2")
        expect(alice.text.locator("strong")).to_have_text("all")
        expect(alice.text.locator(".code + .seam")).to_have_text("Connection lost, continued (2 of 3)")
        alice.reloads()


def test_u18_a_model_that_thinks_again_before_it_goes_on_does_not_cut_its_own_list(
    alice: Person, upstream: FakeUpstream
) -> None:
    first: Steps = [{"reasoning": "Count."}, {"text": "1. one\n2. tw"}, {"wait": 0.2}, {"close": True}]
    rest: Steps = [{"reasoning": "Where was I?"}, {"wait": 0.3}, {"text": "o\n3. three"}, {"finish": "stop"}]
    upstream.scenario("broken", attempts=[first, rest])
    alice.asks("broken")
    for _ in range(2):
        expect(alice.text.locator("ol > li")).to_have_text(["one", "two", "three"])
        expect(alice.text.locator("ol")).to_have_count(1)
        expect(alice.text.locator("details")).to_have_count(2)
        alice.reloads()


def test_u29_a_stream_that_breaks_again_and_again_ends_with_its_text_and_a_button(
    alice: Person, upstream: FakeUpstream
) -> None:
    pieces = ("First comes one, ", "two, ", "three, ")
    breaking: list[Steps] = [[{"text": piece}, {"wait": 0.1}, {"close": True}] for piece in pieces]
    upstream.scenario("broken", attempts=[*breaking, [{"text": "four."}, {"finish": "stop"}]])
    alice.asks("broken", "Count")
    alice.is_told("The text so far is saved.")
    expect(alice.text.locator(".seam")).to_have_count(2)
    alice.does("Continue").waits_for("four.")
    expect(alice.fault).to_be_hidden()
    expect(alice.text.locator(".seam").last).to_have_text("Continued")
    alice.reads_once(["one", "two", "three", "four"])


def test_u9_the_wait_for_a_busy_provider_counts_down_and_then_the_answer_comes(
    alice: Person, upstream: FakeUpstream
) -> None:
    busy = [{"status": 429, "headers": {"retry-after": "5"}, "body": {"error": {"message": "slow down"}}}]
    upstream.scenario("countdown", attempts=[busy, [{"text": "Here I am."}, {"finish": "stop"}]])
    alice.opens().chooses("countdown")
    shown = alice.notes("chat-status")
    alice.sends("Hello?").reads("Here I am.")
    counted = [int(seconds) for text in shown() for seconds in re.findall(r"^retrying in (\d+) s \(2 of 3\)$", text)]
    # A busy browser may skip a second.
    assert len(counted) >= 2
    assert counted == sorted(counted, reverse=True)


def test_u9_stop_ends_the_wait(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario("countdown", [{"status": 429, "headers": {"retry-after": "30"}, "body": "busy"}])
    alice.asks("countdown")
    expect(alice.status).to_contain_text(re.compile(r"retrying in \d+ s"))
    alice.stops().is_told("Stopped before the first word.")
    assert len(upstream.log()) == 1


def test_u5_a_refused_key_is_said_without_showing_it_and_there_is_a_way_out(
    alice: Person, upstream: FakeUpstream
) -> None:
    key = SETTINGS["OPENAI_API_KEY"]
    said = {"error": {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"}}
    upstream.scenario("refused", attempts=[[{"status": 401, "body": said}], [{"text": "Better."}, {"finish": "stop"}]])
    alice.asks("refused", "Let me in").is_told(re.compile("key.*administrator", re.DOTALL))
    expect(alice.fault).to_contain_text("Your message is saved.")
    assert key not in alice.page.content()
    assert key[-12:] not in alice.page.content()
    alice.does("Try again").reads("Better.")
    expect(alice.answer.locator(".branch__version")).to_have_text("2/2")


def test_u6_a_model_that_is_gone_leads_to_the_choice_of_another(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario("refused", [{"status": 404, "body": {"error": {"message": "no such model"}}}])
    alice.asks("refused").is_told("does not have this model")
    alice.does("Choose a model")
    alice.page.get_by_label("Find a model").fill("text-n30")
    alice.page.keyboard.press("Enter")
    alice.page.get_by_role("button", name="Answer again").click()
    alice.reads(full_text(30))


def test_u30_an_answer_cut_by_length_says_so_and_continues_in_the_middle_of_a_list(
    alice: Person, upstream: FakeUpstream
) -> None:
    first = [{"text": "1. one\n2. two\n3. th"}, {"finish": "length"}]
    upstream.scenario("cut", attempts=[first, [{"text": "ree\n4. four"}, {"finish": "stop"}]])
    alice.asks("cut").is_told("Stopped at the length limit.")
    expect(alice.fault).to_contain_text("The text so far is saved.")
    alice.does("Continue")
    expect(alice.text.locator("ol > li")).to_have_text(["one", "two", "three", "four"])
    expect(alice.text.locator("ol")).to_have_count(1)
    expect(alice.text.locator(".seam")).to_have_text("Continued")
    expect(alice.fault).to_be_hidden()


def test_u13_html_in_an_error_is_text(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario(
        "refused", [{"status": 502, "body": "<html><h1>Bad gateway</h1><script>pwned = 1</script></html>"}]
    )
    alice.asks("refused").is_told("502")
    expect(alice.fault.locator("h1, script")).to_have_count(0)


def test_u40_an_empty_answer_is_no_blank_bubble(alice: Person, upstream: FakeUpstream) -> None:
    upstream.scenario("silent", [{"finish": "stop"}])
    alice.asks("silent").is_told("ended its answer without any text")
    expect(alice.fault.get_by_role("button")).to_have_text("Try again")
