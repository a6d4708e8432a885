"""Makes a valid frame for each command from the table of wire; a command with a field unknown to this file fails."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from chat import policy, wire

PROTOCOL_PAGE = Path(__file__).resolve().parent.parent / "docs" / "protocol.md"
# The sentences of that page that say who may obey a command, the most specific first.
SENTENCES = (
    ("Needs the role `owner` or `editor`", policy.WRITE),
    ("Needs the role `owner`", policy.MANAGE),
    ("Every member may do this", policy.READ),
)

# The things that belong to somebody, by the field that names them.
NAMING = ("conversation", "message", "run", "parent", "folder", "persona", "prompt", "attachments")
# A value for each other required field.
GIVEN: dict[str, Any] = {
    "title": "Mine now",
    "upstream": "openai",
    "model": "m",
    "options": {"temperature": 0.5},
    "name": "vera2",
    "user": 2,
    "role": "viewer",
    "text": "Let me in",
    "value": 1,
    "revision": 0,
    "index": 0,
    "approve": True,
    "query": "secret",
    "preferences": {"theme": "dark"},
    "frames": 1,
    "server": "far",
    "uri": "notes://today",
}
MORE: dict[str, dict[str, Any]] = {
    "conversation.history": {"before": 2**53},
    "message.post": {"upstream": "openai", "model": "m"},
    "message.retry": {"upstream": "openai", "model": "m"},
    "folder.save": {"name": "Mine now"},
}


def named_by(command: str) -> tuple[str, ...]:
    """The fields of a command that name things that belong to somebody."""
    fields = {field.name for field in msgspec.structs.fields(wire.COMMANDS[command])}
    return tuple(name for name in NAMING if name in fields)


def frame_about(command: str, things: Mapping[str, Any]) -> dict[str, Any]:
    """A frame of that command about these things, by NAMING; a field whose thing is not given is left out."""
    made: dict[str, Any] = {name: things[name] for name in named_by(command) if name in things}
    for field in msgspec.structs.fields(wire.COMMANDS[command]):
        if field.name == "client_id":
            made["client_id"] = uuid.uuid4().hex
        elif field.required and field.name not in made:
            made[field.name] = GIVEN[field.name]
    return made | MORE.get(command, {})


def actions_in_the_document() -> dict[str, str]:
    """The action of the policy that docs/protocol.md demands for each command about a conversation."""
    chunks = re.split(r"^### `([a-z.]+)`$", PROTOCOL_PAGE.read_text().split("\n## Events\n")[0], flags=re.MULTILINE)
    found = {}
    for name, text in zip(chunks[1::2], chunks[2::2], strict=True):
        action = next((action for sentence, action in SENTENCES if sentence in " ".join(text.split())), None)
        if action is not None:
            found[name] = action
    return found
