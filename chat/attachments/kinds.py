"""The kind of a file by its first bytes, never by its name or the browser's claim. Pure."""

import re
from typing import Literal

# What a file is read as; `package` is a ZIP archive, whose contents tell an office document from files put together.
Kind = Literal["image", "pdf", "package", "old_office", "rtf", "mail", "sound", "text"]

# SVG and HTML count as text: they are shown and sent as text and never rendered.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
# ISO media files name their brand here; the last three are HEIC by other names.
_MEDIA_BRANDS = (b"ftypavif", b"ftypavis", b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1")
# FF FB and its like begin a frame of MP3; FF FE would be a text in UTF-16.
_SOUNDS = {
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\xff\xf3": "audio/mpeg",
    b"\xff\xf2": "audio/mpeg",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
}
_PACKAGES = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# An e-mail begins with header lines, among them the sender and one that only a mail program writes.
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,30}){2}")
_SENDER = re.compile(rb"^From:", re.MULTILINE | re.IGNORECASE)
_BY_PROGRAM = re.compile(rb"^(?:MIME-Version|Message-ID|Received|Date):", re.MULTILINE | re.IGNORECASE)
# Long enough for the header lines that servers put before a mail's own.
HEAD_BYTES = 16 * 1024


def kind_of(head: bytes) -> Kind:
    """The presumed kind of a file that begins with these HEAD_BYTES; the reader finds out whether it is valid."""
    if head.startswith(_PICTURES) or _is_webp(head) or head[4:12] in _MEDIA_BRANDS or _is_bmp(head):
        return "image"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_PACKAGES):
        return "package"
    if head.startswith(_OLD_OFFICE):
        return "old_office"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if sound_type(head):
        return "sound"
    return "mail" if _is_mail(head) else "text"


def sound_type(head: bytes) -> str:
    """The media type of a sound that begins like this; "" if it is none."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[4:12] == b"ftypM4A ":
        return "audio/mp4"
    return next((media_type for begin, media_type in _SOUNDS.items() if head.startswith(begin)), "")


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_bmp(head: bytes) -> bool:
    # Two letters prove little, but the four reserved bytes are 0, which no text contains.
    return head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"


def _is_mail(head: bytes) -> bool:
    headers = head.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n"
    if not _HEADER.match(headers):
        return False
    return _SENDER.search(headers) is not None and _BY_PROGRAM.search(headers) is not None
