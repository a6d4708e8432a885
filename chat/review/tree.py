"""The tree of a conversation in the order in which it reads best. Pure: it takes ids and returns nodes.

The order is depth-first: each message answers the one before it, except where the next version begins.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A message's position in the tree: its parent, and its versions."""

    id: int
    parent: int | None
    versions: tuple[int, ...]  # the message and its siblings, oldest first
    follows: bool  # its parent is the node right before it
    is_newest: bool  # it is on the path from the first message to the newest one

    @property
    def version(self) -> int:
        return self.versions.index(self.id) + 1


def walk(messages: Iterable[tuple[int, int | None]]) -> list[Node]:
    """The nodes of all messages, given (id, parent) in ascending order of id. Linear; no recursion."""
    parents = dict(messages)
    children: dict[int | None, list[int]] = {}
    for message, parent in parents.items():
        children.setdefault(parent if parent in parents else None, []).append(message)
    versions = {parent: tuple(siblings) for parent, siblings in children.items()}
    newest = _path_to(max(parents, default=None), parents)
    nodes: list[Node] = []
    stack = children.get(None, [])[::-1]
    before: int | None = None
    while stack:
        message = stack.pop()
        parent = parents[message]
        siblings = versions[parent if parent in parents else None]
        nodes.append(Node(message, parent, siblings, parent == before, message in newest))
        stack.extend(reversed(children.get(message, ())))
        before = message
    return nodes


def _path_to(message: int | None, parents: dict[int, int | None]) -> set[int]:
    path: set[int] = set()
    while message is not None and message not in path:
        path.add(message)
        message = parents.get(message)
    return path
