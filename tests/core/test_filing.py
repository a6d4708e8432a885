"""Pinned, archived, in a folder, in the trash: who may, who sees it, and who hears of it."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest

from chat import runs
from chat.database import in_thread
from chat.models import AuditEntry, Conversation, Folder, Membership, Message, Run, User
from chat.models.folder import MAX_FOLDERS
from chat.shown import listing
from chat.sockets.sweep import open_sockets
from tests.cast import Cast
from tests.core.scene import ended, process, use
from tests.core.talk import Talk
from tests.core.test_commands import ROLES, obey
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def member(user: User) -> Membership:
    return await Membership.objects.aget(user=user)


async def folder_for(user: User, name: str = "Work") -> Folder:
    return await Folder.objects.acreate(user=user, name=name)


async def trashed(cast: Cast) -> dict[str, Any]:
    """Alice's conversation is in the trash; the fields that name it."""
    await in_thread(cast.conversation.trash, cast.alice)
    return {"conversation": str(cast.conversation.pk)}


@pytest.mark.parametrize(
    ("role", "name"), list(itertools.product(ROLES, ("conversation.restore", "conversation.delete")))
)
async def test_only_owners_reach_into_the_trash(role: str, name: str, cast: Cast) -> None:
    fields = {"conversation": str(cast.conversation.pk)}
    assert await obey(cast.alice, name, fields) == "not_found", "it is not in the trash yet"
    await trashed(cast)
    assert await obey(cast.role(role), name, fields) == ("ok" if role == "owner" else "not_found")
    assert await Conversation.objects.filter(pk=cast.conversation.pk).aexists() != (
        (role, name) == ("owner", "conversation.delete")
    )


@pytest.mark.parametrize("role", ["owner", "editor", "viewer"])
async def test_what_is_in_the_trash_is_behind_no_other_door(role: str, cast: Cast) -> None:
    fields = await trashed(cast)
    user = cast.role(role)
    doors: list[tuple[str, dict[str, Any]]] = [
        ("conversation.history", {**fields, "before": 2**53}),
        ("conversation.rename", {**fields, "title": "New"}),
        ("conversation.filing", {**fields, "pinned": True}),
        ("conversation.trash", fields),
        ("message.post", {**fields, "text": "More", "client_id": "client-1", "parent": cast.answer.pk}),
        ("message.retry", {"message": cast.answer.pk, "client_id": "client-2"}),
        ("run.continue", {"message": cast.answer.pk, "client_id": "client-3"}),
        ("run.stop", {"run": cast.run.pk}),
        ("member.remove", {**fields, "user": user.pk}),
    ]
    assert [await obey(user, name, given) for name, given in doors] == ["not_found"] * len(doors)


async def test_a_conversation_is_placed_for_oneself_alone(cast: Cast) -> None:
    folder = await folder_for(cast.bob)
    fields = {"conversation": str(cast.conversation.pk)}
    assert await obey(cast.bob, "conversation.filing", {**fields, "pinned": True, "folder": folder.pk}) == "ok"
    assert await obey(cast.bob, "conversation.filing", {**fields, "archived": True}) == "ok"
    mine, others = await member(cast.bob), await member(cast.alice)
    assert (bool(mine.pinned_at), bool(mine.archived_at), mine.folder_id) == (True, True, folder.pk)
    assert (others.pinned_at, others.archived_at, others.folder_id) == (None, None, None)
    back = {"pinned": False, "archived": False, "folder": None}
    assert await obey(cast.bob, "conversation.filing", {**fields, **back}) == "ok"
    mine = await member(cast.bob)
    assert (mine.pinned_at, mine.archived_at, mine.folder_id) == (None, None, None)


