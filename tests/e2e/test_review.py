"""An administrator reads a stored conversation, and exports it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.fake_upstream import FakeUpstream

from .person import Person

SitsDown = Callable[..., Person]


def exported(person: Person, button: str) -> str:
    """The file that a button downloads."""
    with person.page.expect_download() as download:
        person.page.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_text()


def test_an_administrator_reads_a_broken_answer_and_its_versions_and_exports_them(
    sits_down: SitsDown, upstream: FakeUpstream
) -> None:
    first: list[dict[str, Any]] = [{"text": "Look:\n\n```python\nfirst = 1\nsec"}, {"wait": 0.2}, {"close": True}]
    rest = [{"text": "ond = 2\n```\n\n**Done.**"}, {"finish": "stop"}]
    upstream.scenario("broken", attempts=[first, rest, [{"text": "=1+1 another version"}, {"finish": "stop"}]])
    alice, ada = sits_down("alice"), sits_down("ada")
    alice.asks("broken", "Review <b>me</b>").waits_for("Done.")
    alice.does("Answer again").reads("=1+1 another version")
    number = alice.is_in_a_conversation().strip("/").split("/")[1]

    ada.opens("/admin/chat/conversation/")
    with ada.page.expect_navigation() as navigation:
        ada.page.get_by_role("link", name="Review <b>me</b>").first.click()
    assert "require-trusted-types-for 'script'" in (navigation.value.header_value("content-security-policy") or "")
    page = ada.page
    expect(page).to_have_url(f"{ada.url}/admin/chat/conversation/{number}/change/")
    expect(page.locator("article.message--user")).to_contain_text("Review <b>me</b>")
    expect(page.locator("figure.code")).to_have_count(1)
    expect(page.locator("figure.code code")).to_have_text("first = 1\nsecond = 2")
    expect(page.locator(".seam")).to_contain_text("continued (2 of 3)")
    expect(page.get_by_text("Version 1 of 2")).to_be_visible()
    expect(page.get_by_text("Version 2 of 2")).to_be_visible()
    expect(page.get_by_text("so your reading of it is recorded")).to_be_visible()

    lines = [json.loads(line) for line in exported(ada, "Export JSON").splitlines()]
    told = json.dumps(lines, ensure_ascii=False)
    for text in ("Review <b>me</b>", "first = 1", "=1+1 another version"):
        assert json.dumps(text)[1:-1] in told
    rows = list(csv.reader(io.StringIO(exported(ada, "Export CSV"))))
    cells = [cell for row in rows for cell in row]
    assert any("ond = 2" in cell for cell in cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)

    page.get_by_role("link", name="entry in the audit trail").click()
    expect(page.locator("#result_list")).to_contain_text("ada")

    ada.opens(f"/admin/chat/conversation/{number}/change/")
    with page.expect_navigation() as navigation:
        page.locator("article.message--assistant", has=page.locator("figure.code")).locator(".told__number").click()
    assert "require-trusted-types-for 'script'" in (navigation.value.header_value("content-security-policy") or "")
    expect(page.locator("figure.code code")).to_have_text("first = 1\nsecond = 2")


def test_somebody_who_is_no_administrator_does_not_get_in(alice: Person) -> None:
    alice.asks("echo", "Mine").reads("You said: Mine")
    number = alice.is_in_a_conversation().strip("/").split("/")[1]
    answer = alice.page.goto(f"{alice.url}/admin/chat/conversation/{number}/change/")
    assert answer is not None
    assert answer.status == 404
