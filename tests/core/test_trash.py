"""Messages are trashed with all messages below them, disappear for everybody, and can be restored completely."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from chat import commands, policy, runs, wire
from chat.database import in_thread
from chat.models import Message, Run, User
from chat.models.refusal import RefusalError
from chat.models.trash import restore, trash
from chat.runs.context import context_of
from chat.shown.conversation import conversation_history, conversation_patch
from tests.cast import ASKED, PROCESS, Cast, answered, post
from tests.core.scene import ended, started
from tests.core.talk import Talk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


def follow(cast: Cast, user: User, parent: int, text: str = "And then?") -> tuple[Message, Message]:
    """One more question and its answer, below the message `parent`."""
    posted = post(user, text, conversation=cast.conversation.pk, parent=parent)
    answered(posted.run.pk, "That was all.")
    return Message.objects.get(pk=posted.message), Message.objects.get(pk=posted.answer)


def shown(user: User, cast: Cast) -> list[int]:
    """The messages that a new reader receives."""
    patch = conversation_patch(user, cast.conversation.pk, 0)
    assert patch is not None
    return [message["id"] for message in patch["messages"]]


async def obey(user: User, name: str, **fields: Any) -> str:
    command = msgspec.convert({"type": name, **fields}, wire.COMMANDS[name])
    try:
        return (await commands.COMMANDS[type(command)](user, command)).frame
    except commands.RefusalError as refusal:
        return refusal.code


def test_a_message_takes_with_it_what_is_below_and_nothing_else(cast: Cast) -> None:
    question, answer = follow(cast, cast.alice, cast.answer.pk)
    beside, below = follow(cast, cast.alice, cast.answer.pk, "Or so?")
    assert shown(cast.bob, cast) == [cast.question.pk, cast.answer.pk, question.pk, answer.pk, beside.pk, below.pk]
    trash(cast.alice, question, with_others=False)
    assert shown(cast.bob, cast) == [cast.question.pk, cast.answer.pk, beside.pk, below.pk]
    history = conversation_history(cast.bob, cast.conversation.pk, 2**53)
    assert history is not None
    assert [message["id"] for message in history["messages"]] == shown(cast.bob, cast)
    assert not policy.messages_visible_to(cast.bob).filter(pk__in=[question.pk, answer.pk]).exists()
    assert not policy.runs_visible_to(cast.bob).filter(message=answer).exists()
    restore(question)
    assert len(shown(cast.bob, cast)) == 6


def test_a_reader_who_has_the_rest_is_told_what_to_remove_and_gets_it_back(cast: Cast) -> None:
    question, answer = follow(cast, cast.alice, cast.answer.pk)
    known = conversation_patch(cast.bob, cast.conversation.pk, 0)
    assert known is not None
    trash(cast.alice, question, with_others=False)
    patch = conversation_patch(cast.bob, cast.conversation.pk, known["revision"])
    assert patch is not None
    assert patch["messages"] == [{"id": question.pk, "parent": cast.answer.pk, "trashed": True}]
    restore(question)
    patch = conversation_patch(cast.bob, cast.conversation.pk, patch["revision"])
    assert patch is not None
    assert [message["id"] for message in patch["messages"]] == [question.pk, answer.pk]
    assert patch["messages"][0]["parts"] == question.parts


def test_what_was_in_the_trash_before_stays_there(cast: Cast) -> None:
    first, _ = follow(cast, cast.alice, cast.answer.pk)
    second, second_answer = follow(cast, cast.alice, cast.answer.pk)
    trash(cast.alice, first, with_others=False)
    trash(cast.alice, cast.answer, with_others=False)
    assert shown(cast.bob, cast) == [cast.question.pk]
    restore(cast.answer)
    assert shown(cast.bob, cast) == [cast.question.pk, cast.answer.pk, second.pk, second_answer.pk]


def test_what_is_in_the_trash_is_not_sent_upstream(cast: Cast) -> None:
    """Another answer to the question knows nothing of the one that was deleted, nor of what followed it."""
    follow(cast, cast.alice, cast.answer.pk)
    trash(cast.alice, cast.answer, with_others=False)
    posted = cast.question.retry(ASKED, cast.alice, "again-1234", PROCESS)
    context = context_of(Run.objects.select_related("message__conversation").get(pk=posted.run.pk), None)
    assert [turn.role for turn in context.turns] == ["user"]


@pytest.mark.asyncio
async def test_nothing_is_written_below_the_trash(cast: Cast) -> None:
    await in_thread(lambda: trash(cast.alice, cast.answer, with_others=True))
    post = {"conversation": str(cast.conversation.pk), "parent": cast.answer.pk, "text": "More"}
    assert await obey(cast.alice, "message.post", client_id="below-it", **post) in ("not_found", "no_model")
    assert await obey(cast.alice, "message.retry", client_id="retry-it", message=cast.answer.pk) == "not_found"
    assert await obey(cast.alice, "run.continue", client_id="go-on-it", message=cast.answer.pk) == "not_found"
    assert await obey(cast.alice, "message.rate", message=cast.answer.pk, value=1) == "not_found"

    def write_late() -> None:
        # The command found the answer before it was deleted.
        for late in (cast.answer.retry, cast.answer.resume):
            with pytest.raises(RefusalError, match="deleted"):
                late(ASKED, cast.alice, f"late-{late.__name__}", PROCESS)
        with pytest.raises(RefusalError, match="not in this conversation"):
            follow(cast, cast.alice, cast.answer.pk)

    await in_thread(write_late)


@pytest.mark.asyncio
async def test_only_its_author_and_owners_delete_what_a_person_wrote(cast: Cast) -> None:
    of_bob, answer = await in_thread(follow, cast, cast.bob, cast.answer.pk)
    of_alice, _ = await in_thread(follow, cast, cast.alice, answer.pk)
    assert await obey(cast.bob, "message.trash", message=cast.question.pk) == "not_allowed"
    assert await obey(cast.bob, "message.trash", message=of_bob.pk) == "not_allowed", "Alice wrote below it"
    assert await obey(cast.vera, "message.trash", message=answer.pk) == "not_allowed"
    assert await obey(cast.charlie, "message.trash", message=answer.pk) == "not_found"
    assert await obey(cast.ada, "message.trash", message=answer.pk) == "not_found"
    assert len(await in_thread(shown, cast.alice, cast)) == 6
    assert await obey(cast.alice, "message.trash", message=of_alice.pk) == "ok"
    assert await obey(cast.bob, "message.trash", message=of_bob.pk) == "ok"
    assert await obey(cast.alice, "message.trash", message=cast.question.pk) == "ok"
    assert await in_thread(shown, cast.alice, cast) == []


@pytest.mark.asyncio
async def test_it_is_restored_by_the_person_who_deleted_it_or_an_owner(cast: Cast) -> None:
    assert await obey(cast.alice, "message.trash", message=cast.answer.pk) == "ok"
    assert await obey(cast.bob, "message.restore", message=cast.answer.pk) == "not_allowed"
    assert await obey(cast.vera, "message.restore", message=cast.answer.pk) == "not_allowed"
    assert await obey(cast.charlie, "message.restore", message=cast.answer.pk) == "not_found"
    assert await obey(cast.alice, "message.restore", message=cast.answer.pk) == "ok"
    assert await obey(cast.bob, "message.trash", message=cast.answer.pk) == "ok"
    assert await obey(cast.alice, "message.restore", message=cast.answer.pk) == "ok"
    assert len(await in_thread(shown, cast.bob, cast)) == 2


@pytest.mark.asyncio
async def test_what_follows_something_deleted_comes_back_only_after_it(cast: Cast) -> None:
    question, _ = await in_thread(follow, cast, cast.alice, cast.answer.pk)
    await obey(cast.alice, "message.trash", message=question.pk)
    await obey(cast.alice, "message.trash", message=cast.answer.pk)
    assert await obey(cast.alice, "message.restore", message=question.pk) == "not_allowed"
    await obey(cast.alice, "message.restore", message=cast.answer.pk)
    assert await obey(cast.alice, "message.restore", message=question.pk) == "ok"
    assert len(await in_thread(shown, cast.bob, cast)) == 4


@pytest.mark.asyncio
@pytest.mark.usefixtures("upstream")
async def test_an_answer_that_is_being_written_is_stopped_and_keeps_its_text(alice: User) -> None:
    await runs.begin()
    run = await started(runs.this_process(), alice, "text-n400-r20")
    assert await obey(alice, "message.trash", message=run.message.parent_id) == "ok"
    assert (await ended(runs.this_process(), run))["run"]["status"] == "stopped"
    message = await in_thread(Message.objects.get, pk=run.message_id)
    assert message.trashed_at is not None
    assert await obey(alice, "message.restore", message=run.message.parent_id) == "ok"


@pytest.mark.asyncio
async def test_others_screens_follow_live(cast: Cast) -> None:
    async with Talk(cast.alice) as alice, Talk(cast.bob) as bob:
        await bob.send("conversation.watch", conversation=str(cast.conversation.pk))
        await bob.until("conversation.patch")
        await alice.send("message.trash", message=cast.answer.pk)
        assert [message.get("trashed") for message in await news_of(bob)] == [True]
        await alice.send("message.restore", message=cast.answer.pk)
        assert [message["role"] for message in await news_of(bob)] == ["assistant"]


async def news_of(talk: Talk) -> list[dict[str, Any]]:
    """The messages of the next patch that has any: the sweep also sends patches, when somebody comes or leaves."""
    while True:
        messages: list[dict[str, Any]] = (await talk.until("conversation.patch"))["messages"]
        if messages:
            return messages
