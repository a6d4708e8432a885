"""The JSON schemas of tools, completed to what every provider takes. Pure.

Schemas come from other people's servers. `{"type": "object"}` without `properties`, an array without `items` and a
required property that is not defined are good JSON Schema, and one such tool made providers refuse the whole request
(karakeep#1696).
"""

from collections.abc import Mapping
from typing import Any

# Deeper than any real schema; what lies below goes as it came.
_MAX_DEPTH = 24
_OF_ONE = ("items", "additionalProperties", "not", "contains", "if", "then", "else")
_OF_MANY = ("anyOf", "oneOf", "allOf", "prefixItems")
_BY_NAME = ("properties", "$defs", "definitions", "patternProperties")


def completed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments, which is an object's, with what providers want to see in it."""
    return _completed({**schema, "type": "object"}, 0)


def _completed(schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found = dict(schema)
    if depth > _MAX_DEPTH:
        return found
    for key in _OF_ONE:
        if isinstance(found.get(key), dict):
            found[key] = _completed(found[key], depth + 1)
    for key in _OF_MANY:
        if isinstance(found.get(key), list):
            found[key] = [_completed(each, depth + 1) if isinstance(each, dict) else each for each in found[key]]
    for key in _BY_NAME:
        if isinstance(found.get(key), dict):
            found[key] = {
                name: _completed(each, depth + 1) if isinstance(each, dict) else each
                for name, each in found[key].items()
            }
    kinds = found["type"] if isinstance(found.get("type"), list) else [found.get("type")]
    if "object" in kinds:
        _complete_object(found)
    if "array" in kinds and not isinstance(found.get("items"), dict):
        found["items"] = {}
    return found


def _complete_object(found: dict[str, Any]) -> None:
    if not isinstance(found.get("properties"), dict):
        found["properties"] = {}
    required = found.get("required")
    if required is not None:
        known = [name for name in required if name in found["properties"]] if isinstance(required, list) else []
        if known:
            found["required"] = known
        else:
            del found["required"]
