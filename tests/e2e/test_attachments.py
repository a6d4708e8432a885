"""Files in a real browser: chosen, pasted and dropped; uploaded, refused, shown, remembered and sent with the message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests import packages as make
from tests.fake_upstream import FakeUpstream
from tests.files import document, picture

from .person import Person
from .proxy import Network

SEES = "gpt-4o"
HOSTILE = "<img src=x onerror=alert(1)>.png"
# What a browser does with what is pasted and dropped, in the page's own words: a test cannot fill the real clipboard.
PASTE = """(texts) => {
  const data = new DataTransfer();
  for (const [type, text] of Object.entries(texts.texts ?? {})) data.setData(type, text);
  for (const { name, type, base64 } of texts.files ?? [])
    data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
  const field = document.getElementById("composer-text");
  field.focus();
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  if (field.dispatchEvent(event)) document.execCommand("insertText", false, data.getData("text/plain"));
}"""
DRAG = """({ kind, name }) => {
  const data = new DataTransfer();
  data.items.add(new File(["Dropped words."], name, { type: "text/plain" }));
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  document.querySelector("chat-timeline").dispatchEvent(new DragEvent(kind, options));
}"""


def file(name: str, data: bytes, kind: str = "") -> dict[str, Any]:
    return {"name": name, "mimeType": kind, "buffer": data}


def chips(page: Page) -> Locator:
    return page.locator("chat-composer .chip")


def attaches(person: Person, *files: dict[str, Any]) -> None:
    """Choose files with the button's own field."""
    person.page.locator("chat-composer .attach__input").set_input_files(list(files))


def sent_text(upstream: FakeUpstream) -> str:
    """The last request's messages."""
    return json.dumps(upstream.log()[-1]["body"]["messages"])


