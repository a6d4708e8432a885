"""What a model gives besides text, in a real browser: a picture, sources, a tool that the provider ran."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream
from tests.files import picture

from .person import Person

LAW = {"title": "The law on springs", "url": "https://example.org/law"}


def image(data: bytes) -> dict[str, Any]:
    """A chunk with a picture, as OpenRouter sends it."""
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return {"choices": [{"index": 0, "delta": {"images": [{"type": "image_url", "image_url": {"url": url}}]}}]}


def test_a_picture_and_its_sources_come_with_the_answer_and_stay(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    data = picture(size=(900, 600))
    steps = [
        {"text": "A spring, as the law says[1]:\n\n"},
        {"events": [{"choices": [], "citations": [LAW["url"]], "search_results": [LAW]}, image(data), image(b"no")]},
        {"text": "Shall I go on?"},
        {"finish": "stop"},
    ]
    alice = sits_down("alice").opens().chooses(upstream.scenario("long", steps))
    alice.sends("Draw a spring.")
    answer = alice.answers.first
    for _ in range(2):
        shown = answer.locator("a.picture img")
        expect(shown).to_have_attribute("alt", "picture-1.png")
        assert (shown.get_attribute("width"), shown.get_attribute("height")) == ("480", "320")
        alice.until("document.querySelector('.message__body .picture img').naturalWidth > 0")
        expect(answer.locator(".problem")).to_have_text("picture-2.png was not kept: it could not be read.")
        expect(answer.locator(".cite a")).to_have_attribute("href", LAW["url"])
        expect(answer.locator(".source")).to_have_text(f"1{LAW['title']}example.org")
        answer.locator("a.picture").click()
        viewer = alice.page.get_by_role("dialog", name="picture-1.png")
        expect(viewer.locator("img")).to_be_visible()
        alice.page.keyboard.press("Escape")
        expect(viewer).to_be_hidden()
        alice.page.reload()
