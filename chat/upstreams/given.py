"""What a model or a tool gives besides text: files, and where something was read. Values; nothing is stored here. Pure."""

import binascii

import msgspec

from chat.text import clean

MAX_URL_CHARS = 2048
MAX_TITLE_CHARS = 300


class GivenFile(msgspec.Struct, frozen=True):
    """A picture, a sound or another file, whole. `media_type` is only what its giver claims, `name` may be empty."""

    data: bytes
    media_type: str = ""
    name: str = ""


class Source(msgspec.Struct, frozen=True):
    """A page or document that text rests on.

    `number`: the one that the text has for it, if it has any. `is_cited`: what was said just before rests on it.
    """

    title: str
    url: str = ""
    number: int | None = None
    is_cited: bool = False

    @classmethod
    def of(cls, title: str, url: str, number: int | None = None, *, is_cited: bool = False) -> "Source":
        """A source as somebody else described it: on one line, bounded; an address that is too long is left out."""
        address = "".join(clean(url).split()) if len(url) <= MAX_URL_CHARS else ""
        return cls(" ".join(clean(title).split())[:MAX_TITLE_CHARS] or address, address, number, is_cited)


def from_base64(text: str) -> bytes:
    """The bytes of base64 or its variant for addresses, padded or not; b"" if it is neither."""
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except (binascii.Error, ValueError):
        return b""


def of_data_address(address: str, name: str = "") -> GivenFile | None:
    """The file that a data: address has in base64; None if it is none. One that cannot be read is empty."""
    if address[:5].lower() != "data:":
        return None
    about, comma, data = address[5:].partition(",")
    media_type, *parameters = about.split(";")
    is_base64 = any(parameter.strip().lower() == "base64" for parameter in parameters)
    return GivenFile(from_base64(data) if comma and is_base64 else b"", media_type.strip()[:100], name)
