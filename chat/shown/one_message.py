"""The way to one message, wherever it stands: the messages around it, the end of its branch, and the siblings to choose on the way.

A conversation of 10,000 messages is not read page by page for that: two integers are read of each message, and the texts
of one page.
"""

import uuid
from collections import defaultdict
from typing import Any

import msgspec

from chat.models import Conversation, User
from chat.policy import visible_to
from chat.shown.conversation import PAGE_BYTES, with_feedback

# As many messages as fill a tall screen on each side, and the end of the thread, below which the composer stands.
NEAR_MESSAGES = 30
END_MESSAGES = 20


def conversation_around(user: User, conversation: uuid.UUID, message: int) -> dict[str, Any] | None:
    """Where `message` stands in a conversation; None where there is none that `user` may see.

    {conversation, message, messages, chosen, gap, more}: `chosen` has the sibling to be shown at each fork of the path
    through it, by the parent's id or "root"; `gap` is {after, before}, two messages of the path between which some are
    left out, or None; `more` says that older ones are.
    """
    row = visible_to(user).filter(pk=conversation).first()
    if row is None:
        return None
    parents = dict(row.messages.filter(trashed_at__isnull=True).order_by("pk").values_list("pk", "parent"))
    if message not in parents:
        return None
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, parent in parents.items():
        children[parent].append(pk)
    path = _path(message, parents, children)
    index = path.index(message)
    near = _by_distance(path, index)
    end = path[: -END_MESSAGES - 1 : -1]
    beside = [pk for step in (*near, *end) for pk in children[parents[step]]]
    bodies = _bodies(row, near, end, beside)
    first, last = _stretch(path, index, bodies)
    below = next((at for at in range(last + 1, len(path)) if path[at] in bodies), None)
    return {
        "conversation": str(row.pk),
        "message": message,
        "messages": with_feedback(user, [bodies[pk] for pk in sorted(bodies)]),
        "chosen": {_fork(parents[pk]): pk for pk in path if len(children[parents[pk]]) > 1},
        "gap": {"after": path[last], "before": path[below]} if below is not None else None,
        "more": first > 0,
    }


def _path(message: int, parents: dict[int, int | None], children: dict[int | None, list[int]]) -> list[int]:
    """From the first message through `message` to the end: below it the newest of siblings is followed."""
    up: int | None = message
    path = []
    while up is not None:
        path.append(up)
        up = parents[up]
    path.reverse()
    while below := children.get(path[-1]):
        path.append(below[-1])
    return path


def _by_distance(path: list[int], index: int) -> list[int]:
    ways = (index + step for distance in range(NEAR_MESSAGES + 1) for step in {-distance, distance})
    return [path[at] for at in ways if 0 <= at < len(path)]


def _bodies(row: Conversation, near: list[int], end: list[int], beside: list[int]) -> dict[int, dict[str, Any]]:
    """The messages as frames show them, up to the size of a page: half of it for those near, then the end, then siblings."""
    rows = row.messages.select_related("author", "run").filter(pk__in={*near, *end, *beside})
    found = {message.pk: message.as_json() for message in rows}
    kept: dict[int, dict[str, Any]] = {}
    size = 0
    for ids, most_bytes in ((near, PAGE_BYTES // 2), (end, PAGE_BYTES * 3 // 4), (beside, PAGE_BYTES)):
        for pk in ids:
            if pk in kept:
                continue
            size += len(msgspec.json.encode(found[pk]))
            # The message itself and the last one are needed whatever their size.
            if size > most_bytes and pk != ids[0]:
                break
            kept[pk] = found[pk]
    return kept


def _stretch(path: list[int], index: int, bodies: dict[int, Any]) -> tuple[int, int]:
    """The indexes of the first and the last message of the unbroken stretch in `bodies` around `index`."""
    first = last = index
    while first > 0 and path[first - 1] in bodies:
        first -= 1
    while last + 1 < len(path) and path[last + 1] in bodies:
        last += 1
    return first, last


def _fork(parent: int | None) -> str:
    return "root" if parent is None else str(parent)
