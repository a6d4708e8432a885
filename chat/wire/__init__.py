"""Every frame of the socket: its name and its shape. docs/protocol.md tells it to people; twin: static/js/shared/wire.js.

A frame is one WebSocket text message: a JSON object with a `type`. Frames from the client are commands. This module
knows no rows and sends nothing.
"""

from __future__ import annotations

import json
from typing import Any, Union

import msgspec

from chat.text import clean
from chat.wire.commands import (
    COMMANDS,
    Ack,
    Command,
    ConversationAround,
    ConversationDelete,
    ConversationHistory,
    ConversationList,
    ConversationModel,
    ConversationOptions,
    ConversationPersona,
    ConversationPlace,
    ConversationRename,
    ConversationRestore,
    ConversationTrash,
    ConversationUnwatch,
    ConversationWatch,
    DraftGet,
    DraftSave,
    FolderDelete,
    FolderList,
    FolderSave,
    MemberAdd,
    MemberRemove,
    MemberRole,
    MessageCancel,
    MessageHurry,
    MessagePost,
    MessageRate,
    MessageRestore,
    MessageRetry,
    MessageTrash,
    ModelList,
    Options,
    PersonaDelete,
    PersonaList,
    PersonaSave,
    Ping,
    Preferences,
    PreferencesSave,
    PromptDelete,
    PromptList,
    PromptSave,
    RunContinue,
    RunStop,
    RunUnwatch,
    RunWatch,
    Search,
    ToolDecide,
)

PROTOCOL = 1

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
    "conversation.list": ("items", "next?", "place", "folder?", "re?"),
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
    "conversation.around": ("conversation", "message", "messages", "choices", "gap", "more", "re?"),
    "conversation.listed": ("item",),
    "conversation.gone": ("conversation",),
    "folder.list": ("folders", "folder?", "re?"),
    "message.posted": ("client_id", "conversation", "message", "answer", "run", "re?"),
    "message.queued": ("client_id", "conversation", "re?"),
    "draft": ("conversation", "text", "revision", "re?"),
    "prompt.list": ("prompts", "team", "re?"),
    "persona.list": ("personas", "tools", "team", "re?"),
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

# Close codes of our own; a `bye` frame with the reason goes before each.
SERVER_STOPPING = 4000
SIGNED_OUT = 4001
LIMIT_REACHED = 4008
WRONG_PROTOCOL = 4009
READER_TOO_SLOW = 4010


class BadFrame(ValueError):
    """A frame that cannot be obeyed: `code` for programs, the message for people, and what the client said it was."""

    def __init__(self, code: str, message: str, *, re: str | None = None, client_id: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.re, self.client_id = code, message, re, client_id


_commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Union[tuple(COMMANDS.values())])  # noqa: UP007
_anything = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def parse(text: str) -> Command:
    """The command in a frame's `text`. Raises BadFrame; never anything else, whatever the text is."""
    try:
        return _decoded(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _explain(text, str(error)) from None


def frame(type: str, /, **fields: Any) -> str:
    """The text of a frame; fields that are None and may be missing are left out."""
    optional = EVENTS[type]
    body = {name: value for name, value in fields.items() if value is not None or f"{name}?" not in optional}
    return _encoder.encode({"type": type, **body}).decode()


def run_patch(run: int, after: int, seq: int, changes: bytes, *, done: bool) -> str:
    """The text of a `run.patch` around `changes` that are JSON already: encoded once, sent to every reader."""
    end = b',"done":true}' if done else b"}"
    return (
        b'{"type":"run.patch","run":%d,"after":%d,"seq":%d,"changes":%b%b' % (run, after, seq, changes, end)
    ).decode()


def fields() -> dict[str, dict[str, list[str]]]:
    """Every frame's fields, "?" for those that may be missing: what the twin and docs/protocol.md are compared with."""
    commands = {
        name: [field.name if field.required else f"{field.name}?" for field in msgspec.structs.fields(command)]
        for name, command in COMMANDS.items()
    }
    return {"commands": commands, "events": {name: list(fields) for name, fields in EVENTS.items()}}


def _decoded(text: str) -> Command:
    try:
        command: Command = _commands.decode(text)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeEncodeError):
        # A browser writes half a surrogate pair as an escape, which is no text: it becomes U+FFFD, like everywhere.
        command = _commands.decode(_without_surrogates(text))
    return command


def _without_surrogates(text: str) -> str:
    try:
        return clean(json.dumps(json.loads(text), ensure_ascii=False))
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from None


def _explain(text: str, why: str) -> BadFrame:
    try:
        value = _anything.decode(clean(text))
    except (msgspec.DecodeError, RecursionError):
        return BadFrame("bad_frame", "A frame must be a JSON object.")
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return BadFrame("bad_frame", 'A frame must be a JSON object with a "type".')
    re, client_id = (
        value[name] if isinstance(value.get(name), str) and len(value[name]) <= 64 else None
        for name in ("re", "client_id")
    )
    if value["type"] not in COMMANDS:
        return BadFrame("unknown_type", f"There is no command {value['type'][:40]!r}.", re=re, client_id=client_id)
    return BadFrame("bad_frame", f"{value['type']}: {why[:200]}", re=re, client_id=client_id)


__all__ = [
    "COMMANDS",
    "EVENTS",
    "LIMIT_REACHED",
    "PROTOCOL",
    "READER_TOO_SLOW",
    "SERVER_STOPPING",
    "SIGNED_OUT",
    "WRONG_PROTOCOL",
    "Ack",
    "BadFrame",
    "Command",
    "ConversationAround",
    "ConversationDelete",
    "ConversationHistory",
    "ConversationList",
    "ConversationModel",
    "ConversationOptions",
    "ConversationPersona",
    "ConversationPlace",
    "ConversationRename",
    "ConversationRestore",
    "ConversationTrash",
    "ConversationUnwatch",
    "ConversationWatch",
    "DraftGet",
    "DraftSave",
    "FolderDelete",
    "FolderList",
    "FolderSave",
    "MemberAdd",
    "MemberRemove",
    "MemberRole",
    "MessageCancel",
    "MessageHurry",
    "MessagePost",
    "MessageRate",
    "MessageRestore",
    "MessageRetry",
    "MessageTrash",
    "ModelList",
    "Options",
    "PersonaDelete",
    "PersonaList",
    "PersonaSave",
    "Ping",
    "Preferences",
    "PreferencesSave",
    "PromptDelete",
    "PromptList",
    "PromptSave",
    "RunContinue",
    "RunStop",
    "RunUnwatch",
    "RunWatch",
    "Search",
    "ToolDecide",
    "fields",
    "frame",
    "parse",
    "run_patch",
]