async def test_somebody_elses_folder_is_not_found(cast: Cast) -> None:
    own, others = await folder_for(cast.alice), await folder_for(cast.charlie)
    for folder, answer in ((own.pk, "ok"), (others.pk, "not_found"), (2**53 - 1, "not_found")):
        place = {"conversation": str(cast.conversation.pk), "folder": folder}
        assert await obey(cast.alice, "conversation.filing", place) == answer
        answer = "folder.list" if answer == "ok" else answer
        assert await obey(cast.alice, "folder.save", {"folder": folder, "name": "Mine"}) == answer
        assert await obey(cast.alice, "folder.delete", {"folder": folder}) == answer
    assert await Folder.objects.aget() == others


async def test_the_number_of_pinned_conversations_is_limited(cast: Cast) -> None:
    place = {"conversation": str(cast.conversation.pk), "pinned": True}
    others = [await in_thread(Conversation.start, cast.bob) for _ in range(listing.MAX_PINNED)]
    for other in others[1:]:
        assert await obey(cast.bob, "conversation.filing", {"conversation": str(other.pk), "pinned": True}) == "ok"
    assert await obey(cast.bob, "conversation.filing", place) == "ok"
    assert await obey(cast.bob, "conversation.filing", place) == "ok", "the same one again"
    assert await obey(cast.bob, "conversation.filing", {**place, "conversation": str(others[0].pk)}) == "limit"


async def test_a_folder_is_made_renamed_opened_and_deleted(cast: Cast) -> None:
    assert await obey(cast.alice, "folder.save", {"name": "  Our \n work "}) == "folder.list"
    folder = await Folder.objects.aget()
    assert (folder.name, folder.is_open) == ("Our work", False)
    assert await obey(cast.alice, "folder.save", {"folder": folder.pk, "open": True}) == "folder.list"
    assert await obey(cast.alice, "folder.save", {"folder": folder.pk, "name": "\u202eevil"}) == "folder.list"
    await folder.arefresh_from_db()
    assert (folder.name, folder.is_open) == ("\u202eevil", True)
    for fields in ({"name": "\u200b"}, {"folder": folder.pk, "name": " "}, {}):
        assert await obey(cast.alice, "folder.save", fields) == "bad_frame"
    place = {"conversation": str(cast.conversation.pk), "folder": folder.pk}
    assert await obey(cast.alice, "conversation.filing", place) == "ok"
    assert await obey(cast.alice, "folder.delete", {"folder": folder.pk}) == "folder.list"
    assert (await member(cast.alice)).folder_id is None


async def test_there_are_not_more_folders_than_a_list_can_hold(cast: Cast) -> None:
    await Folder.objects.abulk_create(Folder(user=cast.alice, name=str(number)) for number in range(MAX_FOLDERS - 1))
    assert await obey(cast.alice, "folder.save", {"name": "The last one"}) == "folder.list"
    assert await obey(cast.alice, "folder.save", {"name": "One too many"}) == "limit"
    assert await Folder.objects.acount() == MAX_FOLDERS


async def test_ones_own_other_pages_see_it_at_once_and_other_members_see_nothing(cast: Cast) -> None:
    async with Talk(cast.bob) as here, Talk(cast.bob) as there, Talk(cast.alice) as alice:
        for talk in (there, alice):
            await talk.ask("ping")
        saved = await here.ask("folder.save", name="Work")
        told = await there.until("folder.list")
        assert told["folders"] == saved["folders"] == [{**told["folders"][0], "name": "Work"}]
        await here.ask(
            "conversation.filing", conversation=str(cast.conversation.pk), folder=saved["folder"], archived=True
        )
        item = (await there.until("conversation.listed"))["item"]
        assert (item["folder"], item["archived"]) == (saved["folder"], True)
        await alice.quiet()


