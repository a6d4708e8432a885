"""python -m tests.e2e.pictures FOLDER: takes pictures of the real page with a realistic conversation.

A real server, a real browser; only the model is a fake upstream that says what is written here.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.fake_upstream import FakeUpstream
from tests.live.harness import Database, Server, Site
from tests.live.harness.server import ROOT

from .chromium import FLAGS, find_chromium
from .person import Person

MODEL = "claude-sonnet-4-5"
NAMES = {"alice": "Maren Holt", "bob": "Tomás Rey", "ada": "Ada Lund"}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
TALL: dict[str, Any] = {"viewport": {"width": 1280, "height": 1010}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}

EARLIER = (
    "Minutes of the Tuesday call",
    "A gentler wording for the outage notice",
    "Which index does this query need?",
    "Translate the invitation into Norwegian",
)
QUESTION = "Our nightly export takes 40 minutes and locks the orders table. What would you change first?"
ANSWER = """The lock is the worse half. A single `SELECT` over the whole table holds its snapshot for all 40 minutes, so vacuum \
cannot clean up behind it. I would change two things, in this order:

1. **Read in pages by key**, each in a transaction of its own. No snapshot lives longer than a second.
2. **Stream rows to the file** instead of building it in memory.

```python
def export(connection, write, page=5_000):
    last = 0
    while True:
        rows = connection.execute(
            "SELECT * FROM orders WHERE id > %s ORDER BY id LIMIT %s",
            (last, page),
        ).fetchall()
        if not rows:
            return
        write(rows)
        last = rows[-1].id  # the next page begins behind it
```

What to expect, from the sizes you gave earlier:

| | now | paged |
|:--|--:|--:|
| longest transaction | 40 min | 0.4 s |
| memory | 3.1 GB | 60 MB |
| whole export | 40 min | 11 min |
"""
SECOND = "Can the page size adapt? On Sundays the replica is slow."
SECOND_ANSWER = """Yes: aim for a *time* per page and let the size follow. Halve it when a page took more than a second, grow it by a \
tenth when it took less than half of one. Sundays then cost patience, never locks."""
THOUGHT = "They describe a long snapshot. Keyset paging avoids both the lock and the memory. Compare before and after."


Steps = list[dict[str, Any]]


def steps(text: str, pause: float = 0.012) -> Steps:
    """A text in pieces as a model sends them."""
    return [step for piece in re.findall(r"\s*\S{1,6}", text) for step in ({"text": piece}, {"wait": pause})]


@contextmanager
def a_site(upstream: FakeUpstream) -> Iterator[Server]:
    """A server with people who have names."""
    folder = Path(tempfile.mkdtemp(prefix="parley-pictures-"))
    site = Site(
        Database(sqlite=folder / "parley.sqlite3"),
        upstream.url,
        ANTHROPIC_MODELS=MODEL,
        DEVELOPER="true",
        OPENAI_API_KEY="",
        SILENCE_TIMEOUT_SECONDS="30",
    )
    site.environment["DATA_DIR"] = str(folder)
    # The people of the bootstrap need an address for upstreams of their own, which are not shown here.
    site.environment["OPENAI_BASE_URL"] = upstream.url
    site.bootstrap()
    site.environment["OPENAI_BASE_URL"] = ""
    site.database.write("DELETE FROM chat_upstream")
    for name, full in NAMES.items():
        site.database.write(
            "UPDATE chat_user SET first_name = %s, last_name = %s WHERE username = %s", *full.rsplit(" ", 1), name
        )
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, check=True, cwd=ROOT, env=site.environment)
    server = site.serve()
    try:
        yield server
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


class Studio:
    """Sits people down and takes their pictures."""

    def __init__(self, browser: Browser, server: Server, folder: Path) -> None:
        self._browser, self._server, self._folder = browser, server, folder

    def seat(self, name: str, **options: Any) -> Person:
        """A person at a browser; `color_scheme` dark or light."""
        context = self._browser.new_context(reduced_motion="reduce", **options)
        context.add_cookies([{"name": "parley", "value": self._server.cookie(name), "url": self._server.url}])
        return Person(context.new_page(), self._server.url)

    def scene(self, name: str, picture: str, **options: Any) -> None:
        """A scene of the gallery, as it is shown on its own page."""
        address = f"/gallery/{name}/" + ("?language=de" if options.pop("german", False) else "")
        reader = Person(self._browser.new_context(reduced_motion="reduce", **options).new_page(), self._server.url)
        reader.opens(address)
        expect(reader.page.locator("html")).to_have_attribute("data-performed", "")
        expect(reader.answers.last).to_be_visible()
        self.picture(reader, picture)

    def picture(self, person: Person, name: str) -> None:
        """Take the picture, with the pointer out of the way."""
        person.page.mouse.move(0, 0)
        path = self._folder / f"{name}.png"
        # A palette: the pages have few colours, and a third of the bytes is enough.
        Image.open(io.BytesIO(person.page.screenshot())).convert("RGB").quantize(128).save(path, optimize=True)
        print(f"{path} {path.stat().st_size // 1000} kB")


def take_all(studio: Studio, upstream: FakeUpstream) -> None:
    """The whole album."""
    alice, bob = studio.seat("alice", **TALL), studio.seat("bob", **TALL)
    for title in EARLIER:
        alice.opens().sends(title)
        expect(alice.answer).to_have_attribute("aria-busy", "false")
    thought: Steps = [{"wait": 0.4}, {"reasoning": THOUGHT}, {"wait": 1.6}]
    answers = [
        [*thought, *steps(ANSWER), {"finish": "stop"}],
        [{"wait": 0.4}, *steps(SECOND_ANSWER), {"finish": "stop"}],
    ]
    upstream.scenario(MODEL, attempts=answers)
    alice.opens().sends(QUESTION).waits_for("whole export")
    place = alice.is_in_a_conversation()
    _share(alice, "bob")
    bob.opens(place).waits_for("whole export").sends(SECOND).waits_for("never locks")
    alice.waits_for("never locks")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    alice.until("CSS.highlights.size > 0")
    # The next sweep of the server shows who is present.
    expect(alice.page.locator(".header__people .avatar--away")).to_have_count(0)
    studio.picture(alice, "conversation")

    for name, options in (
        ("conversation-dark", {**TALL, "color_scheme": "dark"}),
        ("phone", PHONE),
        ("phone-dark", {**PHONE, "color_scheme": "dark"}),
    ):
        reader = studio.seat("alice", **options).opens(place).waits_for("never locks")
        if name.startswith("phone"):
            reader.page.locator("chat-timeline").evaluate("node => { node.scrollTop = 0; }")
        reader.until("CSS.highlights.size > 0")
        studio.picture(reader, name)

    ada = studio.seat("ada", **DESK)
    ada.opens(f"/admin/chat/conversation/{place.strip('/').split('/')[1]}/change/")
    expect(ada.page.locator("figure.code")).to_have_count(1)
    ada.until("CSS.highlights.size > 0")
    studio.picture(ada, "review")
    _take_streaming(studio, upstream)
    dark = {"color_scheme": "dark"}
    studio.scene("parts", "parts-dark", **DESK, **dark)
    studio.scene("people", "people", **DESK)
    studio.scene("faults", "faults", **DESK)
    studio.scene("list", "phone-list-dark", **PHONE, **dark)
    studio.scene("streaming", "phone-german", german=True, **PHONE)


def _share(owner: Person, name: str) -> None:
    owner.page.get_by_role("button", name="Share").click()
    dialog = owner.page.get_by_role("dialog")
    dialog.get_by_label("Add a person").fill(name)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("was added")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()


def _take_streaming(studio: Studio, upstream: FakeUpstream) -> None:
    slowly: Steps = [{"reasoning": THOUGHT}, {"wait": 1.6}, *steps(ANSWER, 0.025), {"finish": "stop"}]
    upstream.scenario(MODEL, slowly)
    reader = studio.seat("alice", **DESK).opens().sends(QUESTION).waits_for("rows[-1]")
    expect(reader.status).to_contain_text("tok/s")
    studio.picture(reader, "streaming")
    reader.stops()


def main() -> None:
    """Take the pictures and say where they are."""
    expect.set_options(timeout=120_000)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with FakeUpstream() as upstream, a_site(upstream) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        take_all(Studio(browser, server, folder), upstream)
        browser.close()


if __name__ == "__main__":
    main()
