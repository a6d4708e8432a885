"""Each command by each role on the cast's conversation, somebody else's, and a missing one (C14): the policy's table."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from django.contrib.auth.models import AnonymousUser

from chat import catalogue, commands, policy, runs, wire
from chat.commands.asked import asked_of
from chat.database import in_thread
from chat.models import Conversation, Membership, Message, QueuedMessage, Run, Upstream, User
from chat.wire.commands import ConversationList
from tests.cast import Cast, answered, post
from tests.core.scene import ended
from tests.doors import actions_in_the_document, frame_about, named_by
from tests.environment import set_upstream

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
ROLES = ("owner", "editor", "viewer", "stranger", "administrator")
# Other tests show these: what is in the trash, a decision about a tool, a persona of one's own, and what servers offer.
ELSEWHERE = {
    "conversation.restore",
    "conversation.delete",
    "tool.decide",
    "conversation.persona",
    "server.prompt",
    "server.resource",
}
# What docs/protocol.md says of a command's role is what the door has to hold.
NEEDS = {name: action for name, action in actions_in_the_document().items() if name not in ELSEWHERE}


@pytest.fixture(autouse=True)
def _models(settings: Any) -> None:
    # Nobody answers on port 9: a run that starts here fails at once, which is all that these tests need.
    set_upstream(settings, "openai", base_url="http://127.0.0.1:9", models=("m",))
    settings.MAX_ATTEMPTS = 1


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


def frame_for(name: str, cast: Cast, where: str) -> dict[str, Any]:
    """A valid frame of that command about the cast's conversation ("here"), another of Alice's, or none ("missing")."""
    conversation, answer, run = cast.conversation.pk, cast.answer.pk, cast.run.pk
    if where == "missing":
        conversation, answer, run = uuid.uuid4(), 2**53 - 1, 2**53 - 1
    if where == "foreign":
        stored = post(cast.ada, "Mine.")
        answered(stored.run.pk)
        conversation, answer, run = stored.conversation, stored.answer, stored.run.pk
    # Everybody has a queued message there, whatever they may do with it.
    for person in (
        (cast.alice, cast.bob, cast.vera, cast.charlie) if name in ("message.cancel", "message.hurry") else ()
    ):
        QueuedMessage.objects.create(
            conversation=cast.conversation, author=person, after=cast.answer, client_id="waiting-1", upstream="openai"
        )
    special: dict[str, dict[str, Any]] = {
        "member.add": {"name": "charlie"},
        "member.role": {"user": cast.vera.pk, "role": "editor"},
        "member.remove": {"user": cast.vera.pk},
        "message.cancel": {"client_id": "waiting-1"},
        "message.hurry": {"client_id": "waiting-1"},
    }
    things = {"conversation": str(conversation), "message": answer, "run": run, "parent": answer}
    return {**frame_about(name, things), **special.get(name, {})}


async def obey(user: User, name: str, fields: dict[str, Any]) -> str:
    """The type of the answer, or the code of the refusal."""
    command = wire.parse(json.dumps({"type": name, **fields}))
    try:
        return (await commands.COMMANDS[type(command)](user, command)).frame
    except commands.RefusalError as refusal:
        return refusal.code


async def test_every_command_about_a_conversation_is_tested_here() -> None:
    about = {name for name, kind in wire.COMMANDS.items() if kind in commands.COMMANDS and named_by(name)}
    own = {"folder.save", "folder.delete", "persona.save", "persona.delete", "prompt.save", "prompt.delete"}
    assert about - own - {"conversation.list", "search"} == {*NEEDS, *ELSEWHERE}


@pytest.mark.parametrize(("role", "name"), list(itertools.product(ROLES, NEEDS)))
async def test_a_role_may_do_what_the_policy_says_and_strangers_find_nothing(role: str, name: str, cast: Cast) -> None:
    await in_thread(Message.objects.filter(pk=cast.answer.pk).update, upstream="openai", model="m")
    fields = await in_thread(frame_for, name, cast, "here")
    if (role, name) == ("viewer", "member.remove"):
        fields["user"] = cast.bob.pk  # another test covers that she may leave
    got = await obey(cast.role(role), name, fields)
    if role in ("stranger", "administrator"):
        assert got == "not_found"
    elif policy.may(role, NEEDS[name]):
        assert got in ("ok", "message.posted", "conversation.history", "conversation.around", "draft")
    else:
        assert got == "not_allowed"


@pytest.mark.parametrize(("name", "where"), list(itertools.product(NEEDS, ("foreign", "missing"))))
async def test_somebody_elses_and_nobodys_look_the_same(name: str, where: str, cast: Cast) -> None:
    fields = await in_thread(frame_for, name, cast, where)
    assert await obey(cast.alice, name, fields) == "not_found"


@pytest.mark.parametrize("name", NEEDS)
async def test_somebody_deactivated_may_do_nothing(name: str, cast: Cast) -> None:
    await in_thread(User.objects.filter(pk=cast.alice.pk).update, is_active=False)
    await in_thread(cast.alice.refresh_from_db)
    fields = await in_thread(frame_for, name, cast, "here")
    assert await obey(cast.alice, name, fields) == "not_found"


async def test_the_list_has_only_conversations_of_ones_own(cast: Cast) -> None:
    for name, count in (("owner", 1), ("editor", 1), ("viewer", 1), ("stranger", 0), ("administrator", 0)):
        done = await commands.COMMANDS[ConversationList](cast.role(name), ConversationList())
        assert len(done.fields["items"]) == count, name


async def test_a_viewer_may_leave_and_the_last_owner_may_not(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    assert await obey(cast.vera, "member.remove", {"conversation": conversation, "user": cast.vera.pk}) == "ok"
    assert await in_thread(cast.conversation.role_of, cast.vera) is None
    leave = {"conversation": conversation, "user": cast.alice.pk}
    assert await obey(cast.alice, "member.remove", leave) == "not_allowed"
    demote = {"conversation": conversation, "user": cast.alice.pk, "role": "editor"}
    assert await obey(cast.alice, "member.role", demote) == "not_allowed"
    await obey(cast.alice, "member.role", {"conversation": conversation, "user": cast.bob.pk, "role": "owner"})
    assert await obey(cast.alice, "member.remove", leave) == "ok"


async def test_nobody_can_be_added_twice_or_by_a_wrong_name(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    assert await obey(cast.alice, "member.add", {"conversation": conversation, "name": "BOB "}) == "bad_frame"
    assert await obey(cast.alice, "member.add", {"conversation": conversation, "name": "nobody"}) == "not_found"
    assert await obey(cast.alice, "member.add", {"conversation": conversation, "name": "\0'; --"}) == "not_found"


@pytest.mark.parametrize("title", ["   ", "\u200b\u200d", "\u202e", "\u3164 \u2800", "\u0301", "\n\t"])
async def test_a_title_needs_something_to_see(title: str, cast: Cast) -> None:
    fields = {"conversation": str(cast.conversation.pk), "title": title}
    assert await obey(cast.alice, "conversation.rename", fields) == "bad_frame"


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "{{7*7}} %s ../../", "اَلْعَرَبِيَّةُ", "👩‍👩‍👧‍👦 \u202e"])
async def test_a_title_is_kept_as_it_is(title: str, cast: Cast) -> None:
    assert (
        await obey(cast.alice, "conversation.rename", {"conversation": str(cast.conversation.pk), "title": title})
        == "ok"
    )
    await in_thread(cast.conversation.refresh_from_db)
    assert cast.conversation.title == title


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_frame"),
        (" \n ", "bad_frame"),
        ("\u200b\u2060\U000e0074\u2800", "bad_frame"),
        ("\U000e0099", "bad_frame"),
        ("❤\ufe0f", "message.posted"),
        # An emoji of Unicode 16, which is newer than Python 3.11.
        ("\U0001fae9", "message.posted"),
        ("x" * 1001, "too_large"),
        ("x" * 1000, "message.posted"),
    ],
)
async def test_a_message_has_something_to_say_and_fits(text: str, code: str, cast: Cast, settings: Any) -> None:
    settings.MAX_MESSAGE_CHARS = 1000
    assert await obey(cast.alice, "message.post", {"client_id": "12345678", "text": text}) == code


async def test_a_message_with_a_nul_is_stored_with_a_visible_replacement(cast: Cast) -> None:
    assert await obey(cast.alice, "message.post", {"client_id": "with-nul", "text": "a\0b"}) == "message.posted"
    stored = await in_thread(Message.objects.get, client_id="with-nul")
    assert stored.text == "a\ufffdb"


@pytest.mark.parametrize(
    ("upstream", "model"),
    [("nowhere", "m"), ("openai", ""), ("openai", "unlisted"), ("openai", "m\0"), ("openai", "\ud800")],
)
async def test_a_model_that_is_not_there_is_said_to_be_gone(upstream: str, model: str, cast: Cast) -> None:
    fields = {"client_id": "12345678", "text": "Hi", "upstream": upstream, "model": model}
    assert await obey(cast.alice, "message.post", fields) == "no_model"


async def test_an_upstream_whose_key_cannot_be_opened_ends_the_run_and_nobodys_socket(cast: Cast) -> None:
    def locked() -> None:
        row = Upstream.objects.create(
            slug="house", name="House", format="openai", base_url="https://models.example", model_names=["m"]
        )
        Upstream.objects.filter(pk=row.pk).update(sealed_key="sealed by a key that is lost")

    await in_thread(locked)
    fields = {"client_id": "12345678", "text": "Hi", "upstream": "house", "model": "m"}
    assert await obey(cast.alice, "message.post", fields) == "message.posted"
    run = await in_thread(Run.objects.get, client_id="12345678")
    seen = await ended(runs.this_process(), run)
    assert (seen["run"]["status"], seen["run"]["error"]["code"]) == ("failed", "key_unreadable")


async def test_without_any_model_the_answer_says_who_can_help(cast: Cast, settings: Any) -> None:
    settings.ENVIRONMENT_UPSTREAMS = ()
    catalogue.forget()
    assert await obey(cast.alice, "message.post", {"client_id": "12345678", "text": "Hi"}) == "no_model"


async def test_an_upstream_that_lists_no_model_is_named(cast: Cast, settings: Any) -> None:
    set_upstream(settings, "openai", base_url="http://127.0.0.1:9", models=())
    catalogue.forget()
    with pytest.raises(commands.RefusalError, match=r"127\.0\.0\.1:9 is connected, but its models could not be listed"):
        await in_thread(asked_of, "", "")


async def test_a_stopping_server_takes_no_message(cast: Cast) -> None:
    runs.this_process().life.is_draining = True
    assert await obey(cast.alice, "message.post", {"client_id": "12345678", "text": "Hi"}) == "stopping"
    assert not await in_thread(Message.objects.filter(client_id="12345678").exists)


@pytest.mark.parametrize(
    "before", ["", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30"]
)
async def test_the_list_takes_any_moment(before: str, cast: Cast) -> None:
    assert await obey(cast.alice, "conversation.list", {"before": before}) == "conversation.list"


async def test_anonymous_people_see_nothing(cast: Cast) -> None:
    assert not await in_thread(policy.visible_to(AnonymousUser()).exists)
    assert await in_thread(lambda: [Conversation.objects.count(), Membership.objects.count(), Run.objects.count()]) == [
        1,
        3,
        1,
    ]
