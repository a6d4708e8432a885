"""What comes besides text in the OpenAI format: pictures, sound, sources. Pure.

The format itself has sound (`audio`) and citations (`annotations`). Pictures come as OpenRouter and LiteLLM send them
(`images`, `image`), as gateways of Gemini do (`multi_mod_content`, `inline_data`), and among the pieces of a content;
sources as Perplexity sends them (`citations`, `search_results`), the whole list with each chunk.
"""

import io
import wave
from typing import Any

from chat.text import clean

from . import odd_json
from .events import Event, Text
from .given import GivenFile, Source, from_base64, of_data_address
from .openai_chunks import Chunk, Delta

# Ten minutes of the sound that is streamed, 16 bits at 24 kHz.
MAX_AUDIO_BYTES = 30_000_000
# How the sounds begin that the format may be asked for, other than plain samples.
_HEADED = (b"RIFF", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"OggS", b"fLaC")


class Given:
    """Finds it in the chunks of one answer. Each thing is given once, however often it is sent."""

    def __init__(self) -> None:
        self._lists: tuple[Any, Any] = (None, None)
        self._titles: dict[str, str] = {}
        self._pictures: set[int] = set()
        self._audio: list[bytes] = []
        self._audio_bytes = 0

    @property
    def has_sound(self) -> bool:
        """Whether some of the sound has come."""
        return self._audio_bytes > 0

    def of_chunk(self, chunk: Chunk) -> list[Event]:
        """The sources of a whole chunk, numbered as its text refers to them."""
        lists = (chunk.citations, chunk.search_results)
        if lists == (None, None) or lists == self._lists:
            return []
        self._lists = lists
        titles = {}
        for result in odd_json.items(chunk.search_results):
            result = odd_json.mapping(result)
            if url := odd_json.text(result.get("url")):
                titles[url] = odd_json.text(result.get("title")) or ""
        urls = [_url_of(item) for item in odd_json.items(chunk.citations)] or list(titles)
        found = (Source.of(titles.get(url, ""), url, number) for number, url in enumerate(urls, 1) if url)
        return [source for source in found if self._is_news(source)]

    def of_delta(self, delta: Delta) -> list[Event]:
        """The sources, pictures and sound of a delta; the words of the sound are text."""
        found: list[Event] = []
        for annotation in odd_json.items(delta.annotations):
            annotation = odd_json.mapping(annotation)
            cited = odd_json.mapping(annotation.get("url_citation")) or annotation
            url = odd_json.text(cited.get("url")) or ""
            source = Source.of(odd_json.text(cited.get("title")) or "", url)
            if url and self._is_news(source):
                found.append(source)
        for piece in (delta.image, *odd_json.items(delta.images), *odd_json.items(delta.multi_mod_content)):
            found += self._picture(piece)
        if delta.audio is not None:
            found += self._sound(odd_json.mapping(delta.audio), has_text=bool(delta.content))
        return found

    def end(self) -> list[Event]:
        """The sound, which came in pieces."""
        pieces, self._audio = self._audio, []
        return [_file_of(b"".join(pieces))] if pieces else []

    def _is_news(self, source: Source) -> bool:
        key = source.url or source.title
        if not key or self._titles.get(key) == source.title:
            return False
        self._titles[key] = source.title
        return True

    def _picture(self, piece: Any) -> list[Event]:
        if isinstance(piece, str):
            piece = {"url": piece}
        piece = odd_json.mapping(piece)
        inline = odd_json.mapping(piece.get("inline_data") or piece.get("inlineData"))
        data = odd_json.text(inline.get("data")) or odd_json.text(piece.get("b64_json"))
        url = _url_of(piece.get("image_url")) or _url_of(piece)
        key = hash(data or url)
        if not (data or url) or key in self._pictures:
            return []
        self._pictures.add(key)
        if data:
            media_type = odd_json.text(inline.get("mime_type") or inline.get("mimeType")) or "image/png"
            return [GivenFile(from_base64(data), media_type[:100])]
        given = of_data_address(url)
        if given is not None:
            return [given]
        # Elsewhere on the web: nothing is fetched for a model, but a person may load it.
        return [Text(f"\n\n![]({url})\n\n")] if url.startswith(("https://", "http://")) and len(url) < 2048 else []

    def _sound(self, audio: dict[str, Any], *, has_text: bool) -> list[Event]:
        data = odd_json.text(audio.get("data"))
        if data and self._audio_bytes <= MAX_AUDIO_BYTES:
            piece = from_base64(data)
            self._audio.append(piece)
            self._audio_bytes += len(piece)
        words = odd_json.text(audio.get("transcript"))
        return [Text(clean(words))] if words and not has_text else []


def _file_of(sound: bytes) -> GivenFile:
    """The sound as a file: what is streamed has no header (16 bits, one channel, 24 kHz), what comes whole has one."""
    if sound.startswith(_HEADED):
        return GivenFile(sound, "audio/wav" if sound.startswith(b"RIFF") else "audio/mpeg")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(sound)
    return GivenFile(out.getvalue(), "audio/wav")


def _url_of(value: Any) -> str:
    """An address that is a string, or the `url` of an object."""
    return odd_json.text(value) or odd_json.text(odd_json.mapping(value).get("url")) or ""
