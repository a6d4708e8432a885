"""Typed reads of a request's JSON, which may hold anything. Pure."""

import json
from typing import Any

from chat.demo.ask import BadRequestError

PICTURE = "[picture]"


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value if it is a string; for a list of blocks, the text of those that have one, and PICTURE for each picture."""
    if isinstance(value, str):
        return value
    blocks = [mapping(block) for block in items(value)]
    return "\n".join(filter(None, map(_text_of_block, blocks)))


def _text_of_block(block: dict[str, Any]) -> str:
    if block.get("type") in ("image", "image_url"):
        return PICTURE
    return block["text"] if isinstance(block.get("text"), str) else ""


def limit(value: Any) -> int | None:
    """A number of tokens, or None for no limit. Raises BadRequestError for any other value."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRequestError("The maximum number of tokens must be a whole number above 0.")
    return value


def messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The request's messages. Raises BadRequestError if there are none."""
    found = body.get("messages")
    if not isinstance(found, list) or not found or not all(isinstance(message, dict) for message in found):
        raise BadRequestError("`messages` must be a list with at least one message.")
    return found


def estimate(*texts: str) -> int:
    """The approximate number of tokens of these texts."""
    return max(1, sum(len(text) for text in texts) // 4)


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
