"""U45, D1, D7: hostile text through every field. No script runs, no request leaves, the page keeps its shape.

That nothing left for elsewhere, no policy was broken and no dialog opened is asserted for every test, by `watch`. A hostile
diagram draws itself in its sandbox, whose refusals are the proof: test_rendering.py has a test for it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream

from .person import Person

PAYLOAD = """<script>pwned = 1</script><img src=x onerror="pwned = 1"><svg onload="pwned = 1">
<iframe src="https://evil.example/"></iframe><style>body { display: none }</style>

[click](javascript:pwned=1) [data](data:text/html,<script>pwned=1</script>) [vb](vbscript:x) [file](file:///etc/passwd)
[entity](&#106;avascript:pwned=1) [tab](java&#9;script:pwned=1) <javascript:pwned=1> [rel](//evil.example/x) [own](/admin/)

![remote](https://evil.example/pixel.png?leak=1) ![](https://evil.example/2.png) ![svg](data:image/svg+xml,<svg/onload=pwned=1>)

| <b onmouseover="pwned=1">cell</b> | `</code><script>pwned=1</script>` |
|---|---|
| {{7*7}} ${7*7} %s | ../../etc/passwd |

[ref]: javascript:pwned=1 "x"
[ref] and https://evil.example/autolinked and <https://evil.example/?q=<script>>

```html"><script>pwned=1</script>
<script>pwned = 1</script>
```

~~~~
an open fence with <script>pwned = 1</script> and a right-to-left override \u202e gnp.exe
"""


def is_unharmed(person: Person) -> None:
    """No script ran, nothing foreign stands in the page."""
    assert person.page.evaluate("typeof pwned") == "undefined"
    foreign = "chat-message :is(script, style, img, iframe, object, embed, link, form:not(.edit), svg:not(.icon))"
    expect(person.page.locator(foreign)).to_have_count(0)
    addresses = person.page.locator("chat-message a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(addresses) <= {"http:", "https:", "mailto:"}
    expect(
        person.page.locator("chat-message .message__body a:not([rel='noopener noreferrer nofollow'])")
    ).to_have_count(0)


def fits(person: Person) -> None:
    """Nothing makes the page wider than the window."""
    widths = person.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    thread = person.page.locator("chat-timeline").evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert thread[0] <= thread[1]


@pytest.mark.parametrize("viewport", [(1100, 760), (390, 780)])
def test_u45_hostile_markdown_from_a_model_at_every_moment_of_the_stream(
    sits_down: Callable[..., Person], upstream: FakeUpstream, viewport: tuple[int, int]
) -> None:
    pieces = [PAYLOAD[at : at + 23] for at in range(0, len(PAYLOAD), 23)]
    steps = [step for piece in pieces for step in ({"text": piece}, {"wait": 0.02})]
    upstream.scenario("hostile", [*steps, {"finish": "stop"}])
    alice = sits_down("alice", viewport={"width": viewport[0], "height": viewport[1]})
    alice.asks("hostile", "Attack")
    while alice.answer.get_attribute("aria-busy") != "false":
        is_unharmed(alice)
        fits(alice)
    alice.waits_for("an open fence")
    is_unharmed(alice)
    expect(alice.text.locator(".image-blocked__host").first).to_contain_text("evil.example")
    expect(alice.text.get_by_text("<script>pwned = 1</script>", exact=False).first).to_be_attached()
    alice.reloads().waits_for("an open fence")
    is_unharmed(alice)
    fits(alice)


def test_d7_hostile_text_of_a_person_and_in_the_title_is_shown_as_it_is(
    sits_down: Callable[..., Person],
) -> None:
    alice, bob = sits_down("alice"), sits_down("bob")
    bob.opens()
    title = '"><script>pwned=1</script><img src=x onerror=pwned=1>'
    alice.asks("echo", PAYLOAD)
    expect(alice.questions.last.locator(".message__body")).to_have_text(PAYLOAD.strip(), use_inner_text=True)
    alice.waits_for("You said")
    is_unharmed(alice)
    name = alice.page.get_by_label("Title", exact=True)
    name.click()
    name.fill(title)
    name.press("Enter")
    expect(alice.listed.first).to_have_text(title, use_inner_text=True)
    expect(alice.page).to_have_title(f"{title} · Parley")
    alice.reloads()
    expect(alice.listed.first).to_contain_text(title)
    expect(name).to_have_value(title)
    is_unharmed(alice)


def test_d7_hostile_text_does_nothing_in_the_reviewers_page(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    upstream.scenario("hostile", [{"reasoning": PAYLOAD}, {"text": PAYLOAD}, {"finish": "stop"}])
    alice, ada = sits_down("alice"), sits_down("ada")
    alice.asks("hostile", PAYLOAD).waits_for("an open fence")
    number = alice.is_in_a_conversation().strip("/").split("/")[1]
    ada.opens("/admin/chat/conversation/")
    expect(ada.page.locator("#result_list")).to_contain_text("<script>pwned = 1</script>")
    ada.opens(f"/admin/chat/conversation/{number}/change/")
    expect(ada.page.locator("figure.code").first).to_be_visible()
    expect(ada.page.locator("article :is(script, style, img, iframe, svg)")).to_have_count(0)
    assert ada.page.evaluate("typeof pwned") == "undefined"


def test_d1_emoji_families_flags_and_right_to_left_text_come_back_letter_by_letter(alice: Person) -> None:
    text = "👩‍👩‍👧‍👦 🇳🇴 é नमस्ते مرحبا بالعالم שלום 𝒳 \u202etext\u202c z̸̡͓a͟l͔g̛o"
    alice.asks("echo", text).reads(f"You said: {text}")
    alice.reloads().reads(f"You said: {text}")
    assert alice.questions.last.locator(".message__body").text_content() == text


def test_long_words_wide_tables_and_long_lines_of_code_do_not_break_the_phone(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    row = "| " + " | ".join(f"column {number}" for number in range(12)) + " |"
    table = f"{row}\n{'|---' * 12}|\n{row}"
    text = f"{'long' * 120}\n\n{table}\n\n```\n{'x = 1; ' * 60}\n```\n\n`{'code' * 60}`\n\nhttps://example.org/{'a' * 200}\n"
    upstream.scenario("wide", [{"text": text}, {"finish": "stop"}])
    alice = sits_down("alice", viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    alice.asks("wide", "W" * 400).waits_for("long")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    fits(alice)
