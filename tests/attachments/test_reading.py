"""Reading a file in a separate process: pictures are encoded anew, text is extracted, all else is refused."""

from __future__ import annotations

import codecs
import io
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any

import pytest
from django.conf import settings
from PIL import Image

from chat.attachments import limits, reader, reading, texts
from chat.attachments.content import Content
from chat.attachments.encodings import ENCODINGS
from chat.attachments.names import saved_name, shown_name
from chat.uploads.encodings import labels
from tests.files import claims_to_be, document, picture, turned_photo

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def reading_of(data: bytes, **seams: Any) -> reading.Reading:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return reading.read(file, 1, **seams)


def read(data: bytes, **seams: Any) -> Content:
    return reading_of(data, **seams).content


def refused(data: bytes, **seams: Any) -> reading.RefusedError:
    with pytest.raises(reading.RefusedError) as caught:
        read(data, **seams)
    return caught.value


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "AVIF", "HEIF"])
def test_every_kind_of_picture_becomes_one_of_the_two_that_every_model_knows(format: str) -> None:
    found = read(picture(format))
    assert (found.kind, found.width, found.height) == ("image", 60, 40)
    assert found.media_type in ("image/png", "image/jpeg")
    image = Image.open(io.BytesIO(found.blobs["whole"]))
    assert (Image.MIME[image.format or ""], image.size) == (found.media_type, (60, 40))


def test_a_photograph_is_turned_upright_and_nothing_of_its_past_is_left() -> None:
    before = turned_photo()
    assert b"52.5N" in before
    found = read(before)
    assert (found.width, found.height) == (40, 60)
    for data in found.blobs.values():
        assert b"52.5N" not in data
        image = Image.open(io.BytesIO(data))
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        red, _, blue = image.convert("RGB").getpixel((20, 5))  # type: ignore[misc]
        assert red > 200 > 50 > blue


def test_what_hides_behind_a_picture_is_gone() -> None:
    found = read(picture("GIF") + HTML)
    assert found.kind == "image"
    assert b"script" not in found.blobs["whole"]


def test_a_large_picture_is_made_as_large_as_is_of_use_and_a_small_one_is_left() -> None:
    found = read(picture("JPEG", (6000, 3000)))
    assert (found.width, found.height) == (limits.LONG_EDGE_PX, limits.LONG_EDGE_PX // 2)
    small = Image.open(io.BytesIO(found.blobs["small"]))
    assert max(small.size) == limits.SMALL_EDGE_PX


def test_holes_stay_holes() -> None:
    found = read(picture("WEBP", mode="RGBA", lossless=True))
    assert found.media_type == "image/jpeg"  # nothing in it is transparent
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, "WEBP", lossless=True)
    found = read(out.getvalue())
    assert found.media_type == "image/png"
    assert Image.open(io.BytesIO(found.blobs["whole"])).getchannel("A").getextrema() == (0, 0)


def test_only_the_first_frame_of_a_moving_picture_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    image = Image.open(io.BytesIO(read(out.getvalue()).blobs["whole"]))
    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_a_picture_of_50000_by_50000_is_refused_before_it_is_unpacked() -> None:
    assert read(claims_to_be(100, 100)).kind == "image"
    assert refused(claims_to_be(50_000, 50_000)).code == "too_many_pixels"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (picture("PNG")[:60], "broken_image"),
        (b"GIF89a/*\x01\0\x01\0*/=alert(1);//", "broken_image"),
        (b"%PDF-1.7\nnothing that follows", "broken_pdf"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "broken_file"),
        (os.urandom(20_000), "unknown_kind"),
        (bytes(5000), "unknown_kind"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "unknown_kind"),
    ],
)
def test_what_is_none_of_these_is_refused_in_a_sentence(data: bytes, code: str) -> None:
    error = refused(data)
    assert error.code == code
    assert str(error).endswith(".")


