"""Makes office documents, archives and mails, so that the repository need not contain any."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DRAWN = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_SHEET = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_OPEN = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "presentation", "meta")
    )
    + ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def packed(entries: dict[str, str | bytes]) -> bytes:
    """A ZIP archive with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def relations(*rows: tuple[str, str, str], more: str = "") -> str:
    """A part of relations, each of (id, kind, target)."""
    body = "".join(f'<Relationship Id="{id}" Type="{_KIND}/{kind}" Target="{to}"{more}/>' for id, kind, to in rows)
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'


def word(body: str = "", *, pages: int | None = None, **more: str | bytes) -> bytes:
    """A Word document with this body, or with one paragraph; more parts by their names, `__` for a slash and `_` for a dot."""
    body = body or "<w:p><w:r><w:t>Profit is up.</w:t></w:r></w:p>"
    extra = {name.replace("__", "/").replace("_", "."): content for name, content in more.items()}
    if pages is not None:
        extra["docProps/app.xml"] = f"<Properties><Pages>{pages}</Pages></Properties>"
    document = f"<w:document {_WORD}><w:body>{body}</w:body></w:document>"
    return packed({"[Content_Types].xml": _TYPES, "word/document.xml": document, **extra})


def word_part(tag: str, body: str) -> str:
    """Another part of a Word document: styles, footnotes."""
    return f"<w:{tag} {_WORD}>{body}</w:{tag}>"


def slide(*shapes: str, notes: bool = False) -> str:
    """A slide, or its notes, with these shapes."""
    tag = "p:notes" if notes else "p:sld"
    return f"<{tag} {_DRAWN}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></{tag}>"


def shape(text: str, kind: str = "body") -> str:
    """A shape of a slide with one paragraph."""
    return (
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def presentation(slides: list[str], notes: dict[int, str] | None = None) -> bytes:
    """A PowerPoint presentation that shows its slides in this order: the files are numbered from the last to the first."""
    files = [f"slides/slide{len(slides) - index}.xml" for index in range(len(slides))]
    ids = "".join(f'<p:sldId id="{256 + index}" r:id="rId{index}"/>' for index in range(len(slides)))
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "ppt/presentation.xml": f"<p:presentation {_DRAWN}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relations(
            *((f"rId{index}", "slide", name) for index, name in enumerate(files))
        ),
    }
    for index, (name, content) in enumerate(zip(files, slides, strict=True)):
        entries[f"ppt/{name}"] = content
        if notes and index in notes:
            entries[f"ppt/notesSlides/notesSlide{index}.xml"] = notes[index]
            rels = relations(("rId1", "notesSlide", f"../notesSlides/notesSlide{index}.xml"))
            entries[f"ppt/slides/_rels/{name.rpartition('/')[2]}.rels"] = rels
    return packed(entries)


def workbook(sheets: dict[str, list[list[object]]], **more: str | bytes) -> bytes:
    """An xlsx workbook; numbers are numbers, all else is text. A date is a number with the style 1."""
    names = list(sheets)
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"<workbook {_SHEET}><sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            *((f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)),
            ("rId90", "styles", "styles.xml"),
        ),
        "xl/styles.xml": f'<styleSheet {_SHEET}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets.values(), 1):
        cells = "".join(
            f'<row r="{row}">{"".join(_cell(column, row, value) for column, value in enumerate(values))}</row>'
            for row, values in enumerate(rows, 1)
        )
        entries[f"xl/worksheets/sheet{number}.xml"] = f"<worksheet {_SHEET}><sheetData>{cells}</sheetData></worksheet>"
    return packed({**entries, **{name.replace("__", "/").replace("_", "."): value for name, value in more.items()}})


class Day(int):
    """A day as a workbook stores it: the number of days since the end of 1899."""


def _cell(column: int, row: int, value: object) -> str:
    where = f"{chr(65 + column)}{row}"
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f'<c r="{where}"{" s=" + chr(34) + "1" + chr(34) if isinstance(value, Day) else ""}><v>{value}</v></c>'
    return f'<c r="{where}" t="inlineStr"><is><t>{value}</t></is></c>'


def open_document(kind: str, body: str, *, pages: int | None = None, manifest: str = "") -> bytes:
    """An OpenDocument file of the kind `text`, `presentation` or `spreadsheet`."""
    inner = f"<office:{kind}>{body}</office:{kind}>"
    entries: dict[str, str | bytes] = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content {_OPEN}><office:body>{inner}</office:body></office:document-content>",
    }
    if pages is not None:
        statistic = f'<meta:document-statistic meta:page-count="{pages}"/>'
        entries["meta.xml"] = (
            f"<office:document-meta {_OPEN}><office:meta>{statistic}</office:meta></office:document-meta>"
        )
    return packed({**entries, "META-INF/manifest.xml": manifest or "<manifest/>"})


def mail(text: str = "", html: str = "", **attached: bytes) -> bytes:
    """An e-mail with these bodies and attachments, whose names have `_` for a dot."""
    message = EmailMessage()
    message["From"], message["To"] = "Bob Example <bob@example.com>", "alice@example.com"
    message["Date"], message["Subject"] = "Thu, 26 Nov 2026 10:00:00 +0100", "Grüße aus Köln"
    message["Message-ID"] = "<1@example.com>"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    for name, data in attached.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return message.as_bytes()
