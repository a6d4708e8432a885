"""Every frame of the socket: its name and its shape. docs/protocol.md describes them; twin: static/js/shared/wire.js.

A frame is one WebSocket text message: a JSON object with a `type`. Frames from the client are commands, frames from the
server are events. This room knows no rows and sends nothing.
"""

import msgspec

from chat.wire.commands import COMMANDS
from chat.wire.events import EVENTS, PROTOCOL, Close, frame, run_patch
from chat.wire.parsing import BadFrameError, parse
from chat.wire.previous import PREVIOUS

__all__ = [
    "COMMANDS",
    "EVENTS",
    "PREVIOUS",
    "PROTOCOL",
    "BadFrameError",
    "Close",
    "fields",
    "frame",
    "parse",
    "run_patch",
]


def fields() -> dict[str, dict[str, list[str]]]:
    """Every frame's fields, "?" for those that may be missing: what the twin and docs/protocol.md are compared with."""
    commands = {
        name: [field.name if field.required else f"{field.name}?" for field in msgspec.structs.fields(command)]
        for name, command in COMMANDS.items()
    }
    return {"commands": commands, "events": {name: list(fields) for name, fields in EVENTS.items()}}
