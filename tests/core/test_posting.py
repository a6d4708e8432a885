"""Posting: once for each client id, as branches, without overwriting anything (C5, C6, C19, S17)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chat.database import fresh
from chat.models import Conversation, Membership, Message, Run, User
from chat.models.post import Asked, Post, Posted, Queued
from chat.models.refusal import RefusalError
from tests.cast import ASKED, PROCESS, Cast, answered, post, send

pytestmark = pytest.mark.django_db


def same(one: Posted, other: Posted) -> bool:
    return (one.conversation, one.message, one.answer, one.run.pk) == (
        other.conversation, other.message, other.answer, other.run.pk,
    )  # fmt: skip


def test_a_first_message_makes_a_conversation_a_title_an_answer_and_a_run(alice: User) -> None:
    posted = post(alice, "  What   is\na fold? " + "word " * 30)
    conversation = Conversation.objects.get(pk=posted.conversation)
    assert conversation.title.startswith("What is a fold? word")
    assert conversation.title.endswith("…")
    assert conversation.role_of(alice) == "owner"
    question, answer = conversation.messages.all()
    assert (question.role, answer.role, answer.parent_id, answer.run_id) == (
        "user",
        "assistant",
        question.pk,
        posted.run.pk,
    )
    assert (posted.run.status, posted.run.process) == ("queued", PROCESS)


@pytest.mark.parametrize("verb", ["post", "retry", "resume"])
def test_the_same_client_id_makes_nothing_new(verb: str, cast: Cast) -> None:
    verbs: dict[str, Callable[[], Posted]] = {
        "post": lambda: post(cast.bob, "More", "client-id", conversation=cast.conversation.pk, parent=cast.answer.pk),
        "retry": lambda: cast.answer.retry(ASKED, cast.bob, "client-id", PROCESS),
        "resume": lambda: cast.answer.resume(ASKED, cast.bob, "client-id", PROCESS),
    }
    first = verbs[verb]()
    counts = Message.objects.count(), Run.objects.count()
    again = verbs[verb]()
    assert (first.is_new, again.is_new) == (True, False)
    assert same(first, again)
    assert (Message.objects.count(), Run.objects.count()) == counts


def test_a_client_id_is_its_authors_own(cast: Cast) -> None:
    assert not same(post(cast.alice, client_id="client-id"), post(cast.bob, client_id="client-id"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["new", "post", "retry", "resume"])
def test_the_same_client_id_from_many_sockets_at_once_makes_one_run(verb: str, cast: Cast, settings: Any) -> None:
    settings.MAX_RUNS_PER_PERSON = 1
    here = {"conversation": cast.conversation.pk, "parent": cast.answer.pk}
    verbs: dict[str, Callable[[], Posted]] = {
        "new": lambda: post(cast.bob, "Hi", "client-id"),
        "post": lambda: post(cast.bob, "More", "client-id", **here),
        "retry": lambda: Message.objects.get(pk=cast.answer.pk).retry(ASKED, cast.bob, "client-id", PROCESS),
        "resume": lambda: Message.objects.get(pk=cast.answer.pk).resume(ASKED, cast.bob, "client-id", PROCESS),
    }
    with ThreadPoolExecutor(6) as pool:
        posts = list(pool.map(lambda _: fresh(verbs[verb]), range(6)))
    assert all(same(one, posts[0]) for one in posts)
    assert [one.is_new for one in posts].count(True) == 1
    assert Run.objects.filter(client_id="client-id").count() == 1
    assert Conversation.objects.count() == (2 if verb == "new" else 1)


def test_an_edit_is_a_sibling(cast: Cast) -> None:
    follow = post(cast.alice, "More", conversation=cast.conversation.pk, parent=cast.answer.pk)
    answered(follow.run.pk)
    edit = post(cast.alice, "More, please", conversation=cast.conversation.pk, parent=cast.answer.pk)
    assert {row.pk for row in cast.answer.children.all()} == {follow.message, edit.message}


def test_a_regeneration_is_a_sibling_of_the_answer(cast: Cast) -> None:
    other = cast.answer.retry(Asked("u", "m2"), cast.bob, "client-id", "p")
    assert {row.pk for row in cast.question.children.all()} == {cast.answer.pk, other.answer}
    cast.answer.refresh_from_db()
    assert cast.answer.text == "Of course."


def test_a_continuation_is_a_new_run_on_the_same_message(cast: Cast) -> None:
    more = cast.answer.resume(ASKED, cast.bob, "client-id", PROCESS)
    cast.answer.refresh_from_db()
    assert (more.answer, cast.answer.run_id) == (cast.answer.pk, more.run.pk)
    assert cast.answer.runs.count() == 2
    assert cast.answer.parts, "the parts stay until the new run ends"


def refused(call: Callable[[], Posted]) -> str:
    before = Conversation.objects.count(), Message.objects.count(), Run.objects.count()
    with pytest.raises(RefusalError) as error:
        call()
    assert (Conversation.objects.count(), Message.objects.count(), Run.objects.count()) == before
    return error.value.code


def test_while_an_answer_is_written_nothing_builds_on_it(cast: Cast) -> None:
    live = post(cast.alice, "More", conversation=cast.conversation.pk, parent=cast.answer.pk)
    answer = Message.objects.get(pk=live.answer)
    assert refused(lambda: answer.resume(ASKED, cast.bob, "another-id", PROCESS)) == "busy"
    waits = Post(cast.bob, "waits-1", "Hi", ASKED)
    assert isinstance(send(waits, cast.conversation.pk, live.answer), Queued)
    cast.conversation.cancel(cast.bob, "waits-1")
    answered(live.run.pk)
    assert post(cast.bob, conversation=cast.conversation.pk, parent=live.answer).is_new


def test_a_message_follows_an_answer_of_its_own_conversation(cast: Cast) -> None:
    foreign = post(cast.charlie, "Mine")
    answered(foreign.run.pk)
    here = cast.conversation.pk
    assert refused(lambda: post(cast.bob, conversation=here, parent=foreign.answer)) == "not_found"
    assert refused(lambda: post(cast.bob, conversation=here, parent=2**53)) == "not_found"
    assert refused(lambda: post(cast.bob, conversation=here, parent=cast.question.pk)) == "bad_frame"


def test_a_person_has_a_limited_number_of_running_answers_and_others_have_theirs(cast: Cast, settings: Any) -> None:
    settings.MAX_RUNS_PER_PERSON = 2
    first, _ = post(cast.bob), post(cast.bob)
    assert refused(lambda: post(cast.bob)) == "limit"
    assert refused(lambda: cast.answer.retry(ASKED, cast.bob, "another-id", PROCESS)) == "limit"
    assert post(cast.alice).is_new
    answered(first.run.pk)
    assert post(cast.bob).is_new


def test_each_change_has_a_revision_of_its_own(cast: Cast) -> None:
    def revision() -> int:
        return Conversation.objects.get(pk=cast.conversation.pk).revision

    seen = [revision()]
    steps: list[Callable[[], Any]] = [
        lambda: cast.conversation.rename("New"),
        lambda: cast.conversation.choose_model("u", "m"),
        lambda: cast.conversation.admit(cast.charlie, Membership.Role.VIEWER),
        lambda: cast.conversation.dismiss(cast.charlie),
        lambda: post(cast.alice, conversation=cast.conversation.pk, parent=cast.answer.pk),
        lambda: cast.answer.retry(ASKED, cast.alice, "client-id", PROCESS),
    ]
    for step in steps:
        step()
        seen.append(revision())
    assert seen == list(range(seen[0], seen[0] + len(steps) + 1))


def test_the_last_owner_can_neither_leave_nor_be_demoted_whatever_was_seen_before(cast: Cast) -> None:
    cast.conversation.admit(cast.bob, Membership.Role.OWNER)
    cast.conversation.dismiss(cast.alice)  # Bob had been told that Alice stays
    with pytest.raises(RefusalError):
        cast.conversation.dismiss(cast.bob)
    with pytest.raises(RefusalError):
        cast.conversation.admit(cast.bob, Membership.Role.VIEWER)
    assert cast.conversation.role_of(cast.bob) == "owner"
    cast.conversation.admit(cast.bob, Membership.Role.OWNER)


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(cast: Cast) -> None:
    for _ in range(5):
        for owner in (cast.alice, cast.bob):
            cast.conversation.admit(owner, Membership.Role.OWNER)
        both = threading.Barrier(2)

        def leave(owner: User, both: threading.Barrier = both) -> str:
            both.wait(5)
            try:
                cast.conversation.dismiss(owner)
            except RefusalError:
                return "stays"
            return "left"

        with ThreadPoolExecutor() as pool:
            assert sorted(pool.map(lambda owner: fresh(leave, owner), (cast.alice, cast.bob))) == ["left", "stays"]


def test_an_automatic_title_never_replaces_a_chosen_one(cast: Cast) -> None:
    cast.conversation.rename("By a model", automatic=True)
    assert Conversation.objects.get(pk=cast.conversation.pk).title == "By a model"
    cast.conversation.rename("By Alice")
    cast.conversation.rename("By a model again", automatic=True)
    assert Conversation.objects.get(pk=cast.conversation.pk).title == "By Alice"
