"""Every command that a client may send: its name and its shape, with a bound for every field.

A new one is a class here, its twin in static/js/shared/wire.js and a paragraph in docs/protocol.md.
"""

import uuid
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from chat.upstreams.request import ReasoningEffort

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


Tools = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=128)], ...], Meta(max_length=500)]


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
    shelf: Annotated[str, Meta(pattern=r"^(list|archive|trash)\Z")] = "list"
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


class ConversationFiling(Command, tag="conversation.filing", frozen=True, kw_only=True):
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


class PromptList(Command, tag="prompt.list", frozen=True, kw_only=True):
    pass


class PromptSave(Command, tag="prompt.save", frozen=True, kw_only=True):
    name: PromptName
    text: Annotated[str, Meta(max_length=8000)]
    prompt: Count | None = None
    team: bool = False


class PromptDelete(Command, tag="prompt.delete", frozen=True, kw_only=True):
    prompt: Count


class ServerPrompt(Command, tag="server.prompt", frozen=True, kw_only=True):
    server: Slug
    name: Name
    values: Annotated[dict[str, Annotated[str, Meta(max_length=20_000)]], Meta(max_length=20)] = {}
    conversation: uuid.UUID | None = None


class ServerResource(Command, tag="server.resource", frozen=True, kw_only=True):
    server: Slug
    uri: Annotated[str, Meta(min_length=1, max_length=2000)]
    conversation: uuid.UUID | None = None


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
    index: Count
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
    send_with: Annotated[str, Meta(pattern=r"^(Enter|Mod\+Enter)?\Z")] | UnsetType = UNSET
    shortcuts: (
        Annotated[dict[ShortcutId, Annotated[list[Keys], Meta(max_length=4)]], Meta(max_length=100)] | UnsetType
    ) = UNSET
    folded: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=200)] | UnsetType = UNSET


class PreferencesSave(Command, tag="preferences.save", frozen=True, kw_only=True):
    preferences: Preferences


class Ack(Command, tag="ack", frozen=True, kw_only=True, forbid_unknown_fields=True):
    frames: Count


class Ping(Command, tag="ping", frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


# All of this file, by their names.
COMMANDS: dict[str, type[Command]] = {
    command.__struct_config__.tag: command  # type: ignore[misc]
    for command in Command.__subclasses__()
}
