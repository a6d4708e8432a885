"""Queued messages: stored, seen by all members, posted once by any live process, never lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import pytest_asyncio
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import policy, runs
from chat.database import fresh, in_thread
from chat.models import Conversation, Membership, Message, Process, QueuedMessage, Run, User, queueing
from chat.models.conversation import MAX_QUEUED
from chat.models.post import Asked, Post, Posted
from tests.cast import Cast, answered, post, send
from tests.core.scene import process
from tests.core.talk import Talk
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
MODEL = {"upstream": "openai", "model": "text-n5"}
SLOW = {"upstream": "openai", "model": "text-n500-r50"}


@pytest.fixture
def upstream(upstream: FakeUpstream, settings: Any) -> FakeUpstream:
    set_upstream(settings, "openai", models=("text-n5", "text-n500-r50", "refused"))
    upstream.scenario("refused", [{"status": 400, "body": "no"}])
    return upstream


@pytest_asyncio.fixture(autouse=True)
async def _runs_end() -> AsyncIterator[None]:
    yield
    await runs.this_process().drain(0)


async def asks(talk: Talk, model: dict[str, str] = SLOW) -> dict[str, Any]:
    """Begin a conversation whose answer takes a while, and watch it."""
    posted = await talk.ask("message.post", client_id="question-1", text="Begin.", **model)
    await talk.send("conversation.watch", conversation=posted["conversation"])
    await talk.until("conversation.patch")
    return posted


async def queues(talk: Talk, posted: dict[str, Any], client_id: str, **more: Any) -> dict[str, Any]:
    """Send below that answer."""
    fields = {"conversation": posted["conversation"], "parent": posted["answer"], "text": client_id, **MODEL, **more}
    return await talk.ask("message.post", client_id=client_id, **fields)


async def patch_with(talk: Talk, waiting: list[str]) -> dict[str, Any]:
    """The patch that shows this queue."""
    while True:
        patch = await talk.until("conversation.patch")
        if [message["client_id"] for message in patch["queue"]] == waiting:
            return patch


def texts(conversation: str) -> list[str]:
    """The path of a conversation's only branch, questions only."""
    return [message.text for message in Message.objects.filter(conversation=conversation, role="user").order_by("id")]


async def test_messages_sent_meanwhile_are_queued_and_posted_one_after_the_other(
    upstream: FakeUpstream, alice: User
) -> None:
    async with Talk(alice) as talk:
        posted = await asks(talk)
        first = await queues(talk, posted, "waiting-1")
        assert (first["type"], first["client_id"]) == ("message.queued", "waiting-1")
        await queues(talk, posted, "waiting-2")
        patch = await patch_with(talk, ["waiting-1", "waiting-2"])
        assert patch["queue"][0]["text"] == "waiting-1"
        assert patch["queue"][0]["author"]["name"] == "alice"
        assert not patch["queue"][0]["held"]
        assert await in_thread(texts, posted["conversation"]) == ["Begin."], "nothing is posted before its time"
        await talk.ask("message.hurry", conversation=posted["conversation"], client_id="waiting-1")
        await patch_with(talk, ["waiting-2"])
        await patch_with(talk, [])
    asked = [request["body"]["messages"][-1]["content"] for request in upstream.log()]
    rows = await in_thread(lambda: list(Message.objects.filter(role="user").order_by("id")))
    assert [row.text for row in rows] == ["Begin.", "waiting-1", "waiting-2"]
    answers = await in_thread(lambda: [Message.objects.get(pk=row.parent_id) for row in rows[1:]])
    assert [answer.parent_id for answer in answers] == [rows[0].pk, rows[1].pk], "one chain, no branches"
    assert asked[:2] == ["Begin.", "waiting-1"]


async def test_the_same_client_id_waits_once_and_is_posted_once(upstream: FakeUpstream, alice: User) -> None:
    async with Talk(alice) as talk:
        posted = await asks(talk)
        for _ in range(3):
            assert (await queues(talk, posted, "waiting-1"))["type"] == "message.queued"
        assert await in_thread(QueuedMessage.objects.count) == 1
        await talk.ask("run.stop", run=posted["run"])
        await patch_with(talk, [])
        again = await queues(talk, posted, "waiting-1")
        assert (again["type"], again["client_id"]) == ("message.posted", "waiting-1")
    assert await in_thread(texts, posted["conversation"]) == ["Begin.", "waiting-1"]