@pytest.mark.parametrize("data", [SVG, HTML])
def test_a_drawing_in_text_and_a_page_are_text(data: bytes) -> None:
    found = read(data)
    assert (found.kind, found.media_type, found.text) == ("text", "text/plain", data.decode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_read_in_the_encoding_it_is_in(encoding: str) -> None:
    text = "Grüße aus Köln\nsecond line"
    found = read(text.replace("\n", "\r\n").encode(encoding))
    assert found.text == text
    assert found.blobs == {}  # the file itself is stored


TEXTS = {
    "gb18030": "日期,金额,备注\n2026-01-03,1200.50,办公用品采购\n",
    "big5hkscs": "日期,金額,備註\n2026-01-03,1200.50,辦公用品採購\n",
    "cp932": "日付,金額,備考\n2026-01-03,1200.50,事務用品の購入\n",
    "euc_jis_2004": "日付,金額,備考\n2026-01-03,1200.50,事務用品の購入\n" * 3,
    "iso2022_jp_2": "日付,金額,備考\n",
    "cp949": "날짜,금액,비고\n2026-01-03,1200.50,사무용품 구입\n",
    "cp1250": "Imię;Miasto\nŁukasz;Łódź\nMałgorzata;Gdańsk\n",
    "cp1251": "Дата;Сумма;Примечание\n2026-01-03;1200,50;Канцтовары\n",
    "koi8-r": "Протокол заседания: сегодня мы обсудили новый бюджет.",
    "cp1252": "Name;Straße;Ort\nMüller;Hauptstraße 3;Köln\n",
    "cp1255": "היום דנו בתקציב החדש והחלטנו לסיים את ההכנות עד החודש הבא.",
    "cp1256": "ناقشنا اليوم الميزانية الجديدة وقررنا إنهاء الاستعدادات قبل الشهر المقبل.",
    "cp874": "วันนี้เราได้หารือเกี่ยวกับงบประมาณใหม่และตัดสินใจ",
    "utf-16-le": "日期金额备注" * 20,
    "utf-16-be": "会議の記録です。" * 20,
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_that_nothing_names_is_recognised(encoding: str) -> None:
    data = TEXTS[encoding].encode(encoding)
    found = texts.read(io.BytesIO(data), 1000)
    assert (found.text, found.encoding) == (TEXTS[encoding], encoding)


def test_a_chosen_encoding_reaches_the_reader() -> None:
    data = TEXTS["cp1251"].encode("cp1251")
    assert read(data, encoding="cp1251").text == TEXTS["cp1251"]
    assert read(data, encoding="koi8-r").text != TEXTS["cp1251"]


def test_every_encoding_that_can_be_chosen_is_one_that_python_has() -> None:
    assert all(codecs.lookup(name) for name in ENCODINGS)
    assert [name for name, _ in labels()] == list(ENCODINGS)


def test_a_stray_nul_in_a_text_becomes_the_sign_for_it() -> None:
    assert read(b"a\0b" + b"c" * 500).text == "a\ufffdb" + "c" * 500


def test_a_long_text_is_kept_whole_and_sent_in_part_and_that_is_said(settings: pytest.FixtureRequest) -> None:
    settings.MAX_ATTACHMENT_CHARS = 1000  # type: ignore[attr-defined]
    assert reading_of(b"x" * 1000).note == ""
    found = reading_of(b"x" * 1001)
    assert len(found.content.text) == 1000
    assert found.note == "Only the first 1,000 characters are sent."


def test_a_document_is_read_page_by_page() -> None:
    found = read(document("The first page", "The second page"))
    assert (found.kind, found.media_type) == ("pdf", "application/pdf")
    assert found.text == "[Page 1]\nThe first page\n\n[Page 2]\nThe second page"
    assert found.blobs == {}


def test_a_document_that_is_locked_or_has_no_words_is_refused_and_it_is_said_why() -> None:
    assert read(document("Words")).kind == "pdf"
    assert "password" in str(refused(document("Words", password="secret")))
    assert "no text" in str(refused(document(" ", " ")))


def test_scanned_pages_are_kept_as_pictures_and_blank_ones_are_not() -> None:
    found = read(document("Words", "", " "))
    assert (found.text, found.count, found.scans) == (
        "[Page 1]\nWords\n\n[Page 2]\n(This page is a picture.)\n\n[Page 3]",
        3,
        [2],
    )
    page = Image.open(io.BytesIO(found.blobs["page2"]))
    assert (page.format, max(page.size)) == ("JPEG", limits.SCAN_EDGE_PX)
    scan = reading_of(document(*[""] * (limits.MAX_SCANS + 1)))
    assert (scan.content.text, len(scan.content.scans)) == ("", limits.MAX_SCANS)
    assert scan.note == "Only the first 20 pages are sent."


def test_a_reader_that_is_killed_harms_nobody() -> None:
    # This is shorter than the start of the process.
    assert refused(picture(), wall_seconds=0.001).code == "too_slow"


def test_a_reader_that_runs_out_of_memory_says_so() -> None:
    def ends_with(status: int) -> Any:
        def run(*_: Any, **__: Any) -> None:
            raise subprocess.CalledProcessError(status, "reader")

        return run

    assert refused(picture(), run=ends_with(reader.OUT_OF_MEMORY)).code == "too_much_memory"
    assert refused(picture(), run=ends_with(-signal.SIGABRT)).code == "too_much_memory"
    assert refused(picture(), run=ends_with(-signal.SIGXCPU)).code == "too_slow"
    assert refused(picture(), run=ends_with(1)).code == "failed"


def test_where_the_system_cannot_limit_memory_a_thread_does() -> None:
    # As on Apple silicon, where every upload was refused because RLIMIT_AS cannot be set.
    code = """
from chat.attachments import reader
def refuses(*_): raise ValueError("current limit exceeds maximum limit")
assert reader.limit_memory(100_000_000, refuses) is False
kept = bytearray(b"x") * 150_000_000
import time
while True: time.sleep(1)
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, timeout=60, check=False)
    assert ended.returncode == reader.OUT_OF_MEMORY


def test_the_reader_is_given_neither_keys_nor_other_settings() -> None:
    seen: dict[str, Any] = {}

    def watched(*args: Any, **options: Any) -> object:
        seen.update(options)
        return subprocess.run(*args, **options)

    assert read(b"words", run=watched).kind == "text"
    assert set(seen["env"]) == {"PYTHONDONTWRITEBYTECODE"}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("..\\..\\windows\\con", "con"),
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\photo.png", "photo.png"),
        ("", "file"),
        ("..", "file"),
        ("a\0b\nc\x1b.txt", "a\ufffdbc.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("  two   blanks .txt ", "two blanks .txt"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
        ("x" * 300, "x" * 255),
        ("👩‍🚀.txt", "👩‍🚀.txt"),
    ],
)
def test_a_name_is_only_text(given: str, shown: str) -> None:
    assert shown_name(given) == shown


def test_a_picture_is_saved_under_the_ending_of_what_it_has_become() -> None:
    assert saved_name("photo.webp", "image/jpeg") == "photo.jpg"
    assert saved_name("photo.JPEG", "image/jpeg") == "photo.JPEG"
    assert saved_name("photo", "image/png") == "photo.png"
    assert saved_name("notes.txt", "text/plain") == "notes.txt"
