"""Jumping to a message: on its branch, in a conversation of any length, without reading all of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bench.seed import long_conversation
from chat.models import Conversation, Message, User
from chat.shown.conversation import PAGE_BYTES, conversation_history
from chat.shown.one_message import END_MESSAGES, NEAR_MESSAGES, conversation_around

pytestmark = pytest.mark.django_db


def around(user: User, conversation: Conversation, message: int) -> dict[str, Any]:
    """The page, which must be there."""
    page = conversation_around(user, conversation.pk, message)
    assert page is not None
    return page


def ids(page: dict[str, Any]) -> list[int]:
    """The messages of a page."""
    return [message["id"] for message in page["messages"]]


def chain(conversation: Conversation, count: int, parent: Message | None = None, text: str = "") -> list[Message]:
    """A chain of `count` messages."""
    made: list[Message] = []
    for number in range(count):
        parts = [{"type": "text", "text": text or f"message {number}"}]
        role = ("user", "assistant")[number % 2]
        parent = Message.objects.create(conversation=conversation, parent=parent, role=role, parts=parts)
        made.append(parent)
    return made


def test_a_message_in_the_middle_comes_with_its_neighbours_the_end_and_a_gap(alice: User) -> None:
    conversation = long_conversation(alice, 1000)
    every = list(conversation.messages.order_by("pk").values_list("pk", flat=True))
    page = around(alice, conversation, every[400])
    near, end = every[400 - NEAR_MESSAGES : 401 + NEAR_MESSAGES], every[-END_MESSAGES:]
    assert ids(page) == near + end
    assert page["gap"] == {"after": near[-1], "before": end[0]}
    assert page["more"] is True
    assert page["chosen"] == {}


def test_the_gap_is_filled_from_either_side(alice: User) -> None:
    conversation = long_conversation(alice, 300)
    every = list(conversation.messages.order_by("pk").values_list("pk", flat=True))
    gap = around(alice, conversation, every[50])["gap"]
    down = conversation_history(alice, conversation.pk, None, gap["after"])
    up = conversation_history(alice, conversation.pk, gap["before"])
    assert down is not None
    assert up is not None
    place = every.index(gap["after"])
    assert ids(down) == every[place + 1 : place + 1 + len(down["messages"])]
    assert ids(up)[-1] == every[every.index(gap["before"]) - 1]
    assert (down["more"], up["more"]) == (True, True)


def test_a_short_conversation_has_no_gap(alice: User) -> None:
    conversation = Conversation.start(alice)
    made = chain(conversation, 30)
    page = around(alice, conversation, made[3].pk)
    assert ids(page) == [message.pk for message in made]
    assert (page["gap"], page["more"]) == (None, False)


def test_on_another_branch_the_choices_lead_there_and_the_end_is_that_branch_s(alice: User) -> None:
    conversation = Conversation.start(alice)
    trunk = chain(conversation, 4)
    old = chain(conversation, 6, trunk[1])
    new = chain(conversation, 6, trunk[1])
    again = chain(conversation, 2, None)
    page = around(alice, conversation, old[2].pk)
    assert page["chosen"] == {"root": trunk[0].pk, str(trunk[1].pk): old[0].pk}
    assert set(ids(page)) >= {message.pk for message in [*trunk[:2], *old]}
    assert new[0].pk in ids(page), "siblings come along, to be counted"
    assert again[0].pk in ids(page)


def test_what_is_in_the_trash_is_not_there(alice: User) -> None:
    conversation = Conversation.start(alice)
    made = chain(conversation, 4)
    assert conversation_around(alice, conversation.pk, made[3].pk)
    Message.objects.filter(pk__in=[made[2].pk, made[3].pk]).update(trashed_at=timezone.now())
    assert conversation_around(alice, conversation.pk, made[3].pk) is None
    assert ids(around(alice, conversation, made[0].pk)) == [made[0].pk, made[1].pk]


def test_long_texts_make_a_page_shorter_and_never_leave_out_the_message_or_the_end(alice: User) -> None:
    conversation = Conversation.start(alice)
    made = chain(conversation, 40, text="x" * (PAGE_BYTES // 8))
    page = around(alice, conversation, made[10].pk)
    assert {made[10].pk, made[-1].pk} <= set(ids(page))
    assert len(ids(page)) < 10
    assert page["gap"]["after"] in ids(page)
    assert page["gap"]["before"] in ids(page)


def test_a_stranger_finds_nothing_there(alice: User, charlie: User) -> None:
    conversation = Conversation.start(alice)
    (message,) = chain(conversation, 1)
    assert conversation_around(alice, conversation.pk, message.pk)
    assert conversation_around(charlie, conversation.pk, message.pk) is None
    other = Conversation.start(alice)
    assert conversation_around(alice, other.pk, message.pk) is None
