"""The name that a file was uploaded with: it is only shown, and never used as a path on the server. Pure."""

import mimetypes
import re

from chat.text import clean

NAME_MAX_CHARS = 255
_LONGEST_ENDING = 16
# Directories; control characters; and direction marks, which can make one file extension look like another.
_PATH = re.compile(r"^.*[/\\]", re.DOTALL)
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "audio/wav": ".wav", "audio/mpeg": ".mp3"}
# What a file without a name is called by, for the first half of its media type.
_NOUNS = {"image": "picture", "audio": "audio", "text": "text"}


def shown_name(given: str) -> str:
    """The name to show: the last part of a path, at most NAME_MAX_CHARS, with its extension."""
    name = " ".join(_HIDDEN.sub("", _PATH.sub("", clean(given))).split()).strip(". ")
    if len(name) > NAME_MAX_CHARS:
        stem, dot, ending = name.rpartition(".")
        tail = dot + ending if stem and len(ending) <= _LONGEST_ENDING else ""
        name = name[: NAME_MAX_CHARS - len(tail)] + tail
    return name or "file"


def given_name(given: str, media_type: str, number: int) -> str:
    """The name of a file that a model or a tool gave: its own, or one like "picture-2" with an ending that fits."""
    if given.strip():
        return shown_name(given)
    noun = _NOUNS.get(media_type.partition("/")[0], "file")
    ending = _ENDINGS.get(media_type) or mimetypes.guess_extension(media_type, strict=True) or ""
    return f"{noun}-{number}{ending}"


def shown_path(given: str) -> str:
    """The path of a file within an archive, to show; it is never used as a path."""
    return " ".join(_HIDDEN.sub("", clean(given)).split())[:NAME_MAX_CHARS] or "file"


def saved_name(name: str, media_type: str) -> str:
    """The name to download it under: a picture has become PNG or JPEG, whatever it was."""
    ending = _ENDINGS.get(media_type, "")
    if not ending or name.lower().endswith((ending, ".jpeg") if ending == ".jpg" else ending):
        return name
    stem = name.rpartition(".")[0] or name
    return stem + ending
