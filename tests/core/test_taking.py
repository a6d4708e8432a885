"""Taking along: a conversation and an answer as Markdown, Word and Excel, and a page to print, for those who may read it."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Callable

import docx
import pytest
from django.test import Client

from chat.models import Message, User
from chat.models.trash import trash
from chat.web.documents import Piece, as_excel, as_markdown, as_word
from tests.cast import Cast, answered, post

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User], Client]

RICH = r"""# Plan

Some **bold**, *thin*, ~~gone~~ and `code`, see [here](https://example.org/a). So \(a_1 * b_2\).

- one
  - deep
1. first

> quoted

```py
print("x")
```

| step | n |
|---|---|
| =HYPERLINK("x") | 12.5 |
| 007 | -3 |
"""


def test_an_answer_as_a_word_file_has_its_headings_lists_tables_and_formulas() -> None:
    document = docx.Document(io.BytesIO(as_word("A <title>\x0b", [Piece("Bob", "today", ("a.pdf",), RICH)])))
    told = [(paragraph.style.name if paragraph.style else "", paragraph.text) for paragraph in document.paragraphs]
    for wanted in (
        ("Title", "A <title>\ufffd"),
        ("Heading 3", "Bob · today"),
        ("List Bullet", "a.pdf"),
        ("Heading 1", "Plan"),
        ("Normal", r"Some bold, thin, gone and code, see here (https://example.org/a). So \(a_1 * b_2\)."),
        ("List Bullet", "one"),
        ("List Bullet 2", "deep"),
        ("List Number", "first"),
        ("Quote", "quoted"),
        ("No Spacing", 'print("x")'),
    ):
        assert wanted in told
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ['=HYPERLINK("x")', "12.5"]
    assert any(run.bold and run.text == "bold" for paragraph in document.paragraphs for run in paragraph.runs)


def test_tables_become_sheets_without_a_formula_and_with_numbers() -> None:
    content = as_excel(RICH + "\n| a | b |\n|---|---|\n| x<br>y | `z` |\n")
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
        words = re.findall(r"<t[^>]*>(.*?)</t>", book.read("xl/sharedStrings.xml").decode(), re.DOTALL)
    assert words == ["step", "n", '\'=HYPERLINK("x")', "007", "a", "b", "x\ny", "z"]
    assert re.findall(r'<c r="(\w+)"><v>([\d.-]+)</v>', sheets[0]) == [("B2", "12.5"), ("B3", "-3")]
    assert not [sheet for sheet in sheets if "<f>" in sheet]
    assert as_excel("No table.") is None


def test_markdown_says_who_wrote_what() -> None:
    pieces = [Piece("Alice", "today", ("a.png",), "Why?"), Piece("gpt", "later", (), "Because.")]
    assert as_markdown("Talk", pieces) == (
        "# Talk\n\n---\n\n**Alice** · today\n\n- a.png\n\nWhy?\n\n---\n\n**gpt** · later\n\nBecause.\n"
    )
    assert as_markdown("", pieces[1:]) == "Because.\n"


def long_talk(cast: Cast) -> int:
    """The last answer of a path beside which another version stands."""
    aside = post(cast.alice, "Left out?", conversation=cast.conversation.pk, parent=cast.answer.pk)
    answered(aside.run.pk, "The other version.")
    posted = post(cast.alice, "And <b>then</b>?", conversation=cast.conversation.pk, parent=cast.answer.pk)
    answered(posted.run.pk, RICH)
    return posted.run.message_id


@pytest.mark.parametrize("role", ["owner", "editor", "viewer"])
@pytest.mark.parametrize("path", ["print/", "download/md/", "download/docx/", "download/xlsx/"])
def test_everybody_who_may_read_takes_it_along(role: str, path: str, cast: Cast, browser_of: BrowserOf) -> None:
    last = long_talk(cast)
    response = browser_of(cast.role(role)).get(f"/c/{cast.conversation.pk}/{path}?message={last}")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    if path.startswith("download"):
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
    if path in ("print/", "download/md/"):
        text = response.content.decode()
        assert "Some **bold**" in text
        assert "The other version." not in text
    if path == "print/":
        assert "<b>then" not in response.content.decode(), "what people write is text"


@pytest.mark.parametrize("role", ["stranger", "administrator"])
@pytest.mark.parametrize("path", ["print/", "download/md/", "download/docx/", "download/xlsx/"])
def test_nobody_else_does(role: str, path: str, cast: Cast, browser_of: BrowserOf) -> None:
    long_talk(cast)
    assert browser_of(cast.alice).get(f"/c/{cast.conversation.pk}/{path}").status_code == 200
    assert browser_of(cast.role(role)).get(f"/c/{cast.conversation.pk}/{path}").status_code == 404
    assert Client().get(f"/c/{cast.conversation.pk}/{path}").status_code == 302


def test_a_message_of_another_conversation_in_the_trash_or_of_an_odd_name_is_not_found(
    cast: Cast, browser_of: BrowserOf
) -> None:
    last = long_talk(cast)
    alice = browser_of(cast.alice)
    base = f"/c/{cast.conversation.pk}/download"
    assert alice.get(f"{base}/md/?message={last}&alone=1").content.decode() == RICH + "\n"
    foreign = post(cast.charlie, "Mine.").run.message_id
    for address in (f"{base}/md/?message={foreign}", f"{base}/exe/", f"/c/{uuid.uuid4()}/download/md/"):
        assert alice.get(address).status_code == 404
    assert alice.get(f"{base}/xlsx/?message={cast.answer.pk}&alone=1").status_code == 404, "it has no table"
    trash(cast.alice, Message.objects.get(pk=last), with_others=True)
    assert alice.get(f"{base}/md/?message={last}").status_code == 404
