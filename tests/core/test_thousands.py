"""With thousands of rows, each page reads only what it shows, with the same number of queries as with a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from bench.seed import long_conversation, many_conversations
from chat.models import Conversation, Membership, Message
from chat.shown import listing
from chat.shown.conversation import PAGE_MESSAGES, conversation_history, conversation_patch
from tests.cast import Cast, post

pytestmark = pytest.mark.django_db
MANY = 3000


class Cost:
    """The number of rows made into objects, and of queries."""

    rows = 0
    queries = 0


@contextmanager
def cost(model: type[Model]) -> Iterator[Cost]:
    """Count the rows and queries of the block."""
    found = Cost()

    def read(**about: object) -> None:
        found.rows += 1

    post_init.connect(read, sender=model, weak=False, dispatch_uid="cost")
    try:
        with CaptureQueriesContext(connection) as queries:
            yield found
    finally:
        post_init.disconnect(sender=model, dispatch_uid="cost")
    found.queries = len(queries)


@pytest.fixture
def long(cast: Cast) -> Conversation:
    """A conversation of thousands of messages."""
    return long_conversation(cast.alice, MANY)


def test_a_page_of_thousands_of_messages_reads_that_page_only(cast: Cast, long: Conversation) -> None:
    conversation_patch(cast.alice, long.pk, 0)  # the first read also stores the read revision
    with cost(Message) as short:
        assert conversation_patch(cast.alice, cast.conversation.pk, 0)
    with cost(Message) as newest:
        page = conversation_patch(cast.alice, long.pk, 0)
    assert page is not None
    assert page["more"]
    assert 50 < len(page["messages"]) <= PAGE_MESSAGES
    assert newest.rows <= PAGE_MESSAGES + 1
    assert newest.queries <= short.queries
    middle = page["messages"][0]["id"] - MANY // 2
    with cost(Message) as older:
        history = conversation_history(cast.alice, long.pk, middle)
    assert history is not None
    assert history["messages"][-1]["id"] == middle - 1
    assert older.rows <= PAGE_MESSAGES + 1


def test_a_message_below_thousands_is_posted_without_reading_them(cast: Cast, long: Conversation) -> None:
    last = long.messages.latest("pk")
    with cost(Message) as found:
        posted = post(cast.alice, "And now?", "a-client-id", conversation=long.pk, parent=last.pk)
    assert posted.is_new
    assert found.rows <= 4


def test_a_page_of_thousands_of_conversations_reads_that_page_only(cast: Cast) -> None:
    with cost(Membership) as few:
        assert listing.conversation_list(cast.alice)["items"]
    many_conversations(cast.alice, MANY)
    with cost(Membership) as newest:
        page = listing.conversation_list(cast.alice)
    assert page["next"]
    assert listing.LIST_ITEMS <= newest.rows <= listing.LIST_ITEMS + 1
    assert newest.queries <= few.queries
