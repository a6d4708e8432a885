"""The protocol before this one: what was renamed since, and the translation of its frames in both directions.

A server speaks its own version and the one before, so that two versions can run side by side during an update. A change
that raises PROTOCOL replaces these tables by its own renamings. `run.patch` is encoded once for all readers and passes
unchanged; the fields of a run's state are stored, and are not renamed.
"""

import json
from typing import Any

PREVIOUS = 1
# The previous name of a command: its name today, and each field that has another name today.
COMMANDS: dict[str, tuple[str, dict[str, str]]] = {
    "conversation.list": ("conversation.list", {"place": "shelf"}),
    "conversation.place": ("conversation.filing", {}),
    "tool.decide": ("tool.decide", {"place": "index"}),
}
# The name of an event today: its previous name, and each field that had another one; "list.field" is a field of each item.
EVENTS: dict[str, tuple[str, dict[str, str]]] = {
    "conversation.list": ("conversation.list", {"shelf": "place"}),
    "conversation.around": ("conversation.around", {"chosen": "choices"}),
    "conversation.patch": ("conversation.patch", {"members.present": "here"}),
}


def command(text: str) -> str:
    """The text of a command of the previous protocol as today's. What is no such command is returned as it is."""
    try:
        # Not msgspec: this one also takes the half surrogate pairs that browsers write.
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return text
    type = frame.get("type") if isinstance(frame, dict) else None
    if not isinstance(type, str) or type not in COMMANDS:
        return text
    name, renamed = COMMANDS[type]
    return json.dumps({renamed.get(field, field): value for field, value in frame.items()} | {"type": name})


def event(type: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Type and fields of an event of today as the previous protocol has them; `fields` are not changed."""
    if type not in EVENTS:
        return type, fields
    name, renamed = EVENTS[type]
    told = {renamed.get(field, field): value for field, value in fields.items()}
    for path, before in renamed.items():
        among, _, today = path.partition(".")
        if today:
            told[among] = [
                {before if key == today else key: value for key, value in item.items()} for item in told[among]
            ]
    return name, told
