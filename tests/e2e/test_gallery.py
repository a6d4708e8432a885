"""Every scene of the gallery: it renders, without an error, and axe finds nothing serious in it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.live.harness import Server, Site
from tests.live.harness.server import ROOT

from .person import Person
from .test_access import looks_sound

_NAMES = "import { SCENES } from './static/js/gallery/scenes.js'; console.log(JSON.stringify(SCENES))"
SCENES: list[dict[str, Any]] = json.loads(
    subprocess.run(["node", "--input-type=module", "-e", _NAMES], cwd=ROOT, check=True, capture_output=True).stdout
)
# What a scene is about, if the thread alone does not show that it was rendered.
SHOWN = {
    "empty": "What would you like to know?",
    "no-model": "No model",
    "texts": "文字",
    "people": "Bartholomew",
    "parts": "It is minus three in Oslo",
    "faults": "is getting too many requests. Try again in a while. It asks you to wait 2 hours. It said: Slow down.",
    "streaming": "connection lost, continuing (2 of 3)",
    "slow": "saving is slow, but nothing is lost",
    "lost": "The connection is lost.",
    "signed-out": "You are signed out.",
    "updated": "Parley has been updated.",
    "gone": "You are no longer in this conversation.",
    "viewer": "You have read-only access.",
    "models": "a-model-with-a-name",
    "given": "Draw a spring",
    "share": "Add a person",
    "account": "Appearance",
    "list": "Minutes of the Tuesday call",
}


@pytest.fixture(scope="module")
def workshop(prepared: Site) -> Iterator[Server]:
    """A server for developers."""
    server = prepared.copy(DEVELOPER="true").serve()
    yield server
    server.remove()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene["name"])
def test_a_scene_renders_and_axe_finds_nothing_serious(
    sits_down: Callable[..., Person], workshop: Server, scene: dict[str, Any]
) -> None:
    reader = sits_down("", on=workshop, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    reader.opens(f"/gallery/{scene['name']}/{'?new=1' if scene.get('fresh') else ''}")
    page = reader.page
    expect(page.locator("html")).to_have_attribute("data-performed", "")
    words = SHOWN.get(scene["name"], "Name the new room" if scene["name"] != "loading" else "")
    expect(page.get_by_text(re.compile(re.escape(words))).first).to_be_attached()
    if scene["name"] != "loading":
        expect(page.locator(".timeline__skeleton")).to_be_hidden()
    looks_sound(reader)
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_the_sheet_has_every_scene_at_every_width(sits_down: Callable[..., Person], workshop: Server) -> None:
    reader = sits_down("", on=workshop).opens("/gallery/?width=390&theme=dark#people")
    expect(reader.page.locator("section.scene iframe")).to_have_count(len(SCENES))
    frame = reader.page.frame_locator("#empty iframe")
    expect(frame.get_by_text("What would you like to know?")).to_be_visible()
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
