"""The tree of a conversation in the order in which it reads best. Pure: ids in, places out.

Each branch is told to its end before its sibling begins, so that what follows each other on the page is an answer to
what stands before it, but for the places where a version begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: after which one, and as which of how many versions."""

    id: int
    parent: int | None
    versions: tuple[int, ...]  # its siblings and itself, oldest first
    follows: bool  # what it answers stands right before it
    is_newest: bool  # on the way from the first message to the newest one

    @property
    def version(self) -> int:
        return self.versions.index(self.id) + 1


def walk(messages: Iterable[tuple[int, int | None]]) -> list[Place]:
    """The places of all messages, given (id, parent) in ascending order of id. Linear; no recursion."""
    parents = dict(messages)
    children: dict[int | None, list[int]] = {}
    for message, parent in parents.items():
        children.setdefault(parent if parent in parents else None, []).append(message)
    versions = {parent: tuple(siblings) for parent, siblings in children.items()}
    newest = _way_to(max(parents, default=None), parents)
    places: list[Place] = []
    stack = children.get(None, [])[::-1]
    before: int | None = None
    while stack:
        message = stack.pop()
        parent = parents[message]
        siblings = versions[parent if parent in parents else None]
        places.append(Place(message, parent, siblings, parent == before, message in newest))
        stack.extend(reversed(children.get(message, ())))
        before = message
    return places


def _way_to(message: int | None, parents: dict[int, int | None]) -> set[int]:
    way: set[int] = set()
    while message is not None and message not in way:
        way.add(message)
        message = parents.get(message)
    return way
