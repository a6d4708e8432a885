"""What a server's result contains, read from the JSON as it came. Pure.

The package would refuse a whole result for one block that it does not know, so it is not asked to read them.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from chat.text import clean
from chat.tools.mcp.server import Server
from chat.tools.tool import MAX_RESULT_CHARS, Result
from chat.upstreams.given import GivenFile, Source

MAX_BLOCKS = 200
MAX_FILES = 20
# Of all files of one result together: what an attachment may have (chat.attachments.limits) and a little more.
MAX_FILE_BYTES = 24 << 20


class Contents:
    """Blocks of any kind become a Result; what cannot be read is named in its text, and takes nothing else with it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._texts: list[str] = []
        self._files: list[GivenFile] = []
        self._links: list[Source] = []
        self._bytes = 0

    def add(self, blocks: Iterable[Any]) -> Contents:
        """Read the blocks of a result, or of a message of a prompt."""
        for number, block in enumerate(blocks):
            if number >= MAX_BLOCKS:
                self._say(f"[more than {MAX_BLOCKS} pieces: the rest is left out]")
                break
            self._add(block if isinstance(block, dict) else {"type": type(block).__name__})
        return self

    def add_structured(self, value: Any) -> Contents:
        """Read the structured form of a result, unless its text says the same."""
        if value is not None and not _is_said(value, self._texts):
            self._say(json.dumps(value, ensure_ascii=False))
        return self

    def result(self) -> Result:
        text = clean(self._server.scrubbed("\n\n".join(self._texts)))[:MAX_RESULT_CHARS]
        return Result(text, tuple(self._files), tuple(self._links))

    def _add(self, block: Mapping[str, Any]) -> None:
        match block:
            case {"type": "text", "text": str(text)}:
                self._say(text)
            case {"type": "image" | "audio" as kind, "data": str(data)}:
                self._add_file(data, _text(block, "mimeType"), kind)
            case {"type": "resource", "resource": dict(resource)}:
                self._add_resource(resource)
            case {"type": "resource_link", "uri": str(uri)}:
                title = _text(block, "title") or _text(block, "name") or uri
                self._links.append(Source.of(self._server.scrubbed(title), self._server.scrubbed(uri)))
            case _:
                kind = " ".join(clean(_text(block, "type") or "no type").split())[:60]
                self._say(f"[a piece of the kind {kind!r}, which cannot be read here]")

    def _add_resource(self, resource: Mapping[str, Any]) -> None:
        name = _name_of(_text(resource, "uri"))
        match resource:
            case {"text": str(text)}:
                self._say(text)
            case {"blob": str(blob)}:
                self._add_file(blob, _text(resource, "mimeType"), name)
            case _:
                self._say(f"[{name or 'a resource'}: neither text nor a file]")

    def _add_file(self, encoded: str, media_type: str, name: str) -> None:
        if len(self._files) >= MAX_FILES or self._bytes + len(encoded) * 3 // 4 > MAX_FILE_BYTES:
            return self._say(
                f"[{name or 'a file'}: left out, because the files of this result are too many or too large]"
            )
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return self._say(f"[{name or 'a file'}: left out, because it is not base64]")
        self._bytes += len(data)
        self._files.append(GivenFile(data, clean(media_type)[:100], self._server.scrubbed(name)))

    def _say(self, text: str) -> None:
        if text:
            self._texts.append(text)


def _is_said(value: Any, texts: list[str]) -> bool:
    """Whether the texts have the structured value: as JSON, or its only field as the text of it or of its entries."""
    inner = next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value
    wanted = inner if isinstance(inner, list) else [inner]
    if any(_reads_as(text, value) for text in texts):
        return True
    return len(texts) == len(wanted) and all(map(_reads_as, texts, wanted))


def _reads_as(text: str, value: Any) -> bool:
    if text == str(value):
        return True
    try:
        return bool(json.loads(text) == value)
    except (ValueError, RecursionError):
        return False


def _text(about: Mapping[str, Any], key: str) -> str:
    value = about.get(key)
    return value if isinstance(value, str) else ""


def _name_of(uri: str) -> str:
    """The last piece of a URI's path, as the name of a file."""
    path = uri.partition("?")[0].partition("#")[0].rstrip("/")
    return clean(path.rpartition("/")[2])[:200]
