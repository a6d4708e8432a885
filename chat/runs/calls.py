"""The tool calls among the parts of an answer, and the rounds they make. Pure."""

import itertools
from dataclasses import dataclass

from chat.transcript import StoredPart


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A tool call without a result: the index of its part, and what the model wrote."""

    index: int
    id: str
    name: str
    arguments: str


def open_calls(parts: list[StoredPart]) -> list[OpenCall]:
    """The calls of the last round that have no result yet; a call that was cut off is not among them."""
    first, ids = round_start(parts), set()
    if first < len(parts):
        return [_open_call(index, parts[index]) for index in range(first, len(parts)) if _is_complete(parts[index])]
    # The last round has results; perhaps not all of them.
    while first > 0 and parts[first - 1]["type"] == "tool_result":
        first -= 1
        ids.add(parts[first]["id"])
    found = []
    while first > 0 and parts[first - 1]["type"] != "tool_result":
        first -= 1
        if _is_complete(parts[first]) and parts[first]["id"] not in ids:
            found.append(_open_call(first, parts[first]))
    return found[::-1]


def round_start(parts: list[StoredPart]) -> int:
    """The index behind the last tool result: where the round that is not finished begins."""
    return next((index + 1 for index in reversed(range(len(parts))) if parts[index]["type"] == "tool_result"), 0)


def rounds_done(parts: list[StoredPart]) -> int:
    """The number of finished rounds of tool calls."""
    types = [part["type"] for part in parts] + [""]
    return sum(a == "tool_result" and b != "tool_result" for a, b in itertools.pairwise(types))


def _is_complete(part: StoredPart) -> bool:
    """Whether a part is a call that its model has written to the end: only such a call has a status."""
    return part["type"] == "tool_call" and "status" in part


def _open_call(index: int, part: StoredPart) -> OpenCall:
    return OpenCall(index, part["id"], part["name"], part["arguments"])
