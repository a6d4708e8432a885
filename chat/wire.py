"""Every frame of the socket: its name and its shape. docs/protocol.md tells it to people; twin: static/js/wire.js.

A frame is one WebSocket text message: a JSON object with a `type`. Frames from the client are commands. This module
knows no rows and sends nothing.
"""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any, Union

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chat.upstreams.request import ReasoningEffort
from chat.upstreams.text import clean

PROTOCOL = 1

ClientId = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
# JSON numbers beyond 2^53 are not exact in a browser, and no counter of ours gets there.
Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Slug = Annotated[str, Meta(max_length=64)]
Re = Annotated[str, Meta(max_length=64)]
PromptName = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[\w-]+\Z")]
# More than any MAX_ATTACHMENTS_PER_MESSAGE.
Attachments = Annotated[tuple[uuid.UUID, ...], Meta(max_length=50)]
ShortcutId = Annotated[str, Meta(pattern=r"^[a-z][a-z.]{0,39}\Z")]
Keys = Annotated[str, Meta(pattern=r"^[^\x00-\x20]{1,40}\Z")]
Role = Annotated[str, Meta(pattern=r"^(owner|editor|viewer)\Z")]


Tools = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=128)], ...], Meta(max_length=100)]


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is asked of a model besides the messages; what is missing or null is the model's own."""

    system: Annotated[str, Meta(max_length=20_000)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    reasoning_effort: ReasoningEffort | None = None
    tools: bool | Tools | None = None


class Command(Struct, frozen=True, kw_only=True):
    """What a client asks for. `re` comes back in the answer."""

    re: Re | None = None


class ConversationList(Command, tag="conversation.list", frozen=True, kw_only=True):
    place: Annotated[str, Meta(pattern=r"^(list|archive|trash)\Z")] = "list"
    folder: Count | None = None
    before: Annotated[str, Meta(max_length=80)] | None = None


class ConversationWatch(Command, tag="conversation.watch", frozen=True, kw_only=True):
    conversation: uuid.UUID
    after: Count = 0


class ConversationUnwatch(Command, tag="conversation.unwatch", frozen=True, kw_only=True):
    conversation: uuid.UUID


class ConversationHistory(Command, tag="conversation.history", frozen=True, kw_only=True):
    conversation: uuid.UUID
    before: Count | None = None
    after: Count | None = None


class ConversationAround(Command, tag="conversation.around", frozen=True, kw_only=True):
    conversation: uuid.UUID
    message: Count


class ConversationRename(Command, tag="conversation.rename", frozen=True, kw_only=True):
    conversation: uuid.UUID
    title: Name


class ConversationModel(Command, tag="conversation.model", frozen=True, kw_only=True):
    conversation: uuid.UUID
    upstream: Slug
    model: Name


class ConversationOptions(Command, tag="conversation.options", frozen=True, kw_only=True):
    conversation: uuid.UUID
    options: Options


class ConversationPlace(Command, tag="conversation.place", frozen=True, kw_only=True):
    conversation: uuid.UUID
    pinned: bool | None = None
    archived: bool | None = None
    folder: Count | UnsetType | None = UNSET


class ConversationTrash(Command, tag="conversation.trash", frozen=True, kw_only=True):
    conversation: uuid.UUID


class ConversationRestore(Command, tag="conversation.restore", frozen=True, kw_only=True):
    conversation: uuid.UUID


class ConversationDelete(Command, tag="conversation.delete", frozen=True, kw_only=True):
    conversation: uuid.UUID


class FolderList(Command, tag="folder.list", frozen=True, kw_only=True):
    pass


class FolderSave(Command, tag="folder.save", frozen=True, kw_only=True):
    folder: Count | None = None
    name: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    open: bool | None = None


class FolderDelete(Command, tag="folder.delete", frozen=True, kw_only=True):
    folder: Count


class MemberAdd(Command, tag="member.add", frozen=True, kw_only=True):
    conversation: uuid.UUID
    name: Name
    role: Role = "editor"


class MemberRole(Command, tag="member.role", frozen=True, kw_only=True):
    conversation: uuid.UUID
    user: Count
    role: Role


class MemberRemove(Command, tag="member.remove", frozen=True, kw_only=True):
    conversation: uuid.UUID
    user: Count


class MessagePost(Command, tag="message.post", frozen=True, kw_only=True):
    client_id: ClientId
    text: str
    attachments: Attachments = ()
    conversation: uuid.UUID | None = None
    parent: Count | None = None
    upstream: Slug = ""
    model: Annotated[str, Meta(max_length=200)] = ""
    options: Options | None = None
    persona: Count | None = None
    behind: bool = False


class PersonaList(Command, tag="persona.list", frozen=True, kw_only=True):
    pass


class PersonaSave(Command, tag="persona.save", frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    options: Options
    persona: Count | None = None
    upstream: Slug = ""
    model: Annotated[str, Meta(max_length=200)] = ""
    team: bool = False


class PersonaDelete(Command, tag="persona.delete", frozen=True, kw_only=True):
    persona: Count


class ConversationPersona(Command, tag="conversation.persona", frozen=True, kw_only=True):
    conversation: uuid.UUID
    persona: Count | None


class MessageCancel(Command, tag="message.cancel", frozen=True, kw_only=True):
    conversation: uuid.UUID
    client_id: ClientId


class MessageHurry(Command, tag="message.hurry", frozen=True, kw_only=True):
    conversation: uuid.UUID
    client_id: ClientId


class DraftSave(Command, tag="draft.save", frozen=True, kw_only=True):
    text: str
    revision: Count
    conversation: uuid.UUID | None = None


class DraftGet(Command, tag="draft.get", frozen=True, kw_only=True):
    conversation: uuid.UUID | None = None


class PromptList(Command, tag="prompt.list", frozen=True, kw_only=True):
    pass


class PromptSave(Command, tag="prompt.save", frozen=True, kw_only=True):
    name: PromptName
    text: Annotated[str, Meta(max_length=8000)]
    prompt: Count | None = None
    team: bool = False


class PromptDelete(Command, tag="prompt.delete", frozen=True, kw_only=True):
    prompt: Count


class MessageRetry(Command, tag="message.retry", frozen=True, kw_only=True):
    client_id: ClientId
    message: Count
    upstream: Slug = ""
    model: Annotated[str, Meta(max_length=200)] = ""


class MessageTrash(Command, tag="message.trash", frozen=True, kw_only=True):
    message: Count


class MessageRestore(Command, tag="message.restore", frozen=True, kw_only=True):
    message: Count


class MessageRate(Command, tag="message.rate", frozen=True, kw_only=True):
    message: Count
    value: Annotated[int, Meta(ge=-1, le=1)]
    reason: Annotated[str, Meta(max_length=2000)] = ""


class RunContinue(Command, tag="run.continue", frozen=True, kw_only=True):
    client_id: ClientId
    message: Count


class RunStop(Command, tag="run.stop", frozen=True, kw_only=True):
    run: Count


class ToolDecide(Command, tag="tool.decide", frozen=True, kw_only=True):
    run: Count
    place: Count
    approve: bool
    arguments: Annotated[str, Meta(max_length=100_000)] | None = None


class RunWatch(Command, tag="run.watch", frozen=True, kw_only=True):
    run: Count
    after: Count = 0


class RunUnwatch(Command, tag="run.unwatch", frozen=True, kw_only=True):
    run: Count


class ModelList(Command, tag="model.list", frozen=True, kw_only=True):
    pass


class Search(Command, tag="search", frozen=True, kw_only=True):
    # More than a person types, so that a pasted page is searched for by its first words instead of refused.
    query: Annotated[str, Meta(min_length=1, max_length=20_000)]
    page: Annotated[int, Meta(ge=0, le=100)] = 0


class Preferences(Struct, frozen=True, kw_only=True):
    """What a page remembers for a person; what is not given stays as it is."""

    theme: Annotated[str, Meta(pattern=r"^(light|dark|)\Z")] | UnsetType = UNSET
    language: Annotated[str, Meta(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|)\Z", max_length=20)] | UnsetType = UNSET
    send_with: Annotated[str, Meta(pattern=r"^(Enter|Mod\+Enter)\Z")] | UnsetType = UNSET
    shortcuts: (
        Annotated[dict[ShortcutId, Annotated[list[Keys], Meta(max_length=4)]], Meta(max_length=100)] | UnsetType
    ) = UNSET
    folded: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=200)] | UnsetType = UNSET


class PreferencesSave(Command, tag="preferences.save", frozen=True, kw_only=True):
    preferences: Preferences


class Ack(Command, tag="ack", frozen=True, kw_only=True):
    frames: Count


class Ping(Command, tag="ping", frozen=True, kw_only=True):
    pass


COMMANDS: dict[str, type[Command]] = {
    command.__struct_config__.tag: command  # type: ignore[misc]
    for command in (
        ConversationList,
        ConversationWatch,
        ConversationUnwatch,
        ConversationHistory,
        ConversationAround,
        ConversationRename,
        ConversationModel,
        ConversationOptions,
        ConversationPlace,
        ConversationTrash,
        ConversationRestore,
        ConversationDelete,
        FolderList,
        FolderSave,
        FolderDelete,
        MemberAdd,
        MemberRole,
        MemberRemove,
        MessagePost,
        MessageCancel,
        MessageHurry,
        DraftSave,
        DraftGet,
        PersonaList,
        PersonaSave,
        PersonaDelete,
        ConversationPersona,
        PromptList,
        PromptSave,
        PromptDelete,
        MessageRetry,
        MessageTrash,
        MessageRestore,
        MessageRate,
        RunContinue,
        RunStop,
        ToolDecide,
        RunWatch,
        RunUnwatch,
        ModelList,
        Search,
        PreferencesSave,
        Ack,
        Ping,
    )
}

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
