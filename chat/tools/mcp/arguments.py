"""The arguments of a server's tool, read by the top level of its schema. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chat.tools.tool import MAX_ARGUMENT_CHARS, BadArgumentsError

_TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def read(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The arguments that a model wrote as JSON. Raises BadArgumentsError with what to do differently."""
    if len(text) > MAX_ARGUMENT_CHARS:
        raise BadArgumentsError(f"The arguments have more than {MAX_ARGUMENT_CHARS:,} characters. Send fewer.")
    try:
        value = msgspec.json.decode(text.strip() or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadArgumentsError(f"The arguments are not JSON: {error}. Call the tool again.") from None
    if not isinstance(value, dict):
        raise BadArgumentsError("The arguments must be a JSON object. Call the tool again.")
    if mismatch := _mismatch(schema, value):
        raise BadArgumentsError(f"The arguments do not fit the schema of this tool: {mismatch}. Call it again.")
    return value


def _mismatch(schema: Mapping[str, Any], arguments: dict[str, Any]) -> str:
    """What is wrong with the arguments by the top level of a schema, or ""; the server checks the rest.

    No library for JSON Schema is used: the server wrote the schema, whose patterns and references could be made slow.
    """
    known, required = schema.get("properties"), schema.get("required")
    for name in required if isinstance(required, list) else ():
        if isinstance(name, str) and name not in arguments:
            return f"{name!r} is missing"
    for name, value in arguments.items():
        about = known.get(name) if isinstance(known, dict) else None
        if about is None and schema.get("additionalProperties") is False:
            return f"{name!r} is unknown"
        if not isinstance(about, dict):
            continue
        types = about.get("type")
        if not any(_is_of(value, kind) for kind in (types if isinstance(types, list) else [types])):
            return f"{name!r} is not of type {types!r}"
        if isinstance(choices := about.get("enum"), list) and value not in choices:
            return f"{name!r} is none of its choices"
    return ""


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a JSON value has the type that a schema names; any value matches an unknown type."""
    if kind in ("integer", "number"):
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole or (isinstance(value, float) and (kind == "number" or value.is_integer()))
    return not isinstance(kind, str) or isinstance(value, _TYPES.get(kind, object))
