"""What each command does: find what it names through the person, check the policy, call one verb, say what to answer.

COMMANDS is the one visible table; a frame never selects code in any other way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings

from chat import catalogue, pages, policy, runs, wire
from chat.models import Conversation, Membership, Message, User, posting
from chat.models.conversation import LastOwner
from chat.threads import in_thread
from chat.upstreams.text import clean

NOT_FOUND = {"code": "not_found", "message": "That is not here, or it is not yours to see."}


class Refusal(Exception):
    """The command is not obeyed: `code` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Done:
    """What to answer, and whose conversation has changed."""

    frame: str
    fields: dict[str, Any] = field(default_factory=dict)
    changed: UUID | None = None
    people: tuple[int, ...] = ()


OK = "ok"


def role_in(user: User, conversation: UUID) -> str:
    """The role of `user`, who must be a member. Raises Refusal."""
    roles = Membership.objects.filter(conversation=conversation, user=user, user__is_active=True)
    for role in roles.values_list("role", flat=True):
        if policy.may(role, policy.READ):
            return role
    raise Refusal(**NOT_FOUND)


def conversation_of_run(user: User, run: int) -> UUID:
    """The conversation of a run that `user` may see. Raises Refusal."""
    for conversation in policy.runs_visible_to(user).filter(pk=run).values_list("message__conversation", flat=True):
        return conversation
    raise Refusal(**NOT_FOUND)


# --- conversations ---


async def _list(user: User, command: wire.ConversationList) -> Done:
    return Done("conversation.list", await in_thread(pages.conversation_list, user, command.before))


async def _history(user: User, command: wire.ConversationHistory) -> Done:
    page = await in_thread(pages.conversation_history, user, command.conversation, command.before)
    if page is None:
        raise Refusal(**NOT_FOUND)
    return Done("conversation.history", page)


async def _rename(user: User, command: wire.ConversationRename) -> Done:
    title = " ".join(clean(command.title).split())

    def rename() -> Done:
        conversation = _conversation(user, command.conversation, policy.WRITE)
        if not title.strip("\u200b\u200c\u200d\u2060\ufeff "):
            raise Refusal("bad_frame", "A title needs at least one letter.")
        conversation.rename(title)
        return _changed(conversation.pk)

    return await in_thread(rename)


async def _choose_model(user: User, command: wire.ConversationModel) -> Done:
    def choose() -> Done:
        conversation = _conversation(user, command.conversation, policy.WRITE)
        _require_model(command.upstream, command.model)
        conversation.choose_model(command.upstream, command.model)
        return _changed(conversation.pk)

    return await in_thread(choose)


async def _models(user: User, command: wire.ModelList) -> Done:
    await catalogue.refresh()
    return Done("model.list", await in_thread(model_list))


def model_list() -> dict[str, Any]:
    """The models a person can choose from, and the one that answers when nobody chose."""
    default = catalogue.default()
    return {
        "models": [_choice(choice) for choice in catalogue.model_list()],
        "default": {"upstream": default.upstream, "model": default.model} if default else None,
    }


# --- members ---


async def _add(user: User, command: wire.MemberAdd) -> Done:
    def add() -> Done:
        conversation = _conversation(user, command.conversation, policy.MANAGE)
        newcomer = User.objects.filter(username__iexact=clean(command.name).strip(), is_active=True).first()
        if newcomer is None:
            raise Refusal("not_found", f"Nobody here has the name {clean(command.name)[:40]!r}.")
        if conversation.role_of(newcomer) is not None:
            raise Refusal("bad_frame", f"{newcomer.display_name} is in this conversation already.")
        conversation.admit(newcomer, command.role)
        return _changed(conversation.pk)

    return await _keeping_an_owner(add)


async def _set_role(user: User, command: wire.MemberRole) -> Done:
    def set_role() -> Done:
        conversation = _conversation(user, command.conversation, policy.MANAGE)
        member = _member(conversation, command.user)
        conversation.admit(member, command.role)
        return _changed(conversation.pk)

    return await _keeping_an_owner(set_role)


async def _remove(user: User, command: wire.MemberRemove) -> Done:
    def remove() -> Done:
        # Everybody may leave; only owners may send others away.
        action = policy.READ if command.user == user.pk else policy.MANAGE
        conversation = _conversation(user, command.conversation, action)
        member = _member(conversation, command.user)
        before = _people(conversation.pk)
        conversation.dismiss(member)
        return Done(OK, changed=conversation.pk, people=before)

    return await _keeping_an_owner(remove)


async def _keeping_an_owner(change: Callable[[], Done]) -> Done:
    try:
        return await in_thread(change)
    except LastOwner:
        raise Refusal("not_allowed", "A conversation needs an owner. Make somebody else one first.") from None


# --- messages and runs ---