async def test_a_message_after_a_queue_just_posted_comes_below_it_and_not_beside_it(
    upstream: FakeUpstream, alice: User
) -> None:
    async with Talk(alice) as talk:
        posted = await asks(talk)
        await queues(talk, posted, "waiting-1", **SLOW)
        await talk.ask("run.stop", run=posted["run"])
        await patch_with(talk, [])
        assert (await queues(talk, posted, "waiting-2", behind=True))["type"] == "message.queued"
        waiting = await in_thread(lambda: QueuedMessage.objects.select_related("after").get())
        question = await in_thread(Message.objects.get, client_id="waiting-1")
        assert waiting.after.parent_id == question.pk


async def test_after_a_failure_the_queue_is_held_until_somebody_says_so(upstream: FakeUpstream, cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    run = await in_thread(_live_below, cast, "failing-1")
    posted = {"conversation": conversation, "answer": run.message_id}
    async with Talk(cast.alice) as talk, Talk(cast.bob) as other:
        await talk.send("conversation.watch", conversation=conversation)
        await queues(talk, posted, "waiting-1")
        await in_thread(_end, run, "failed")
        await other.send("conversation.watch", conversation=conversation)
        patch = await patch_with(other, ["waiting-1"])
        assert patch["queue"][0]["held"]
        assert await in_thread(queueing.ready) == []
        assert (await other.ask("message.hurry", conversation=conversation, client_id="waiting-1"))["type"] == "ok"
        await patch_with(other, [])
    question = await in_thread(Message.objects.get, client_id="waiting-1")
    assert (question.author_id, question.parent_id) == (cast.alice.pk, run.message_id)


async def test_a_new_answer_or_a_new_message_takes_the_held_queue_along(upstream: FakeUpstream, cast: Cast) -> None:
    run = await in_thread(_live_below, cast, "failing-1")
    asked = Asked("openai", "text-n5")

    def go_on() -> list[int]:
        where = {"conversation": cast.conversation.pk, "parent": run.message_id}
        send(Post(cast.alice, "waiting-1", "Later.", asked), **where)
        _end(run, "failed")
        again = run.message.retry(asked, cast.bob, "again-1", "nobody")
        kept = [QueuedMessage.objects.get().after_id == again.answer]
        _end(again.run, "interrupted")
        more = send(Post(cast.bob, "more-1", "More.", asked), cast.conversation.pk, again.answer)
        assert isinstance(more, Posted)
        return [*kept, QueuedMessage.objects.get().after_id == more.answer]

    assert await in_thread(go_on) == [True, True]


async def test_one_takes_back_ones_own_and_nobody_elses(upstream: FakeUpstream, cast: Cast) -> None:
    run = await in_thread(_live_below, cast, "slow-1")
    about = {"conversation": str(cast.conversation.pk), "client_id": "waiting-1"}
    async with Talk(cast.alice) as talk, Talk(cast.bob) as other:
        await queues(talk, {"conversation": about["conversation"], "answer": run.message_id}, "waiting-1")
        assert (await other.ask("message.cancel", **about))["code"] == "not_found"
        assert (await talk.ask("message.cancel", **about))["type"] == "ok"
        assert (await talk.ask("message.cancel", **about))["code"] == "not_found"
    assert not await in_thread(QueuedMessage.objects.exists)


async def test_a_queue_has_an_end(upstream: FakeUpstream, cast: Cast, settings: Any) -> None:
    run = await in_thread(_live_below, cast, "slow-1")
    posted = {"conversation": str(cast.conversation.pk), "answer": run.message_id}
    settings.MAX_MESSAGE_CHARS, settings.MAX_FRAMES_PER_SECOND = 200, 1000
    async with Talk(cast.alice) as talk:
        assert (await queues(talk, posted, "waiting-long", text="x" * 110))["type"] == "message.queued"
        assert (await queues(talk, posted, "waiting-long-2", text="x" * 110))["code"] == "limit"
        for number in range(MAX_QUEUED - 1):
            assert (await queues(talk, posted, f"waiting-{number}", text="x"))["type"] == "message.queued"
        assert (await queues(talk, posted, "waiting-last", text="x"))["code"] == "limit"


@pytest.mark.parametrize("change", ["demoted", "removed", "deactivated"])
async def test_a_message_of_a_person_who_may_no_longer_write_is_not_posted(change: str, cast: Cast) -> None:
    def go() -> tuple[Any, int]:
        run = _live_below(cast, "slow-1")
        asked = Asked("openai", "text-n5")
        where = {"conversation": cast.conversation.pk, "parent": run.message_id}
        send(Post(cast.bob, "from-bob-1", "Me too.", asked), **where)
        send(Post(cast.alice, "from-alice-1", "And me.", asked), **where)
        if change == "demoted":
            cast.conversation.admit(cast.bob, Membership.Role.VIEWER)
        elif change == "removed":
            cast.conversation.dismiss(cast.bob)
        else:
            User.objects.filter(pk=cast.bob.pk).update(is_active=False)
        _end(run, "done")
        return queueing.release(run.message_id, "p", policy.may_write), QueuedMessage.objects.count()

    released, waiting = await in_thread(go)
    assert released is not None
    assert waiting == 0
    assert await in_thread(texts, str(cast.conversation.pk)) == ["What is a fold?", "On.", "And me."]


async def test_of_many_processes_one_posts_it(cast: Cast) -> None:
    run = await in_thread(_live_below, cast, "slow-1")
    asked = Asked("openai", "text-n5")
    where = {"conversation": cast.conversation.pk, "parent": run.message_id}
    await in_thread(lambda: send(Post(cast.alice, "waiting-1", "Once.", asked), **where))
    await in_thread(_end, run, "done")

    def race(release: Callable[..., Any]) -> list[Any]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda name: fresh(release, run.message_id, name, policy.may_write), "abcd"))

    posted = [found for found in await in_thread(race, queueing.release) if found]
    assert len(posted) == 1
    assert await in_thread(texts, str(cast.conversation.pk)) == ["What is a fold?", "On.", "Once."]


