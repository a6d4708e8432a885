"""A sound that a model or a tool gave: checked for what it is, and stored as it is. Browsers decode it, not we."""

import wave
from typing import BinaryIO

from chat.attachments.content import Content
from chat.attachments.kinds import HEAD_BYTES, sound_type
from chat.attachments.limits import UnreadableError


def read(file: BinaryIO, max_chars: int) -> Content:
    """Its type, by its first bytes; a WAV must have a header that holds together. Raises UnreadableError."""
    media_type = sound_type(file.read(HEAD_BYTES))
    file.seek(0)
    if media_type == "audio/wav":
        try:
            with wave.open(file) as sound:
                frames = sound.getnframes()
        except (wave.Error, EOFError, ValueError) as error:
            raise UnreadableError("broken_file") from error
        if not frames:
            raise UnreadableError("empty")
    return Content("audio", media_type)
