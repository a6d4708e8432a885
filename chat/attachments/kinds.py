"""The kind of a file by its first bytes, never by its name or the browser's claim. Pure."""

from typing import Literal

Kind = Literal["image", "pdf", "text"]

# SVG and HTML count as text: they are shown and sent as text and never rendered.
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
HEAD_BYTES = 1024


def kind_of(head: bytes) -> Kind:
    """The presumed kind of a file that begins with these HEAD_BYTES; the reader finds out whether it is valid."""
    if head.startswith(_PICTURES) or _is_webp(head) or _is_avif(head) or _is_bmp(head):
        return "image"
    if b"%PDF-" in head[:HEAD_BYTES]:
        return "pdf"
    return "text"


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_avif(head: bytes) -> bool:
    return head[4:12] in (b"ftypavif", b"ftypavis")


def _is_bmp(head: bytes) -> bool:
    # Two letters prove little, but the four reserved bytes are 0, which no text contains.
    return head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"
