"""OpenRouter's `reasoning_details`: pieces of reasoning that only their author can read, put together to go back unchanged.

Pure. Source: OpenRouter's guide "Reasoning tokens" (preserving reasoning blocks): the pieces of a stream are joined by index.
"""

from typing import Any

from chat.text import clean_json

# Signed or encrypted reasoning of the longest answers stays below this; what is larger is left out, whole.
MAX_CHARS = 256_000
_GROWING = ("text", "summary", "data")


class ReasoningDetails:
    """The details of one answer."""

    def __init__(self) -> None:
        self._found: list[dict[str, Any]] = []
        self._grown: list[dict[str, list[str]]] = []  # of each, the pieces of the values that grow
        self._chars = 0

    def piece(self, pieces: list[Any]) -> None:
        """Take in what one chunk brings."""
        for piece in pieces:
            if not isinstance(piece, dict) or self._chars > MAX_CHARS:
                continue
            cleaned: dict[str, Any] = clean_json(piece)
            self._chars += sum(len(value) for value in cleaned.values() if isinstance(value, str))
            last = self._found[-1] if self._found else None
            if last is None or any(last.get(key) != cleaned.get(key) for key in ("type", "index")):
                self._found.append({})
                self._grown.append({})
            self._add(cleaned)

    def take(self) -> list[dict[str, Any]]:
        """What has come together, once; nothing where it is too much to be kept."""
        joined = [
            about | {key: "".join(pieces) for key, pieces in grown.items()}
            for about, grown in zip(self._found, self._grown, strict=True)
        ]
        self._found, self._grown = [], []
        return joined if self._chars <= MAX_CHARS else []

    def _add(self, piece: dict[str, Any]) -> None:
        for key, value in piece.items():
            if key in _GROWING and isinstance(value, str):
                self._grown[-1].setdefault(key, []).append(value)
            elif value is not None:
                self._found[-1][key] = value
