"""Hostile files: whatever is cut, flipped or nested, a reader answers with text or one of its refusals, at a bounded cost."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.attachments import reader, reading
from chat.attachments.content import Content
from chat.attachments.limits import UnreadableError
from tests import packages as make
from tests.files import document, picture

PARAGRAPH = "<w:p><w:r><w:t>words</w:t></w:r></w:p>"
FILES: dict[str, bytes] = {
    "docx": make.word(PARAGRAPH * 5, pages=3),
    "pptx": make.presentation([make.slide(make.shape("One", "title"))]),
    "xlsx": make.workbook({"Costs": [["Day", "Sum"], [make.Day(46025), 2]]}),
    "odt": make.open_document("text", "<text:h>Report</text:h><text:p>words</text:p>", pages=2),
    "ods": make.open_document("spreadsheet", '<table:table table:name="A"><table:table-row/></table:table>'),
    "eml": make.mail("Hello.", "<p>Hello.</p>", report_pdf=b"12345"),
    "zip": make.packed({"a.py": "print(1)", "inner.zip": make.packed({"b.txt": "b"})}),
    "rtf": rb"{\rtf1\ansi\ansicpg1252 words\par \'e4 \u8364?}",
    "csv": "日期,金额\n2026-01-03,1200\n".encode("gb18030"),
    "pdf": document("Words", ""),
    "png": picture(),
    "heic": picture("HEIF"),
}
MAX_CHARS = 5000


def answer(data: bytes) -> Content | str:
    """What the reader says: content within its limits, or the code of a refusal that has a sentence."""
    content, refusal = None, ""
    try:
        content = reader.read(io.BytesIO(data), MAX_CHARS)
    except UnreadableError as error:
        refusal = error.code
    except MemoryError:
        refusal = "too_much_memory"
    if content is None:
        assert refusal in reading.SENTENCES
        return refusal
    assert len(content.text) <= MAX_CHARS
    assert "\0" not in content.text
    content.text.encode()
    return content


@pytest.mark.parametrize("name", FILES)
def test_each_of_these_files_can_be_read(name: str) -> None:
    assert isinstance(answer(FILES[name]), Content)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_file_that_was_cut_or_has_flipped_bytes_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    answer(bytes(whole[:end]))


@settings(max_examples=60, deadline=None)
@given(st.text("<>/wptblrc ='\"&;![]-?", max_size=200))
def test_any_markup_in_a_document_is_read_or_refused(body: str) -> None:
    answer(make.word(body))
    answer(make.open_document("text", body))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    answer(data)
    answer(b"{\\rtf1 " + data)
    answer(b"From: a\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n" + data)


def test_archives_within_archives_are_not_opened() -> None:
    data = b"words"
    for _ in range(30):
        data = make.packed({"inner.zip": data, "a.txt": "x"})
    found = answer(data)
    assert isinstance(found, Content)
    assert found.count == 2


# A file of the size n, each a shape that has made some reader take quadratic time.
GROWING: dict[str, Callable[[int], bytes]] = {
    "paragraphs": lambda n: make.word(PARAGRAPH * n),
    "cells": lambda n: make.word(f"<w:tbl><w:tr>{f'<w:tc>{PARAGRAPH}</w:tc>' * n}</w:tr></w:tbl>"),
    "tables": lambda n: make.word(f"<w:tbl><w:tr><w:tc>{PARAGRAPH}</w:tc></w:tr></w:tbl>" * n),
    "repeated": lambda n: make.open_document(
        "text",
        "<table:table><table:table-row>"
        + '<table:table-cell table:number-columns-repeated="999999"><text:p>a</text:p></table:table-cell>' * n
        + "</table:table-row></table:table>",
    ),
    "styles": lambda n: make.word(word__styles_xml=make.word_part("styles", "<w:style/>" * n)),
    "entries": lambda n: make.packed({f"{number}.txt": "x" for number in range(n)}),
    "headers": lambda n: b"From: a\nDate: b\n" + b"To: c\n" * n + b"\nwords",
    "groups": lambda n: b"{\\rtf1 " + b"{\\b x" * n + b"}" * n + b"}",
    "sheets": lambda n: make.workbook({"A": [["x"]] * n}),
}


@pytest.mark.parametrize("shape", GROWING)
def test_the_work_grows_with_the_file_and_no_faster(shape: str) -> None:
    few, many = (_calls(GROWING[shape](n)) for n in (200, 800))
    # Four times as much, and a half more for what each step of a growing list costs.
    assert many < 6 * few + 2000


def _calls(data: bytes) -> int:
    """How many functions a reader calls for a file: the same on every machine, unlike the time it takes."""
    calls = 0

    def count(_frame: object, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        answer(data)
    finally:
        sys.setprofile(before)
    return calls
