"""The contents of an answer and their actions: code, tables, formulas, diagrams, pictures, notes, any direction."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.fake_upstream import FakeUpstream
from tests.live.harness import Server
from tests.live.harness.machine import wait_for

from .conftest import Watch
from .elsewhere import Elsewhere
from .person import Person, comes_true
from .rich import RICH

# The edges of a block's text, not of its box.
EDGES = """node => {
  const range = document.createRange();
  range.selectNodeContents(node);
  const { left, right } = range.getBoundingClientRect();
  return [left, right];
}"""
SitsDown = Callable[..., Person]


def asks_for(person: Person, upstream: FakeUpstream, text: str) -> Person:
    """Ask for an answer with this text, which is sent in pieces; returns when it is complete."""
    pieces: list[dict[str, Any]] = [{"text": text[at : at + 40]} for at in range(0, len(text), 40)]
    upstream.scenario("rich", [*pieces, {"finish": "stop"}])
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.asks("rich", "Everything, please")
    expect(person.answer).to_have_attribute("aria-busy", "false")
    # The page shows the last words just after it has received the end.
    expect(person.text).to_contain_text([line for line in text.splitlines() if line.strip("` ")][-1].strip())
    return person


def copied(person: Person, beginning: str) -> str:
    """Wait until the clipboard begins with this; returns its content."""

    def held() -> str:
        text = str(person.page.evaluate("navigator.clipboard.readText()"))
        return text if text.startswith(beginning) else ""

    return wait_for(held, f"the clipboard begins with {beginning!r}")


def presses(within: Locator, name: str) -> None:
    within.hover()
    within.get_by_role("button", name=name, exact=True).click()


def test_code_is_copied_wrapped_and_saved(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, RICH)
    code = alice.text.locator("figure.code").first
    pre = code.locator("pre")
    expect(code.locator(".code__language")).to_have_text("python")
    source = pre.text_content() or ""
    said = alice.notes("figure.code button")
    presses(code, "Copy")
    assert copied(alice, source) == source
    wait_for(lambda: "Copied" in said(), "the button says that it has copied")
    scrolls = "node => node.scrollWidth > node.clientWidth"
    comes_true(pre, scrolls)
    presses(code, "Wrap")
    expect(code.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    comes_true(pre, f"node => !({scrolls})(node)")
    with alice.page.expect_download() as download:
        presses(code, "Download")
    assert download.value.suggested_filename == "code.py"
    assert Path(download.value.path()).read_text() == f"{source}\n"
    alice.until("CSS.highlights.size > 0")
    expect(code.locator("code *")).to_have_count(0)


def test_formulas_are_typeset_broken_ones_say_why_and_copying_gives_their_source(
    alice: Person, upstream: FakeUpstream, watch: Watch
) -> None:
    alice.asks("echo", "No formula yet").waits_for("No formula yet")
    assert not [url for url in watch.requests if "katex" in url.lower() or "math" in url or "typeset" in url]
    asks_for(alice, upstream, RICH)
    drawn = alice.text.locator(".math--set")
    expect(drawn).to_have_count(4)
    expect(drawn.locator("math")).to_have_count(4)
    expect(alice.text.locator(".math--block.math--set .katex-display")).to_have_count(1)
    assert (
        alice.text.locator(".katex .mord")
        .first.evaluate("node => getComputedStyle(node).fontFamily")
        .startswith("KaTeX")
    )
    broken = alice.text.locator(".math--broken")
    expect(broken).to_have_text(r"\frac{1}{")
    expect(broken).to_have_attribute("title", re.compile("cannot be read: .*expected"))
    wait_for(lambda: alice.page.evaluate("1") and any(url.endswith(".woff2") for url in watch.requests), "its fonts")
    select = """node => getSelection().selectAllChildren(node)"""
    alice.text.locator("p", has_text="The mean").evaluate(select)
    alice.page.keyboard.press("Control+c")
    source = (
        r"The mean of a sample is $\bar{x} = \frac{1}{n}\sum_{i=1}^{n} x_i$, and for $5 it costs $e^{i\pi} + 1 = 0$:"
    )
    assert copied(alice, source) == source
    expect(drawn.first.locator(".math__source")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_diagram_draws_itself_once_it_is_seen_in_a_frame_that_can_reach_nothing(
    sits_down: SitsDown, upstream: FakeUpstream, watch: Watch, scheme: str
) -> None:
    alice = sits_down("alice", color_scheme=scheme)
    alice.asks("echo", "No diagram yet").waits_for("No diagram yet")
    assert not [url for url in watch.requests if "mermaid" in url]
    asks_for(alice, upstream, RICH)
    code = alice.text.locator("figure.code").last
    code.scroll_into_view_if_needed()
    frame = code.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    drawing = code.frame_locator("iframe").locator(".diagram[data-processed] svg")
    expect(drawing).to_contain_text("Browser")
    expect(code.locator("pre")).to_be_hidden()
    expect(frame).to_have_css("block-size", re.compile(r"^[1-9]\d{1,3}(\.\d+)?px$"))
    inside = code.frame_locator("iframe").locator(":root")
    assert inside.evaluate("() => origin") == "null"
    expect(inside).to_have_attribute("data-theme", scheme)
    alice.page.evaluate(f"document.documentElement.dataset.theme = '{'light' if scheme == 'dark' else 'dark'}'")
    expect(inside).to_have_attribute("data-theme", "light" if scheme == "dark" else "dark")
    expect(drawing).to_contain_text("Browser")
    code.get_by_role("button", name="Show source").click()
    expect(code.locator("pre")).to_be_visible()
    expect(frame).to_have_count(0)
    code.get_by_role("button", name="Show diagram").click()
    expect(drawing).to_contain_text("Browser")


def test_a_diagram_with_a_fault_says_what_is_wrong_and_stays_its_source(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, "```mermaid\nflowchart LR\n  a --> --> b[\n```\n")
    code = alice.text.locator("figure.code")
    expect(code.locator(".code__fault")).to_contain_text("line 2")
    expect(code.locator("pre")).to_be_visible()
    expect(code.get_by_role("button", name="Show diagram")).to_be_visible()
    expect(alice.page.locator("iframe")).to_have_count(0)


def test_a_picture_from_elsewhere_is_asked_for_by_a_click_and_by_nothing_else(
    alice: Person, upstream: FakeUpstream, watch: Watch
) -> None:
    with Elsewhere() as elsewhere:
        link = f"http://{elsewhere.host}/link"
        text = f"[![A sun](http://{elsewhere.host}/sun.png)]({link})\n\n![A moon](http://{elsewhere.host}/moon)\n\nThe end."
        asks_for(alice, upstream, text)
        alice.reloads().waits_for("The end.")
        expect(alice.text.locator(".image-blocked")).to_have_count(2)
        sun, moon = alice.text.locator(".image-blocked").all()
        expect(sun).to_contain_text(f"A sun{elsewhere.host} will see your request")
        sun.hover()
        assert elsewhere.asked == []

        watch.elsewhere.add(elsewhere.host)
        sun.get_by_role("button", name="Load image").click()
        expect(sun).to_have_class(re.compile("image-blocked--loaded"))
        picture = sun.frame_locator("iframe").get_by_role("img", name="A sun")
        expect(picture).to_be_visible()
        comes_true(picture, "node => node.naturalWidth === 1")
        [(path, headers)] = elsewhere.asked
        assert path == "/sun.png"
        assert "referer" not in headers
        assert "cookie" not in headers
        moon.get_by_role("button", name="Load image").click()
        expect(moon.get_by_role("button", name="Not loaded. Try again")).to_be_enabled()
        expect(alice.page.locator("iframe")).to_have_count(1)
        assert [path for path, _ in elsewhere.asked] == ["/sun.png", "/moon"]
        assert len(alice.page.context.pages) == 1


def test_a_hostile_diagram_reaches_nothing(browser: Browser, server: Server, upstream: FakeUpstream) -> None:
    """The refusals of the sandbox are the proof, so this context is not watched for refusals."""
    with Elsewhere() as elsewhere:
        address = f"http://{elsewhere.host}/leak.png"
        css = json.dumps(f"@import url({address}); * {{ background: url({address}) !important }}")
        text = (
            f'```mermaid\n%%{{init: {{"themeCSS": {css}, "securityLevel": "loose"}}}}%%\nflowchart TD\n'
            f"  a[Alpha]\n  b[\"<img src='{address}' onerror='fetch(1)'>Beta\"]\n  click a \"{address}\" _top\n```\n\n"
            f'```mermaid\nflowchart TD\n  c@{{ img: "{address}" }}\n```\n'
        )
        context = browser.new_context(viewport={"width": 1100, "height": 760})
        context.add_cookies([{"name": "parley", "value": server.cookie("alice"), "url": server.url}])
        alice = asks_for(Person(context.new_page(), server.url), upstream, text)
        place = alice.is_in_a_conversation()
        expect(alice.text.locator("figure.code")).to_have_count(2)
        code, other = alice.text.locator("figure.code").all()
        code.scroll_into_view_if_needed()
        drawing = code.frame_locator("iframe").locator("svg")
        expect(drawing).to_contain_text("Beta")
        drawing.get_by_text("Alpha").click()
        expect(drawing).to_contain_text("Beta")
        other.scroll_into_view_if_needed()
        expect(other.locator(".code__fault")).to_contain_text("image cannot be decoded")
        assert alice.place == place
        assert len(context.pages) == 1
        assert elsewhere.asked == []
        context.close()


def held_as(person: Person, type: str) -> str:
    """What the clipboard holds of this type."""
    script = "async type => (await (await navigator.clipboard.read())[0].getType(type)).text()"
    return str(person.page.evaluate(script, type))


def test_an_answer_and_a_table_are_copied_as_text_and_as_html(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, RICH)
    presses(alice.text.locator(".table"), "Copy table")
    assert copied(alice, "step\t").splitlines()[:2] == ["step\tseconds\tshare", "read orders\t12.4\t61 %"]
    html = held_as(alice, "text/html")
    assert "<td>read orders</td>" in html
    assert "<td>'=SUM(A1)</td>" in html
    alice.answer.hover()
    alice.answer.get_by_role("button", name="Copy", exact=True).last.click()
    copied(alice, "## What changed")
    html = held_as(alice, "text/html")
    for wanted in ("<h2>What changed</h2>", "<strong>pages by key</strong>", "<math", "<pre><code>def export"):
        assert wanted in html
    assert "<button" not in html


def test_a_table_is_copied_as_markdown_and_as_csv(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, RICH)
    table = alice.text.locator(".table")
    said = alice.notes(".table button")
    presses(table, "Copy as Markdown")
    assert copied(alice, "| step").splitlines()[:3] == [
        "| step | seconds | share |",
        "| :-- | --: | :-: |",
        "| read `orders` | 12.4 | **61 %** |",
    ]
    wait_for(lambda: "Copied" in said(), "the button says that it has copied")
    presses(table, "Copy as CSV")
    rows = list(csv.reader(io.StringIO(copied(alice, "step,"))))
    assert rows[0] == ["step", "seconds", "share"]
    assert rows[2:] == [["write a | b", "-3", "39 %"], ["'=SUM(A1)", "$x^2$", ""]]


def test_a_note_leads_to_its_words_and_back_by_keyboard(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, RICH)
    note = alice.text.locator(".note")
    expect(note).to_contain_text("From the sizes of last week")
    alice.text.get_by_role("button", name="Note 1", exact=True).focus()
    alice.page.keyboard.press("Enter")
    expect(note).to_be_focused()
    alice.page.keyboard.press("Tab")
    alice.page.keyboard.press("Enter")
    expect(alice.text.get_by_role("button", name="Note 1", exact=True)).to_be_focused()


def test_a_link_that_pretends_says_where_it_leads(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, RICH)
    expect(alice.text.locator("a", has_text="bank.example")).to_have_text("https://bank.exampleelsewhere.example")
    expect(alice.text.locator("a", has_text="notes")).to_have_text("notes")


def test_words_from_right_to_left_are_laid_out_so_and_drag_nothing_along(alice: Person, upstream: FakeUpstream) -> None:
    asks_for(alice, upstream, RICH)
    column = alice.text.bounding_box()
    assert column is not None
    middle = column["x"] + column["width"] / 2

    def edges(selector: str, words: str) -> tuple[float, float]:
        node = alice.text.locator(selector, has_text=words).first
        box = node.evaluate(EDGES)
        return box[0], box[1]

    for selector, words in (("blockquote > p", "اقتباس"), ("li", "عنصر"), ("p", "שלום")):
        assert edges(selector, words)[1] > middle, words
    for selector, words in (("blockquote > p", "Quoted"), ("li", "measure"), ("p", "The mean")):
        assert edges(selector, words)[0] < middle, words
    arabic = alice.text.locator("ul", has_text="قائمة")
    assert arabic.evaluate("node => node.matches(':dir(rtl)')")
    assert alice.text.locator("li code").first.evaluate("node => node.matches(':dir(ltr)')")
    assert alice.text.locator("pre").first.evaluate("node => node.matches(':dir(ltr)')")


def test_a_tool_call_is_a_card_whose_arguments_come_as_they_are_written(alice: Person, upstream: FakeUpstream) -> None:
    sent = {"query": "late orders", "limit": 20, "price": 1.5}
    call = {"id": "c1", "name": "search_orders", "arguments": json.dumps(sent), "pieces": 12}
    first: list[dict[str, Any]] = [{"text": "I look it up."}, {"tool": call}, {"finish": "tool_calls"}]
    upstream.scenario("rich", attempts=[first, [{"text": "Found."}, {"finish": "stop"}]])
    alice.asks("rich", "Look it up")
    card = alice.text.locator(".tool-card")
    expect(card.locator(".tool-card__name")).to_have_text("search_orders")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    expect(card.locator(".tool-card__status")).to_have_text(re.compile("not run|failed"))
    shown = card.locator(".tool-card__arguments")
    wait_for(lambda: shown.text_content() == json.dumps(sent, indent=2), "all of the arguments")


def test_the_reviewers_page_has_the_same_tools(sits_down: SitsDown, upstream: FakeUpstream) -> None:
    alice, ada = sits_down("alice"), sits_down("ada")
    asks_for(alice, upstream, RICH)
    number = alice.is_in_a_conversation().strip("/").split("/")[1]
    ada.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.opens(f"/admin/chat/conversation/{number}/change/")
    answer = ada.page.locator("article.message--assistant")
    expect(answer.locator(".math--set")).to_have_count(4)
    said = ada.notes("figure.code button")
    presses(answer.locator("figure.code").first, "Copy")
    copied(ada, "def export")
    wait_for(lambda: "Copied" in said(), "the button says that it has copied")
    answer.locator("figure.code").last.scroll_into_view_if_needed()
    expect(answer.frame_locator("iframe").locator("svg")).to_contain_text("Browser")
