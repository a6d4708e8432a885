"""The whole corpus of tests/hostile in every field: no script runs, no request leaves, no policy is violated.

That nothing left, no dialog opened and no policy was broken is asserted for every test, by `watch`. Each payload alone, at
random splits, goes through the gate in tests/js/gate.test.js; here is what stands around the gate, in a real browser.
"""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream
from tests.hostile import payloads
from tests.hostile.rules import every_payload
from tests.live.harness import Server, Site
from tests.live.harness.machine import wait_for
from tests.live.harness.server import ROOT

from .person import Person
from .test_hostile import is_unharmed

MANY = 50_000
# Elements of the page's own templates may stand anywhere; what these look for, only a text could have made.
_ACTING = """[...document.querySelectorAll("*")].flatMap((node) => [...node.attributes]
  .filter(({ name, value }) => name.startsWith("on") || /^\\s*(javascript|vbscript|data:text)/i.test(value))
  .map(({ name, value }) => `${node.tagName} ${name}=${value}`).filter(() => !node.closest("[data-title]")))"""


@pytest.fixture(scope="module")
def hostile(prepared: Site) -> Iterator[tuple[Server, str]]:
    """A server whose database is full of the corpus, and the address of the worst conversation."""
    site = prepared.copy(MAX_FRAMES_PER_SECOND="1000")
    command = [sys.executable, "-m", "tests.hostile.seed"]
    done = subprocess.run(command, check=True, cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, text=True)
    server = site.serve()
    yield server, done.stdout.split()[-1]
    assert server.unexpected_lines() == []
    server.remove()
    shutil.rmtree(site.folder, ignore_errors=True)


def is_calm(person: Person) -> None:
    """Nothing of the text has become something that acts, wherever it stands in the page."""
    assert person.page.evaluate("typeof pwned") == "undefined"
    assert person.page.evaluate("Object.prototype.polluted") is None
    assert person.page.evaluate(_ACTING) == []


def test_the_corpus_is_what_its_rules_make() -> None:
    assert payloads() == every_payload()
    assert len(payloads()) >= 300


def test_a_model_that_streams_the_corpus_at_random_splits(alice: Person, upstream: FakeUpstream) -> None:
    chance, corpus = random.Random(7), payloads()
    attempts = []
    for first in range(0, len(corpus), 70):
        text, steps, at = "\n\n".join(corpus[first : first + 70]) + "\n\nThe end.", [], 0
        while at < len(text):
            size = chance.randrange(1, 60)
            steps += [{"text": text[at : at + size]}, *([{"wait": 0.01}] if chance.random() < 0.2 else [])]
            at += size
        thought = {"reasoning": text[:2000]}
        tool = {
            "tool": {
                "id": "t1",
                "name": corpus[first][:60],
                "arguments": json.dumps({corpus[first + 1]: corpus[first + 2]}),
            }
        }
        attempts.append([thought, *steps, tool, {"finish": "stop"}])
    upstream.scenario("hostile", attempts=attempts)
    alice.opens().chooses("hostile")
    for number in range(len(attempts)):
        alice.sends(corpus[number])
        expect(alice.answers).to_have_count(number + 1)
        while alice.answer.get_attribute("aria-busy") != "false":
            is_unharmed(alice)
    is_unharmed(alice)
    is_calm(alice)
    alice.reloads().waits_for("The end.")
    is_unharmed(alice)
    is_calm(alice)


def test_everything_that_is_stored_reads_as_text(sits_down: Callable[..., Person], hostile: tuple[Server, str]) -> None:
    server, conversation = hostile
    alice = sits_down("alice", on=server)
    alice.opens(f"/c/{conversation}/")
    expect(alice.answers.last).to_be_visible()
    thread = alice.page.locator("chat-timeline")
    for _ in range(8):
        thread.evaluate("node => { node.scrollTop = 0; }")
        alice.page.evaluate(
            "document.querySelectorAll('chat-message details').forEach((node) => { node.open = true; })"
        )
        is_unharmed(alice)
    is_calm(alice)
    # Below the folders, which are shut.
    scroller = alice.page.locator(".sidebar__scroll")
    wait_for(
        lambda: scroller.evaluate("node => node.scrollTo(0, node.scrollHeight)") or alice.listed.count() > 20, "titles"
    )
    is_calm(alice)
    alice.page.get_by_role("button", name="Share").click()
    expect(alice.page.get_by_role("dialog")).to_be_visible()
    is_calm(alice)


def test_the_transcript_and_the_exports_show_it_as_text(
    sits_down: Callable[..., Person], hostile: tuple[Server, str]
) -> None:
    server, conversation = hostile
    ada = sits_down("ada", on=server)
    for place in ("conversation/", "message/", "run/", "user/", f"conversation/{conversation}/change/"):
        answer = ada.page.goto(f"{server.url}/admin/chat/{place}?all=")
        assert answer is not None
        assert answer.status == 200
        assert ada.page.evaluate("typeof pwned") == "undefined"
        expect(ada.page.locator("article :is(script, style, img, iframe, svg, object)")).to_have_count(0)
    address = f"{server.url}/admin/chat/conversation/{conversation}/change/"
    for kind in ("JSON", "CSV"):
        ada.page.goto(address)
        with ada.page.expect_download() as download:
            ada.page.get_by_role("button", name=f"Export {kind}").or_(
                ada.page.get_by_role("link", name=f"Export {kind}")
            ).click()
        text = download.value.path().read_text("utf-8-sig")
        if kind == "CSV":
            csv.field_size_limit(MANY * 100)
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
        else:
            assert json.loads(text.splitlines()[0])["title"] == payloads()[0]
