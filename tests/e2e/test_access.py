"""axe-core finds nothing serious on the pages people use most, by day and by night."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream
from tests.live.harness.server import ROOT

from .person import Person

AXE = ROOT / "node_modules/axe-core/axe.min.js"
# Nothing moves except endless animations.
AT_REST = """document.getAnimations().every(
  ({ playState, effect }) => playState !== "running" || effect.getComputedTiming().iterations === Infinity)"""
TEXT = "Look:\n\n```python\nx = 1  # one\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted\n\n- [x] done\n\n[link](https://example.org/)"


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def looks_sound(person: Person) -> None:
    """Assert that axe finds nothing serious or critical on the page."""
    # Wait for the end of transitions, during which colours are mixed.
    person.until(AT_REST)
    person.page.evaluate(AXE.read_text())
    # Phrased for the newest rules of the guidelines' levels A and AA, and what axe holds to be good practice.
    found: list[dict[str, Any]] = person.page.evaluate("axe.run().then(({ violations }) => violations)")
    assert [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ] == []


def test_the_conversation_the_share_dialog_and_an_error(
    sits_down: Callable[..., Person], upstream: FakeUpstream, scheme: str
) -> None:
    upstream.scenario("code", [{"reasoning": "hm"}, {"text": TEXT}, {"finish": "length"}])
    alice = sits_down("alice", bypass_csp=True, color_scheme=scheme)
    looks_sound(alice.opens())
    alice.asks("code").is_told("Stopped at the length limit.")
    alice.until("CSS.highlights.size > 0")
    alice.answer.hover()
    looks_sound(alice)
    alice.page.get_by_role("button", name="Share").click()
    expect(alice.page.get_by_role("dialog")).to_be_visible()
    looks_sound(alice)
    alice.page.keyboard.press("Escape")
    alice.page.get_by_role("button", name="Model").click()
    expect(alice.page.get_by_label("Find a model")).to_be_visible()
    looks_sound(alice)


def test_the_sign_in_page(sits_down: Callable[..., Person], scheme: str) -> None:
    looks_sound(sits_down(bypass_csp=True, color_scheme=scheme).opens())


def test_the_reviewers_transcript_and_list(
    sits_down: Callable[..., Person], upstream: FakeUpstream, scheme: str
) -> None:
    upstream.scenario("code", [{"reasoning": "hm"}, {"text": TEXT}, {"finish": "stop"}])
    ada = sits_down("ada", bypass_csp=True, color_scheme=scheme)
    ada.asks("code", "To be reviewed").waits_for("quoted")
    number = ada.is_in_a_conversation().strip("/").split("/")[1]
    ada.opens("/admin/chat/conversation/")
    looks_sound(ada)
    ada.opens(f"/admin/chat/conversation/{number}/change/")
    expect(ada.page.locator("figure.code")).to_have_count(1)
    looks_sound(ada)
