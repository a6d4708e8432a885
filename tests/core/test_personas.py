"""Personas: whose they are, what a version contains, and which version a conversation and a run used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat import commands, runs, wire
from chat.database import in_thread
from chat.models import Conversation, Persona, PersonaVersion, Run, User
from chat.runs.toolbox import toolbox_of
from chat.shown.conversation import conversation_patch
from chat.wire.commands import Command
from tests.cast import Cast
from tests.environment import set_upstream

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

OPTIONS = {"system": "You are terse.", "temperature": 0.2, "tools": ["calculator"]}


@pytest.fixture(autouse=True)
def _models(settings: Any) -> None:
    set_upstream(settings, "openai", base_url="http://127.0.0.1:9", models=("m", "n"))
    settings.MAX_ATTEMPTS = 1


async def says(user: User, type: str, **fields: Any) -> Any:
    """The fields of a command's answer, or the code of its refusal."""
    command = wire.parse(json.dumps({"type": type, **fields}))
    try:
        return (await commands.COMMANDS[type_of(command)](user, command)).fields
    except commands.RefusalError as error:
        return error.code


def type_of(command: Command) -> type[Command]:
    return type(command)


async def made(user: User, name: str = "Editor", **fields: Any) -> dict[str, Any]:
    listed = await says(user, "persona.save", name=name, options=OPTIONS, **fields)
    found: dict[str, Any] = next(one for one in listed["personas"] if one["name"] == name)
    return found


async def patch(user: User, conversation: Conversation) -> dict[str, Any]:
    found = await in_thread(conversation_patch, user, conversation.pk, 0)
    assert found is not None
    return found


async def test_ones_own_are_seen_by_oneself_and_the_teams_by_all(cast: Cast) -> None:
    own = await made(cast.alice)
    assert own == {
        "id": own["id"],
        "name": "Editor",
        "team": False,
        "version": 1,
        "upstream": "",
        "model": "",
        "options": OPTIONS,
    }
    ours = await made(cast.ada, "House style", team=True)
    assert [one["name"] for one in (await says(cast.alice, "persona.list"))["personas"]] == ["Editor", "House style"]
    assert [one["name"] for one in (await says(cast.charlie, "persona.list"))["personas"]] == ["House style"]
    assert await says(cast.alice, "persona.save", name="Mine", options={}, team=True) == "not_allowed"
    for persona in (own["id"], ours["id"]):
        assert await says(cast.charlie, "persona.save", persona=persona, name="Stolen", options={}) == "not_found"
        assert await says(cast.charlie, "persona.delete", persona=persona) == "not_found"
    assert (
        await says(cast.charlie, "conversation.persona", conversation=str(cast.conversation.pk), persona=ours["id"])
        == "not_found"
    )
    assert (
        await says(cast.alice, "conversation.persona", conversation=str(cast.conversation.pk), persona=own["id"]) == {}
    )


async def test_each_change_is_a_version_and_none_is_lost(cast: Cast) -> None:
    own = await made(cast.alice)
    assert (await made(cast.alice, persona=own["id"]))["version"] == 1, "nothing was different"
    changed = await says(
        cast.alice, "persona.save", persona=own["id"], name="Editor", options={"system": "You are kind."}
    )
    assert changed["personas"][0]["version"] == 2
    versions = await in_thread(lambda: [v.options["system"] for v in PersonaVersion.objects.order_by("number")])
    assert versions == ["You are terse.", "You are kind."]


async def test_a_conversation_keeps_the_version_it_chose(cast: Cast) -> None:
    own = await made(cast.alice, upstream="openai", model="n")
    await says(cast.alice, "conversation.persona", conversation=str(cast.conversation.pk), persona=own["id"])
    await says(cast.alice, "persona.save", persona=own["id"], name="Editor", options={})
    now = await patch(cast.bob, cast.conversation)
    assert now["persona"] == {"id": own["id"], "name": "Editor", "version": 1}
    assert (now["options"], now["upstream"], now["model"]) == (OPTIONS, "openai", "n")


@pytest.mark.parametrize(
    ("type", "fields", "stays"),
    [
        ("conversation.options", {"options": OPTIONS}, True),
        ("conversation.options", {"options": {"temperature": 1.0}}, False),
        ("conversation.model", {"upstream": "openai", "model": "n"}, True),
        ("conversation.model", {"upstream": "openai", "model": "m"}, False),
    ],
)
async def test_other_options_or_another_model_leave_the_persona(
    type: str, fields: dict[str, Any], stays: bool, cast: Cast
) -> None:
    own = await made(cast.alice, upstream="openai", model="n")
    where = {"conversation": str(cast.conversation.pk)}
    await says(cast.alice, "conversation.persona", **where, persona=own["id"])
    assert await says(cast.alice, type, **where, **fields) == {}
    assert ((await patch(cast.alice, cast.conversation))["persona"] is not None) is stays


async def test_a_new_conversation_begins_with_a_persona_and_its_runs_say_so(cast: Cast) -> None:
    own = await made(cast.alice, upstream="openai", model="n")
    posted = await says(
        cast.alice, "message.post", client_id="with-persona", text="Hi", persona=own["id"], upstream="openai", model="m"
    )
    run = await in_thread(Run.objects.select_related("persona", "message__conversation__persona").get, pk=posted["run"])
    assert run.persona == run.message.conversation.persona
    assert (run.persona and run.persona.number, run.model, run.options) == (1, "n", OPTIONS)
    assert list((await in_thread(toolbox_of, run)).offers) == ["calculator"]
    foreign = await made(cast.ada)
    assert (
        await says(cast.alice, "message.post", client_id="with-foreign", text="Hi", persona=foreign["id"])
        == "not_found"
    )
    await runs.this_process().drain(0)


async def test_a_deleted_persona_is_no_longer_offered_and_stays_on_the_record(cast: Cast) -> None:
    own = await made(cast.alice)
    where = {"conversation": str(cast.conversation.pk)}
    await says(cast.alice, "conversation.persona", **where, persona=own["id"])
    assert (await says(cast.alice, "persona.delete", persona=own["id"]))["personas"] == []
    assert await says(cast.alice, "conversation.persona", **where, persona=own["id"]) == "not_found"
    assert (await patch(cast.alice, cast.conversation))["persona"]["name"] == "Editor"
    assert await says(cast.alice, "conversation.persona", **where, persona=None) == {}
    assert (await patch(cast.alice, cast.conversation))["persona"] is None
    assert await in_thread(Persona.objects.count) == 1


async def test_a_persona_needs_a_name_and_a_model_that_is_there(cast: Cast) -> None:
    assert await says(cast.alice, "persona.save", name=" \u200b ".replace("\u200b", ""), options={}) == "bad_frame"
    assert await says(cast.alice, "persona.save", name="X", options={}, upstream="openai", model="gone") == "no_model"


async def test_with_an_account_go_its_personas(cast: Cast) -> None:
    await made(cast.charlie)
    assert await in_thread(PersonaVersion.objects.exists)
    await in_thread(cast.charlie.delete)
    assert not await in_thread(PersonaVersion.objects.exists)
