"""What comes besides text in the Anthropic format: citations, and the tools that the provider runs itself. Pure.

Blocks: `server_tool_use` and `mcp_tool_use` with their results (`web_search_tool_result`, `web_fetch_tool_result`,
`code_execution_tool_result` and its successors, `mcp_tool_result`); `citations` of a text block; and pictures, which
compatible servers send in the shape that the format has for questions.
"""

from typing import Any

import msgspec

from chat.text import clean, clean_json

from . import odd_json
from .events import Event, ProviderCall, ProviderResult
from .given import GivenFile, Source, from_base64

CALLS = ("server_tool_use", "mcp_tool_use")
# What a call may have returned at most; the transcript stores it.
MAX_RESULT_CHARS = 200_000
_MOST_LINKS = 100


class Given:
    """Finds it in the blocks of one answer, which are told apart by their index."""

    def __init__(self) -> None:
        self._calls: dict[int, str] = {}  # index of an open block -> id of its call
        self._cited: dict[int, dict[str, Source]] = {}

    def begin(self, index: int, kind: str, block: dict[str, Any]) -> list[Event]:
        """The events of a block that begins, or comes whole."""
        for citation in odd_json.items(block.get("citations")):
            self.cite(index, odd_json.mapping(citation))
        if kind in CALLS:
            call = clean(odd_json.text(block.get("id")) or f"provider_{index}")
            self._calls[index] = call
            given = block.get("input")
            arguments = msgspec.json.encode(clean_json(given)).decode() if given and isinstance(given, dict) else ""
            server = odd_json.text(block.get("server_name"))
            name = odd_json.text(block.get("name")) or "tool"
            return [ProviderCall(call, clean(f"{server}: {name}" if server else name)[:200], arguments)]
        if kind.endswith("_tool_result"):
            return [_result(block)]
        source = odd_json.mapping(block.get("source"))
        if kind == "image" and source.get("type") == "base64":
            media_type = odd_json.text(source.get("media_type")) or ""
            return [GivenFile(from_base64(odd_json.text(source.get("data")) or ""), media_type[:100])]
        return []

    def arguments(self, index: int, piece: str) -> list[Event]:
        """A piece of a call's arguments; none if the block is no call of the provider's."""
        call = self._calls.get(index)
        return [ProviderCall(call, "", clean(piece))] if call and piece else []

    def cite(self, index: int, citation: dict[str, Any]) -> None:
        """Note what the text of a block rests on; its marks come with the end of the block."""
        title = odd_json.text(citation.get("title")) or odd_json.text(citation.get("document_title")) or ""
        url = odd_json.text(citation.get("url")) or odd_json.text(citation.get("source")) or ""
        source = Source.of(title, url, is_cited=True)
        if source.title:
            self._cited.setdefault(index, {}).setdefault(source.url or source.title, source)

    def end(self, index: int) -> list[Event]:
        """The events of a block that has ended."""
        self._calls.pop(index, None)
        return [*self._cited.pop(index, {}).values()]


def _result(block: dict[str, Any]) -> ProviderResult:
    content = block.get("content")
    about = odd_json.mapping(content)
    failed = bool(block.get("is_error")) or str(about.get("type", "")).endswith("_error")
    links: list[Source] = []
    texts: list[str] = []
    for item in [about] if about else odd_json.items(content):
        _read(odd_json.mapping(item), links, texts)
    if isinstance(content, str):
        texts.append(content)
    text = clean("\n".join(text.rstrip("\n") for text in texts if text))[:MAX_RESULT_CHARS]
    return ProviderResult(
        clean(odd_json.text(block.get("tool_use_id")) or ""), text, failed, tuple(links[:_MOST_LINKS])
    )


def _read(item: dict[str, Any], links: list[Source], texts: list[str]) -> None:
    text = odd_json.text
    kind = text(item.get("type")) or ""
    if kind in ("web_search_result", "web_fetch_result"):
        document = odd_json.mapping(item.get("content"))
        links.append(
            Source.of(text(item.get("title")) or text(document.get("title")) or "", text(item.get("url")) or "")
        )
    elif kind == "text":
        texts.append(text(item.get("text")) or "")
    elif kind.endswith("code_execution_result") and "stdout" in item:
        texts += [text(item.get("stdout")) or "", text(item.get("stderr")) or ""]
        if code := odd_json.count(item.get("return_code")):
            texts.append(f"(exit code {code})")
    elif kind.endswith("_error"):
        texts.append(text(item.get("error_message")) or text(item.get("error_code")) or kind)
    else:
        shown = {key: value for key, value in item.items() if key != "type" and "encrypted" not in key}
        texts.append(msgspec.json.encode(clean_json(shown)).decode())