async def test_a_process_that_comes_later_posts_what_waits(upstream: FakeUpstream, cast: Cast) -> None:
    """The process that worked on the answer died after its end and before the post."""
    run = await in_thread(_live_below, cast, "slow-1")
    asked = Asked("openai", "text-n5")
    where = {"conversation": cast.conversation.pk, "parent": run.message_id}
    await in_thread(lambda: send(Post(cast.alice, "waiting-1", "Late, but there.", asked), **where))
    await in_thread(_end, run, "done")
    async with process() as running:
        async with Talk(cast.alice) as talk:
            await talk.send("conversation.watch", conversation=str(cast.conversation.pk))
            await patch_with(talk, [])
        mine = await in_thread(Run.objects.get, client_id="waiting-1")
        assert mine.process in (running.process, runs.this_process().process)


async def test_a_person_with_too_many_running_answers_waits_until_there_is_room(cast: Cast, settings: Any) -> None:
    run = await in_thread(_live_below, cast, "slow-1")
    asked = Asked("openai", "text-n5")
    where = {"conversation": cast.conversation.pk, "parent": run.message_id}
    await in_thread(lambda: send(Post(cast.alice, "waiting-1", "Later.", asked), **where))
    await in_thread(_end, run, "done")
    settings.MAX_RUNS_PER_PERSON = 0
    assert await in_thread(queueing.release, run.message_id, "p", policy.may_write) is None
    assert await in_thread(queueing.ready) == [run.message_id]
    settings.MAX_RUNS_PER_PERSON = 8
    assert await in_thread(queueing.release, run.message_id, "p", policy.may_write) is not None


async def test_in_the_trash_nothing_goes_out(cast: Cast) -> None:
    run = await in_thread(_live_below, cast, "slow-1")
    asked = Asked("openai", "text-n5")
    where = {"conversation": cast.conversation.pk, "parent": run.message_id}
    await in_thread(lambda: send(Post(cast.alice, "waiting-1", "Later.", asked), **where))
    await in_thread(_end, run, "done")
    trash = Conversation.objects.filter(pk=cast.conversation.pk)
    await in_thread(lambda: trash.update(trashed_at=cast.conversation.created_at))
    assert await in_thread(queueing.ready) == []
    assert await in_thread(queueing.release, run.message_id, "p", policy.may_write) is None
    await in_thread(lambda: trash.update(trashed_at=None))
    assert await in_thread(queueing.ready) == [run.message_id]


def _live_below(cast: Cast, client_id: str) -> Run:
    """A run below the cast's answer that works in a process of another machine."""
    Process.objects.create(id="elsewhere", host="another host", pid=1)
    where = {"conversation": cast.conversation.pk, "parent": cast.answer.pk}
    return post(cast.alice, "On.", client_id, Asked("openai", "text-n5"), "elsewhere", **where).run


def _end(run: Run, status: str) -> None:
    answered(run.pk)
    Run.objects.filter(pk=run.pk).update(status=status)


async def test_an_end_that_nothing_waits_for_locks_nothing(cast: Cast) -> None:
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert queueing.release(cast.answer.pk, "here", policy.may_write) is None
        return [query["sql"][:6] for query in queries.captured_queries]

    assert await in_thread(statements) == ["SELECT"]
