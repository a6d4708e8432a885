"""Every command about things that are somebody else's, in the trash, or missing: one table, made from wire.COMMANDS."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from chat import commands, runs, wire
from chat.database import in_thread
from chat.models import Attachment, Conversation, Folder, Message, Persona, Prompt, Run, ToolCall, User
from chat.wire.commands import ConversationList
from tests.cast import Cast, answered, post
from tests.doors import NAMING, frame_about, named_by
from tests.environment import set_upstream

pytestmark = pytest.mark.django_db(transaction=True)

DOORS = [name for name, kind in wire.COMMANDS.items() if kind in commands.COMMANDS and named_by(name)]
# The commands that are meant to find things in the trash.
OF_TRASH = {"conversation.restore", "conversation.delete", "message.restore"}
# It only filters one's own conversations: somebody else's folder has none of them.
NARROWS = {("conversation.list", "folder")}


@pytest.fixture(autouse=True)
def _models(settings: Any) -> None:
    # Nobody answers on port 9: a run that starts here fails at once.
    set_upstream(settings, "openai", base_url="http://127.0.0.1:9", models=("m",))
    settings.MAX_ATTEMPTS = 1


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


def things_of(user: User) -> dict[str, Any]:
    """One of each kind of thing that belongs to `user`, by the name of the field that names it."""
    stored = post(user, "A secret.")
    answered(stored.run.pk)
    Message.objects.filter(pk=stored.answer).update(upstream="openai", model="m")
    Run.objects.filter(pk=stored.run.pk).update(status=Run.Status.WAITING, process="elsewhere")
    ToolCall.objects.create(
        message_id=stored.answer, run_id=stored.run.pk, index=0, requested_by=user, tool="calculator",
        arguments="{}", status=ToolCall.Status.ASKED,
    )  # fmt: skip
    persona = Persona(author=user)
    persona.become(user, "Secret", upstream="", model="", options={})
    file = Attachment.objects.create(uploader=user, name="a.txt", kind="text", media_type="text/plain", size_bytes=1)
    return {
        "conversation": str(stored.conversation),
        "message": stored.answer,
        "run": stored.run.pk,
        "parent": stored.answer,
        "folder": Folder.objects.create(user=user, name="Secret").pk,
        "persona": persona.pk,
        "prompt": Prompt.objects.create(author=user, name="secret", text="x").pk,
        "attachments": [str(file.pk)],
    }


def nothing() -> dict[str, Any]:
    """Ids of things that do not exist."""
    missing = dict.fromkeys(NAMING, 2**53 - 1)
    return {**missing, "conversation": str(uuid.uuid4()), "attachments": [str(uuid.uuid4())]}


async def obey(user: User, name: str, fields: dict[str, Any]) -> tuple[str, str]:
    """The type of the answer, or code and words of the refusal."""
    command = msgspec.convert({"type": name, **fields}, wire.COMMANDS[name])
    try:
        return (await commands.COMMANDS[type(command)](user, command)).frame, ""
    except commands.RefusalError as refusal:
        return refusal.code, str(refusal)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", DOORS)
async def test_a_stranger_finds_nothing_and_cannot_tell_it_from_nowhere(name: str, cast: Cast) -> None:
    theirs, nobodys = await in_thread(things_of, cast.alice), nothing()
    if (name, "folder") in NARROWS:
        done = await commands.COMMANDS[ConversationList](
            cast.charlie, msgspec.convert({**frame_about(name, theirs), "type": name}, ConversationList)
        )
        assert done.fields["items"] == []
        return
    for person in (cast.charlie, cast.ada):
        refusals = [await obey(person, name, frame_about(name, things)) for things in (theirs, nobodys)]
        assert refusals[0] == refusals[1]
        assert refusals[0][0] == "not_found"
    # The owner of the things is obeyed, or refused for another reason.
    assert (await obey(cast.alice, name, frame_about(name, theirs)))[0] != "not_found" or name in OF_TRASH | {
        "member.add", "member.role", "member.remove", "message.cancel", "message.hurry", "message.post", "server.prompt", "server.resource",
    }  # fmt: skip  # the person, queued message or server that these name does not exist


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "foreign"), [(name, one) for name in DOORS for one in named_by(name) if len(named_by(name)) > 1]
)
async def test_one_foreign_thing_among_ones_own_is_not_found(name: str, foreign: str, cast: Cast) -> None:
    own, theirs = await in_thread(things_of, cast.charlie), await in_thread(things_of, cast.alice)
    # A persona is given for a new conversation, a file or a parent for an existing one.
    for things in (own, theirs):
        if name == "message.post":
            without = ("conversation", "parent") if foreign == "persona" else ("persona",)
            things_for = {key: value for key, value in things.items() if key not in without}
            things.clear()
            things.update(things_for)
    await in_thread(Run.objects.filter(pk=own["run"]).update, status=Run.Status.DONE)
    got, _ = await obey(cast.charlie, name, frame_about(name, {**own, foreign: theirs[foreign]}))
    assert got == "not_found"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "trashed"), [(name, what) for name, what in itertools.product(DOORS, ("conversation", "message", "both"))]
)
async def test_what_is_in_the_trash_is_found_by_what_empties_it_alone(name: str, trashed: str, cast: Cast) -> None:
    named = set(named_by(name)) & (
        {"message", "run", "parent"} if trashed == "message" else {"conversation", "message", "run"}
    )
    if not named:
        return
    things = await in_thread(things_of, cast.alice)

    def put() -> None:
        if trashed != "message":
            Conversation.objects.filter(pk=things["conversation"]).update(trashed_at=timezone.now())
        if trashed != "conversation":
            Message.objects.filter(pk=things["message"]).update(trashed_at=timezone.now(), trashed_by=cast.alice)

    await in_thread(put)
    about = {**things, "attachments": []}
    if name == "message.post":
        del about["persona"]
    got, _ = await obey(cast.alice, name, frame_about(name, about))
    if name in OF_TRASH:
        finds = trashed != "message" if name.startswith("conversation") else trashed == "message"
        assert got == ("ok" if finds else "not_found")
    else:
        assert got == "not_found"


def test_every_page_has_a_row_and_shows_strangers_nothing(cast: Cast, rows: dict[str, tuple[Any, ...]]) -> None:
    assert {str(pattern.name) for pattern in get_resolver("chat.web.urls").url_patterns} == set(rows)
    for name, (path, anonymous, stranger, reader, _) in rows.items():
        for user, status in ((None, anonymous), (cast.charlie, stranger), (cast.vera, reader)):
            client = Client()
            if user is not None:
                client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            assert client.get(path).status_code == status, (name, user)
    Conversation.objects.filter(pk=cast.conversation.pk).update(trashed_at=timezone.now())
    for name, (path, _, _, _, trashed) in rows.items():
        client = Client()
        client.force_login(cast.vera, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(path).status_code == trashed, name


@pytest.fixture
def rows(cast: Cast, settings: Any, tmp_path: Any) -> dict[str, tuple[Any, ...]]:
    """Each path with its status for a visitor without an account, a stranger, a viewer, and the viewer after trashing."""
    from chat.attachments import files
    from chat.attachments.content import page_blob

    settings.MEDIA_ROOT, settings.DEVELOPER = tmp_path, False
    file = Attachment.objects.create(
        uploader=cast.alice,
        message=cast.question,
        name="a.pdf",
        kind="pdf",
        media_type="application/pdf",
        size_bytes=1,
        scans=[1],
    )
    files.save(file.pk, files.WHOLE, b"x")
    files.save(file.pk, page_blob(1), b"x")
    return {
        "new_conversation": ("/", 302, 200, 200, 200),
        "conversation": (f"/c/{cast.conversation.pk}/", 302, 404, 200, 404),
        "print": (f"/c/{cast.conversation.pk}/print/", 302, 404, 200, 404),
        "download": (f"/c/{cast.conversation.pk}/download/md/", 302, 404, 200, 404),
        "csp_report": ("/reports/csp/", 405, 405, 405, 405),
        "manifest": ("/manifest.webmanifest", 200, 200, 200, 200),
        "gallery": ("/gallery/", 404, 404, 404, 404),
        "gallery_scene": ("/gallery/long/", 404, 404, 404, 404),
        "upload": ("/files/", 405, 405, 405, 405),
        "file": (f"/files/{file.pk}/", 302, 404, 200, 404),
        "thumbnail": (f"/files/{file.pk}/small/", 302, 404, 200, 404),
        "file_page": (f"/files/{file.pk}/page/1/", 302, 404, 200, 404),
        "file_text": (f"/files/{file.pk}/text/", 302, 404, 200, 404),
        "file_encoding": (f"/files/{file.pk}/encoding/", 405, 405, 405, 405),
        "diagram_sandbox": ("/frames/diagram/", 200, 200, 200, 200),
        "image_sandbox": ("/frames/image/", 200, 200, 200, 200),
    }
