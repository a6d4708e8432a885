"""Office documents, mails and archives: their text is read, tables as tables, and what could do harm is refused."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from chat.attachments import limits, packages, reader
from chat.attachments.content import Content
from chat.attachments.limits import UnreadableError
from tests import packages as make

MUCH = 100_000
PARAGRAPH = "<w:p>{about}<w:r><w:t>{text}</w:t></w:r></w:p>"


def read(data: bytes, max_chars: int = MUCH) -> Content:
    return reader.read(io.BytesIO(data), max_chars)


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(data)
    return caught.value.code


def word_table(*rows: list[str]) -> str:
    cells = ("".join(f"<w:tc>{PARAGRAPH.format(about='', text=cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def test_a_word_document_is_read_with_its_headings_lists_tables_and_notes() -> None:
    heading = '<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>'
    item = "<w:pPr><w:numPr/></w:pPr>"
    body = (
        PARAGRAPH.format(about=heading, text="Report")
        + PARAGRAPH.format(about=item, text="first point")
        + "<w:p><w:r><w:t>It grew</w:t><w:tab/><w:t>fast</w:t><w:footnoteReference w:id='2'/></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
        + word_table(["Year", "Profit | loss"], ["2026", "12"])
    )
    styles = make.word_part("styles", '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>')
    notes = make.word_part(
        "footnotes",
        '<w:footnote w:id="0" w:type="separator"><w:p><w:r><w:t>-</w:t></w:r></w:p></w:footnote>'
        '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/><w:t>By ten.</w:t></w:r></w:p></w:footnote>',
    )
    found = read(make.word(body, pages=12, word__styles_xml=styles, word__footnotes_xml=notes))
    assert (found.kind, found.count, found.is_cut) == ("document", 12, False)
    lines = [line for line in found.text.split("\n") if line]
    assert lines == [
        "# Report",
        "- first point",
        "It grew\tfast[^2]",
        "| Year | Profit \\| loss |",
        "| --- | --- |",
        "| 2026 | 12 |",
        "[^2]: By ten.",
    ]


def test_text_boxes_stand_once_and_a_table_within_a_table_stays_in_its_cell() -> None:
    box = (
        "<w:p><w:r><mc:AlternateContent xmlns:mc='x'><mc:Choice><w:txbxContent>"
        + PARAGRAPH.format(about="", text="in a box")
        + "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>"
        + PARAGRAPH.format(about="", text="in a box")
        + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>around it</w:t></w:r></w:p>"
    )
    table = f"<w:tbl><w:tr><w:tc>{word_table(['a', 'b'])}</w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    text = read(make.word(box + table)).text
    assert text.count("in a box") == 1
    assert "around it" in text
    assert "| a / b |  |" in text


def test_slides_are_read_in_the_order_in_which_they_are_shown_with_titles_tables_and_notes() -> None:
    table = "<a:tbl><a:tr><a:tc><a:p><a:r><a:t>x</a:t></a:r></a:p></a:tc></a:tr></a:tbl>"
    data = make.presentation(
        [
            make.slide(make.shape("Plan", "ctrTitle"), make.shape("7", "sldNum")),
            make.slide(make.shape("Details", "title"), table, make.shape("more")),
        ],
        {1: make.slide(make.shape("Say it slowly."), notes=True)},
    )
    found = read(data)
    assert (found.kind, found.count) == ("slides", 2)
    assert [line for line in found.text.split("\n") if line] == [
        "[Slide 1]", "# Plan", "[Slide 2]", "# Details", "| x |", "| --- |", "more", "Notes:", "Say it slowly.",
    ]  # fmt: skip


def test_sheets_are_named_and_each_is_a_table() -> None:
    data = make.workbook(
        {"Costs": [["Day", "Sum", "Note"], [make.Day(46025), 12.5, "a|b"], [None], [None, 3]], "Empty": []}
    )
    found = read(data)
    assert (found.kind, found.count) == ("sheets", 2)
    assert found.text == (
        "[Sheet 1: Costs]\n| Day | Sum | Note |\n| --- | --- | --- |\n| 2026-01-03 | 12.5 | a\\|b |\n|  | 3 |  |\n\n[Sheet 2: Empty]"
    )


def test_open_documents_are_read_like_those_of_microsoft() -> None:
    body = (
        '<text:h text:outline-level="2">Report</text:h><text:p>It<text:s text:c="2"/>grew<text:span> fast</text:span></text:p>'
        "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2"><text:p>b</text:p></table:table-cell></table:table-row></table:table>'
    )
    found = read(make.open_document("text", body, pages=3))
    assert (found.kind, found.count) == ("document", 3)
    lines = ["## Report", "It  grew fast", "| a | b | b |", "| --- | --- | --- |"]
    assert [line for line in found.text.split("\n") if line] == lines

    page = "<draw:page><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>"
    found = read(make.open_document("presentation", page.format("One") + page.format("Two")))
    assert (found.kind, found.count, found.text) == ("slides", 2, "[Slide 1]\nOne\n\n[Slide 2]\nTwo")

    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    row = f"<table:table-row>{cell.format('a')}{cell.format('b')}</table:table-row>"
    found = read(make.open_document("spreadsheet", f'<table:table table:name="Costs">{row}</table:table>'))
    assert (found.kind, found.count) == ("sheets", 1)
    assert found.text == "[Sheet 1: Costs]\n| a | b |\n| --- | --- |"


def test_a_document_under_the_name_of_another_is_read_as_what_it_is() -> None:
    assert read(make.word()).text == "Profit is up."


def test_a_mail_is_read_with_its_headers_and_its_attachments_are_listed() -> None:
    found = read(make.mail("Hello Alice.", "<p>not this</p>", report_pdf=b"12345"))
    assert (found.kind, found.count) == ("mail", 1)
    assert found.text == (
        "From: Bob Example <bob@example.com>\nTo: alice@example.com\nDate: Thu, 26 Nov 2026 10:00:00 +0100\n"
        "Subject: Grüße aus Köln\nAttachment: report.pdf (application/octet-stream, 5 bytes)\n\nHello Alice."
    )
    html = read(make.mail(html="<style>p{}</style><p>Only <b>this</b></p><script>alert(1)</script>"))
    assert html.text.endswith("\n\nOnly this")
    assert read(b"Dear Bob,\nFrom: here to there\nDate: none\n").kind == "text"


def test_an_archive_is_listed_and_its_texts_are_read() -> None:
    inner = make.packed({"deep.txt": "deep"})
    data = make.packed(
        {
            "src/main.py": "print(1)\n",
            "logo.png": b"\x89PNG" + bytes(50),
            "inner.zip": inner,
            ".git/config": "x",
            "../../up": "up",
        }
    )
    found = read(data)
    assert (found.kind, found.count) == ("archive", 5)
    assert "- src/main.py (9 bytes)\n- logo.png (54 bytes)" in found.text
    assert "[1 more files are not listed.]" in found.text
    assert "[File src/main.py]\nprint(1)" in found.text
    assert "[File ../../up]\nup" in found.text
    assert "deep" not in found.text


def test_rich_text_is_read_in_the_letters_of_its_code_page() -> None:
    found = read(rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par \u8364? 5}")
    assert (found.kind, found.text) == ("document", "Привет\n€ 5")


def test_more_than_is_sent_is_cut_and_that_is_known() -> None:
    long = "".join(PARAGRAPH.format(about="", text="x" * 100) for _ in range(20))
    for data in (
        make.word(long),
        make.workbook({"A": [["x" * 100]] * 20}),
        make.packed({"a.txt": "x" * 2000}),
        make.mail("x" * 2000),
    ):
        assert not read(data).is_cut
        found = read(data, 1000)
        assert found.is_cut
        assert len(found.text) <= 1000


BILLION = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [BILLION, OUTSIDE])
def test_a_document_that_declares_entities_is_refused(declared: str) -> None:
    plain = read(make.word())
    assert plain.text
    entries = {"[Content_Types].xml": "", "word/document.xml": f"{declared}<d><p><t>&a;</t></p></d>"}
    assert refused(make.packed(entries)) == "entities"


def test_macros_passwords_and_what_is_fetched_from_elsewhere_are_refused() -> None:
    link = make.relations(("rId1", "hyperlink", "https://example.com"), more=' TargetMode="External"')
    assert read(make.word(word___rels__document_xml_rels=link)).text
    template = make.relations(("rId1", "attachedTemplate", "https://example.com/x.dotm"), more=' TargetMode="External"')
    assert refused(make.word(word___rels__settings_xml_rels=template)) == "fetches"
    assert refused(make.word(word__vbaProject_bin=b"x")) == "macros"
    assert refused(make.workbook({"A": [["x"]]}, xl__vbaProject_bin=b"x")) == "macros"
    locked = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    assert refused(make.open_document("text", "<text:p>x</text:p>", manifest=locked)) == "encrypted_file"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert refused(ole + "EncryptedPackage".encode("utf-16-le")) == "encrypted_file"
    assert refused(ole + "WordDocument".encode("utf-16-le")) == "old_format"
    assert refused(ole + "Workbook".encode("utf-16-le") + bytes(600)) == "broken_file"


def test_an_entry_with_a_password_is_refused() -> None:
    data = bytearray(make.packed({"a.txt": "words"}))
    assert read(bytes(data)).kind == "archive"
    for begin, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(begin) + offset
        data[at : at + 2] = struct.pack("<H", 1)
    assert refused(bytes(data)) == "encrypted_file"


def test_an_archive_that_unpacks_to_too_much_or_has_too_many_entries_is_refused_unread() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(4):
            with archive.open(f"zeros{number}.txt", "w") as entry:
                for _ in range(80):
                    entry.write(bytes(1_000_000))
    assert len(out.getvalue()) < 400_000
    assert refused(out.getvalue()) == "too_much_unpacked"
    many = make.packed({f"{number}": "" for number in range(limits.MAX_ENTRIES + 1)})
    assert refused(many) == "too_much_unpacked"
    assert packages.MAX_ENTRIES == limits.MAX_ENTRIES


def test_nesting_without_end_is_refused() -> None:
    deep = "<w:p>" * 5000 + "</w:p>" * 5000
    assert refused(make.word(deep)) == "broken_file"


def test_a_file_with_nothing_to_read_says_so() -> None:
    assert refused(make.word("<w:p/>")) == "no_text"
    assert refused(make.packed({"folder/": ""})) == "empty"
    assert refused(make.packed({"[Content_Types].xml": "", "xl/workbook.xml": "x"})) == "broken_file"