async def _post(user: User, command: wire.MessagePost) -> Done:
    text = clean(command.text)
    if not text.strip():
        raise Refusal("bad_frame", "An empty message says nothing.")
    if len(text) > settings.MAX_MESSAGE_CHARS:
        raise Refusal(
            "too_large", f"A message has at most {settings.MAX_MESSAGE_CHARS:,} characters. Yours has {len(text):,}."
        )

    def post(owner: str) -> posting.Posted:
        row = _conversation(user, command.conversation, policy.WRITE) if command.conversation else None
        upstream, model = command.upstream, command.model
        if not upstream and row is not None:
            upstream, model = row.upstream, row.model
        choice = _chosen(upstream, model, owner)
        return posting.post(
            user, command.client_id, text, choice, conversation=command.conversation, parent=command.parent
        )

    return await _posted(command.client_id, post)


async def _retry(user: User, command: wire.MessageRetry) -> Done:
    def retry(owner: str) -> posting.Posted:
        answer = _answer(user, command.message)
        choice = _chosen(command.upstream or answer.upstream, command.model or answer.model, owner)
        return posting.retry(user, command.client_id, answer, choice)

    return await _posted(command.client_id, retry)


async def _continue(user: User, command: wire.RunContinue) -> Done:
    def resume(owner: str) -> posting.Posted:
        answer = _answer(user, command.message)
        return posting.resume(user, command.client_id, answer, _chosen(answer.upstream, answer.model, owner))

    return await _posted(command.client_id, resume)


async def _stop(user: User, command: wire.RunStop) -> Done:
    def permit() -> UUID:
        conversation = conversation_of_run(user, command.run)
        _conversation(user, conversation, policy.WRITE)
        return conversation

    await in_thread(permit)
    await runs.stop(command.run)
    return Done(OK)


async def _posted(client_id: str, make: Callable[[str], posting.Posted]) -> Done:
    if runs.here().is_draining:
        raise Refusal("stopping", "The server is restarting. Your message goes out as soon as it is back.")
    await runs.begin()
    try:
        posted = await in_thread(make, runs.here().process)
    except posting.NotPosted as error:
        raise Refusal(error.code, str(error)) from None
    if posted.is_new:
        await runs.start(posted.run)
    fields = {
        "client_id": client_id,
        "conversation": str(posted.conversation),
        "message": posted.message,
        "answer": posted.answer,
        "run": posted.run.pk,
    }
    return Done("message.posted", fields, posted.conversation, await in_thread(_people, posted.conversation))


# --- finding ---


def _conversation(user: User, pk: UUID, action: str) -> Conversation:
    if not policy.may(role_in(user, pk), action):
        raise Refusal("not_allowed", "Your role in this conversation does not allow that.")
    return Conversation.objects.get(pk=pk)


def _answer(user: User, pk: int) -> Message:
    message = policy.messages_visible_to(user).filter(pk=pk, role=Message.Role.ASSISTANT).first()
    if message is None:
        raise Refusal(**NOT_FOUND)
    _conversation(user, message.conversation_id, policy.WRITE)
    return message


def _member(conversation: Conversation, user_id: int) -> User:
    member = User.objects.filter(pk=user_id, memberships__conversation=conversation).first()
    if member is None:
        raise Refusal("not_found", "That person is not in this conversation.")
    return member


def _chosen(upstream: str, model: str, owner: str) -> posting.Choice:
    if not upstream:
        default = catalogue.default()
        if default is None:
            raise Refusal("no_model", _why_no_model())
        upstream, model = default.upstream, default.model
    _require_model(upstream, model)
    return posting.Choice(upstream, model, owner)


def _why_no_model() -> str:
    silent = catalogue.without_models()
    if silent is None:
        return "No model is connected yet. An administrator can add one under Upstreams."
    return (
        f"{silent.name} is connected, but its models could not be listed. An administrator can see why under Upstreams."
    )


def _require_model(upstream: str, model: str) -> None:
    if not model or model != clean(model) or not catalogue.offers(upstream, model):
        raise Refusal("no_model", "That model is not available any more. Choose another one.")


def _choice(choice: catalogue.ModelChoice) -> dict[str, Any]:
    return {
        "upstream": choice.upstream,
        "upstream_name": choice.upstream_name,
        "model": choice.model,
        "demo": choice.demo,
    }


def _changed(conversation: UUID) -> Done:
    return Done(OK, changed=conversation, people=_people(conversation))


def _people(conversation: UUID) -> tuple[int, ...]:
    return tuple(Membership.objects.filter(conversation=conversation).values_list("user_id", flat=True))


COMMANDS: dict[type[wire.Command], Callable[[User, Any], Awaitable[Done]]] = {
    wire.ConversationList: _list,
    wire.ConversationHistory: _history,
    wire.ConversationRename: _rename,
    wire.ConversationModel: _choose_model,
    wire.ModelList: _models,
    wire.MemberAdd: _add,
    wire.MemberRole: _set_role,
    wire.MemberRemove: _remove,
    wire.MessagePost: _post,
    wire.MessageRetry: _retry,
    wire.RunContinue: _continue,
    wire.RunStop: _stop,
}
