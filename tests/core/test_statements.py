"""The number of SQL statements for a message is limited. Each costs about a third of a millisecond of CPU."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import policy
from chat.commands import find, messages
from chat.commands.asked import asked_of
from chat.models import Process, Run, User
from chat.models.post import Post, Posted
from chat.runs import asking, journal, running
from chat.runs.feed import Entry
from chat.shown import listing
from chat.shown.conversation import conversation_patch
from chat.transcript import Change, empty_state, fold
from tests.cast import Cast
from tests.cast import send as cast_send
from tests.environment import set_upstream

pytestmark = pytest.mark.django_db

TEXT: list[Change] = [["run", {"status": "running"}], ["add", 0, {"type": "text", "text": "Hello."}]]
END: list[Change] = [["run", {"status": "done"}]]


@pytest.fixture(autouse=True)
def _upstream(settings: Any) -> None:
    set_upstream(settings, "openai", key="key", models=("m",))


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """Fails if more than `count` statements are executed, not counting those around transactions."""
    with CaptureQueriesContext(connection) as queries:
        yield
    made = [query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(made) <= count, "\n".join(sql[:200] for sql in made)


def send(user: User, conversation: uuid.UUID | None = None, parent: int | None = None) -> Posted:
    """Do what the command does on its database thread."""
    if conversation is not None:
        find.conversation_for(user, conversation, policy.WRITE)
    message = Post(user, uuid.uuid4().hex, "Go.", asked_of("openai", "m"))
    posted, _people = messages.made(lambda process: cast_send(message, conversation, parent, process), "process")
    assert isinstance(posted, Posted)
    assert posted.is_new
    return posted


def test_a_first_message(alice: User) -> None:
    with at_most(10):
        send(alice)


def test_one_more_message(cast: Cast) -> None:
    with at_most(16):
        send(cast.alice, cast.conversation.pk, cast.answer.pk)


def test_a_start_reads_the_path_the_models_traits_and_the_tools(cast: Cast) -> None:
    run = send(cast.alice, cast.conversation.pk, cast.answer.pk).run
    with at_most(5):
        asking.prepared(run)


def test_a_start_without_tools_reads_the_path_and_the_models_traits(cast: Cast) -> None:
    run = send(cast.alice, cast.conversation.pk, cast.answer.pk).run
    run.options = {"tools": False}
    with at_most(2):
        asking.prepared(run)


def test_an_end_is_seven_statements_and_two_to_tell_of_it(cast: Cast) -> None:
    Process.objects.create(id="process", host="here", pid=1)
    run = send(cast.alice, cast.conversation.pk, cast.answer.pk).run
    state = fold(empty_state(), [*TEXT, *END])
    first = journal._Write(run.pk, Entry.of(1, TEXT), {"status": "running"}, None)
    last = journal._Write(run.pk, Entry.of(2, END), {"status": "done"}, journal._Ending(run, state))
    with at_most(3):
        assert not journal._commit("process", [first])
    with at_most(7):
        assert not journal._commit("process", [last])
    with at_most(2):
        assert running._after(run) == ([cast.alice.pk, cast.bob.pk, cast.vera.pk], False)
    assert Run.objects.get(pk=run.pk).status == "done"


@pytest.mark.parametrize(
    ("look", "statements"),
    [
        (lambda cast, run: listing.conversation_items(cast.alice, {cast.conversation.pk}), 3),
        (lambda cast, run: conversation_patch(cast.alice, cast.conversation.pk, 1), 6),
        (lambda cast, run: find.conversation_of_run(cast.alice, run), 1),
    ],
    ids=["the list", "the conversation", "whose run it is"],
)
def test_what_each_open_page_asks(look: Callable[[Cast, int], object], statements: int, cast: Cast) -> None:
    run = send(cast.alice, cast.conversation.pk, cast.answer.pk).run
    with at_most(statements):
        assert look(cast, run.pk)