def test_pictures_and_files_go_with_a_message_and_are_seen_by_all(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    alice = sits_down("alice").opens().chooses(SEES)
    attaches(
        alice,
        file(HOSTILE, picture(size=(900, 600)), "image/png"),
        file("report.pdf", document("Profit is up")),
        file("budget.docx", b"PK\x03\x04" + bytes(300)),
    )
    refused = chips(alice.page).filter(has_text="budget.docx")
    expect(refused).to_contain_text("damaged or incomplete")
    expect(alice.page.locator(".chip[data-state=there]")).to_have_count(2)
    alice.sends("Look.")
    expect(alice.page.locator(".composer__note")).to_contain_text("A file cannot be sent")
    alice.page.get_by_role("button", name="Send without it").click()
    alice.waits_for("Look.")
    expect(chips(alice.page)).to_have_count(0)
    sent = sent_text(upstream)
    assert "data:image/png;base64," in sent
    assert "Profit is up" in sent

    question = alice.questions.first
    image = question.locator(".picture img")
    expect(image).to_have_attribute("alt", HOSTILE)
    assert (image.get_attribute("width"), image.get_attribute("height")) == ("320", "213")
    alice.until("document.querySelector('.picture img').naturalWidth > 0")
    assert image.bounding_box() | {"x": 0, "y": 0} == {"x": 0, "y": 0, "width": 320, "height": 213}  # type: ignore[operator]
    expect(question.locator(".file")).to_contain_text("report.pdf")
    question.locator(".file").click()
    sheet = alice.page.get_by_role("dialog", name="report.pdf")
    expect(sheet.locator(".preview__heading")).to_have_text("Page 1")
    expect(sheet.locator(".preview__text")).to_have_text("Profit is up")
    with alice.page.expect_download() as download:
        sheet.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "report.pdf"
    alice.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(question.locator(".file")).to_be_focused()

    question.locator(".picture").focus()
    alice.page.keyboard.press("Enter")
    viewer = alice.page.get_by_role("dialog", name=HOSTILE)
    expect(viewer.locator("img")).to_be_visible()
    alice.page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(question.locator(".picture")).to_be_focused()

    question.hover()
    question.get_by_role("button", name="Edit", exact=True).click()
    form = question.locator(".edit")
    expect(form.locator(".chip")).to_have_count(2)
    form.get_by_role("button", name="Remove report.pdf").click()
    form.locator(".attach__input").set_input_files([file("notes.txt", b"Call Bob.")])
    form.get_by_label("Your message").fill("Look again.")
    form.get_by_role("button", name="Send", exact=True).click()
    alice.waits_for("Look again.")
    sent = sent_text(upstream)
    assert "data:image/png;base64," in sent
    assert "Call Bob." in sent
    assert "Profit is up" not in sent
    expect(alice.questions.first.locator(".file")).to_have_text(re.compile("notes.txt"))


def test_what_is_pasted_or_dropped_is_attached_and_stays_with_the_draft(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    import base64

    alice = sits_down("alice").opens().chooses(SEES)
    shot = {"name": "image.png", "type": "image/png", "base64": base64.b64encode(picture()).decode()}
    alice.page.evaluate(PASTE, {"files": [shot]})
    expect(alice.page.locator(".chip--picture[data-state=there]")).to_have_count(1)

    long = "A line of a long report.\n" * 101
    alice.page.evaluate(PASTE, {"texts": {"text/plain": "short"}})
    expect(alice.box).to_have_value("short")
    alice.box.fill("")
    alice.page.evaluate(PASTE, {"texts": {"text/plain": long}})
    pasted = chips(alice.page).filter(has_text="Pasted text.txt")
    expect(pasted).to_have_attribute("data-state", "there")
    expect(alice.box).to_have_value("")
    pasted.get_by_role("button", name="Insert as text instead").click()
    expect(alice.box).to_have_value(long)
    expect(pasted).to_have_count(0)
    alice.box.fill("")

    target = alice.page.locator(".drop")
    alice.page.evaluate(DRAG, {"kind": "dragenter", "name": "d.txt"})
    expect(target).to_be_visible()
    alice.page.evaluate(DRAG, {"kind": "drop", "name": "d.txt"})
    expect(target).to_be_hidden()
    expect(alice.page.locator(".chip[data-state=there]")).to_have_count(2)

    alice.reloads()
    expect(alice.page.locator(".chip[data-state=there]")).to_have_count(2)
    # Files alone are a message.
    alice.page.get_by_role("button", name="Send", exact=True).click()
    expect(alice.questions.first.locator(".file")).to_contain_text("d.txt")
    expect(alice.answer).to_have_attribute("aria-busy", "false")
    assert "Dropped words." in sent_text(upstream)
    alice.reloads()
    expect(alice.questions.first.locator(".picture img")).to_be_visible()
    expect(chips(alice.page)).to_have_count(0)


def test_an_assumed_encoding_is_said_and_can_be_changed_and_what_was_read_is_shown(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    alice = sits_down("alice").opens().chooses(SEES)
    table = "Дата;Сумма\n2026-01-03;1200,50\n2026-01-04;17\n"
    attaches(
        alice,
        file("sums.csv", table.encode("cp1251")),
        file("costs.xlsx", make.workbook({"Costs": [["Day", "Sum"], [1, 2]], "Plan": [["x"]]})),
        file("scan.pdf", document("", "")),
    )
    expect(chips(alice.page).filter(has_text="costs.xlsx")).to_contain_text("2 sheets")
    expect(chips(alice.page).filter(has_text="scan.pdf")).to_contain_text("2 scanned pages")
    encoding = alice.page.get_by_label("Encoding of sums.csv")
    expect(encoding).to_have_value("cp1251")
    encoding.select_option("koi8-r")
    expect(encoding).to_have_value("koi8-r")
    encoding.select_option("cp1251")
    expect(encoding).to_have_value("cp1251")
    alice.sends("Add them up.").waits_for("Add them up.")
    sent = sent_text(upstream)
    assert json.dumps(table)[1:-1] in sent
    assert "| Day | Sum |" in sent
    assert sent.count("data:image/jpeg;base64,") == 2

    for name, rows in (("sums.csv", 3), ("costs.xlsx", 3)):
        alice.questions.first.locator(".file").filter(has_text=name).click()
        sheet = alice.page.get_by_role("dialog", name=name)
        expect(sheet.locator("tr")).to_have_count(rows)
        sheet.get_by_role("button", name="Close").click()
    alice.questions.first.locator(".file").filter(has_text="scan.pdf").click()
    page = alice.page.get_by_role("img", name="Page 2")
    expect(page).to_be_visible()
    alice.until("document.querySelector('.preview__page').naturalWidth > 0")


def test_text_and_picture_together_in_the_clipboard_are_both_pasted(sits_down: Callable[..., Person]) -> None:
    import base64

    alice = sits_down("alice").opens().chooses(SEES)
    shot = {"name": "image.png", "type": "image/png", "base64": base64.b64encode(picture()).decode()}
    alice.page.evaluate(PASTE, {"files": [shot], "texts": {"text/plain": "See this"}})
    expect(alice.page.locator(".chip--picture[data-state=there]")).to_have_count(1)
    expect(alice.box).to_have_value("See this")


def test_a_model_that_takes_no_pictures_is_said_at_once_and_another_one_takes_it(
    sits_down: Callable[..., Person], upstream: FakeUpstream
) -> None:
    alice = sits_down("alice").opens().chooses("echo")
    attaches(alice, file("photo.png", picture(), "image/png"))
    note = alice.page.locator(".composer__note")
    expect(note).to_have_text("echo does not accept pictures. Choose another model, or remove the picture.")
    alice.sends("What is this?")
    expect(alice.box).to_have_value("What is this?")
    expect(alice.questions).to_have_count(0)
    alice.chooses(SEES)
    expect(note).to_have_text("")
    alice.box.press("Enter")
    alice.waits_for("What is this?")
    assert "base64" in sent_text(upstream)


def test_files_wait_for_the_connection_and_the_message_for_its_files(
    sits_down: Callable[..., Person], network: Network, upstream: FakeUpstream
) -> None:
    alice = sits_down("alice", network.url).opens().chooses(SEES)
    network.cut()
    attaches(alice, file("notes.txt", b"Call Bob."))
    expect(chips(alice.page)).to_have_attribute("data-state", "waiting")
    alice.sends("Read this.")
    expect(alice.page.locator(".composer__note")).to_contain_text("as soon as its files are uploaded")
    expect(alice.box).to_have_value("Read this.")
    network.mend()
    alice.waits_for("Read this.")
    assert "Call Bob." in sent_text(upstream)


def test_a_stranger_sees_nothing_of_it(sits_down: Callable[..., Person]) -> None:
    alice = sits_down("alice").opens().chooses(SEES)
    attaches(alice, file("photo.png", picture(), "image/png"))
    alice.sends("Mine.").waits_for("Mine.")
    address = alice.questions.first.locator(".picture").get_attribute("href") or ""
    assert alice.page.request.get(alice.url + address).status == 200
    charlie = sits_down("charlie").opens()
    assert charlie.page.request.get(charlie.url + address).status == 404