async def test_members_see_it_vanish_and_come_back_and_owners_find_it_in_the_trash(cast: Cast) -> None:
    pk = str(cast.conversation.pk)
    async with Talk(cast.alice) as alice, Talk(cast.alice) as elsewhere, Talk(cast.bob) as bob, Talk(cast.vera) as vera:
        await bob.send("conversation.watch", conversation=pk)
        await bob.until("conversation.patch")
        for talk in (elsewhere, vera):
            await talk.ask("ping")
        assert (await alice.ask("conversation.trash", conversation=pk))["type"] == "ok"
        await bob.until("conversation.gone", conversation=pk)
        await vera.until("conversation.gone", conversation=pk)
        assert (await elsewhere.until("conversation.listed"))["item"]["trashed_at"]
        items = (await alice.ask("conversation.list", shelf="trash"))["items"]
        assert [item["id"] for item in items] == [pk]
        assert (await bob.ask("conversation.list", shelf="trash"))["items"] == []
        assert (await alice.ask("conversation.restore", conversation=pk))["type"] == "ok"
        for talk in (bob, vera, elsewhere):
            assert (await talk.until("conversation.listed"))["item"]["trashed_at"] is None


async def test_a_reader_who_watches_only_the_run_loses_access_too(cast: Cast) -> None:
    run = await Run.objects.acreate(message=cast.answer, upstream="u", model="m", status="running")
    await Message.objects.filter(pk=cast.answer.pk).aupdate(run=run)
    async with Talk(cast.bob) as bob:
        await bob.send("run.watch", run=run.pk, after=0)
        await bob.ask("ping")
        await in_thread(cast.conversation.trash, cast.alice)
        await open_sockets().sweep()
        await bob.until("conversation.gone", conversation=str(cast.conversation.pk))


async def test_what_is_being_written_is_stopped(cast: Cast, settings: Any) -> None:
    with FakeUpstream() as upstream:
        use(settings, upstream)
        set_upstream(settings, "openai", models=("silent",))
        upstream.scenario("silent", [{"wait": 60}])
        asked = {"text": "Go.", "client_id": "client-1", "upstream": "openai", "model": "silent"}
        place = {"conversation": str(cast.conversation.pk)}
        assert await obey(cast.alice, "message.post", {**asked, **place, "parent": cast.answer.pk}) == "message.posted"
        run = await Run.objects.aget(client_id="client-1")
        assert await obey(cast.alice, "conversation.trash", place) == "ok"
        assert (await ended(runs.this_process(), run))["run"]["status"] == "stopped"
    await runs.this_process().drain(0)


async def test_deleted_is_deleted_and_one_line_says_by_whom(cast: Cast) -> None:
    fields = await trashed(cast)
    async with Talk(cast.alice) as elsewhere:
        await elsewhere.ask("ping")
        async with Talk(cast.alice) as alice:
            assert (await alice.ask("conversation.delete", **fields))["type"] == "ok"
        await elsewhere.until("conversation.gone", **fields)
    assert [await kind.objects.acount() for kind in (Conversation, Message, Run, Membership)] == [0, 0, 0, 0]
    entry = await AuditEntry.objects.select_related("actor").aget()
    assert (entry.actor, entry.action, entry.conversation) == (cast.alice, "conversation.deleted", cast.conversation.pk)
    assert entry.detail == {"messages": 2, "people": 3}


async def test_a_process_empties_the_trash_when_it_starts(cast: Cast, settings: Any) -> None:
    await trashed(cast)
    await Conversation.objects.aupdate(trashed_at="2020-01-01T00:00:00Z")
    async with process() as running, Talk(cast.alice) as alice:
        assert running.process
        while await Conversation.objects.aexists():
            await alice.ask("ping")


async def test_nobody_elses_conversation_is_placed(cast: Cast) -> None:
    for user, answer in ((cast.vera, "ok"), (cast.charlie, "not_found"), (cast.ada, "not_found")):
        place = {"conversation": str(cast.conversation.pk), "pinned": True}
        assert await obey(user, "conversation.filing", place) == answer
    missing = {"conversation": str(uuid.uuid4()), "pinned": True}
    assert await obey(cast.alice, "conversation.filing", missing) == "not_found"
