"""Every event that the server sends: its name, its fields, and its text.

A new one is a line in EVENTS, its twin in static/js/shared/wire.js and a paragraph in docs/protocol.md.
"""

from enum import IntEnum
from typing import Any

import msgspec

from chat.wire import previous

# Raised with every renaming and removal, together with the tables in previous.py; twin: static/js/shared/wire.js.
PROTOCOL = 2

# What the server sends. "?" marks a field that may be missing.
EVENTS: dict[str, tuple[str, ...]] = {
    "welcome": (
        "protocol",
        "build",
        "user",
        "heartbeat_seconds",
        "window_bytes",
        "max_frame_bytes",
        "max_message_chars",
        "flush_interval_ms",
        "preferences",
    ),
    "conversation.list": ("items", "next?", "shelf", "folder?", "re?"),
    "conversation.patch": (
        "conversation",
        "after",
        "revision",
        "title",
        "role",
        "upstream",
        "model",
        "options",
        "persona",
        "members",
        "messages",
        "queue",
        "more",
    ),
    "conversation.history": ("conversation", "messages", "more", "re?"),
    "conversation.around": ("conversation", "message", "messages", "chosen", "gap", "more", "re?"),
    "conversation.listed": ("item",),
    "conversation.gone": ("conversation",),
    "folder.list": ("folders", "folder?", "re?"),
    "message.posted": ("client_id", "conversation", "message", "answer", "run", "re?"),
    "message.queued": ("client_id", "conversation", "re?"),
    "draft": ("conversation", "text", "revision", "re?"),
    "prompt.list": ("prompts", "team", "offers?", "re?"),
    "server.given": ("text", "attachments", "notes", "re?"),
    "persona.list": ("personas", "tools", "team", "left_out?", "max_tools?", "re?"),
    "model.list": ("models", "default", "re?"),
    "search.results": ("query", "page", "items", "more", "re?"),
    "preferences": ("preferences", "re?"),
    "run.patch": ("run", "after", "seq", "changes", "done?"),
    "run.paused": ("run", "why"),
    "ok": ("re?",),
    "error": ("code", "message", "re?", "client_id?"),
    "heartbeat": (),
    "pong": ("re?",),
    "bye": ("code", "reason", "reload"),
}


class Close(IntEnum):
    """Close codes of our own; a `bye` frame with the reason goes before each."""

    SERVER_STOPPING = 4000
    SIGNED_OUT = 4001
    LIMIT_REACHED = 4008
    WRONG_PROTOCOL = 4009
    READER_TOO_SLOW = 4010


_encoder = msgspec.json.Encoder()


def frame(type: str, protocol: int = PROTOCOL, /, **fields: Any) -> str:
    """The text of a frame in this protocol or the previous one; fields that are None and may be missing are left out."""
    optional = EVENTS[type]
    body = {name: value for name, value in fields.items() if value is not None or f"{name}?" not in optional}
    if protocol != PROTOCOL:
        type, body = previous.event(type, body)
    return _encoder.encode({"type": type, **body}).decode()


def run_patch(run: int, after: int, seq: int, changes: bytes, *, done: bool) -> str:
    """The text of a `run.patch` around `changes` that are JSON already: encoded once, sent to every reader."""
    end = b',"done":true}' if done else b"}"
    return (
        b'{"type":"run.patch","run":%d,"after":%d,"seq":%d,"changes":%b%b' % (run, after, seq, changes, end)
    ).decode()
