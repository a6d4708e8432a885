"""Emptying the trash: after the set time, in pieces, with one line in the audit trail, and nothing else is deleted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat.models import AuditEntry, Conversation, JournalEntry, Membership, Message, Run, User, emptying
from chat.models.refusal import RefusalError
from tests.cast import ASKED, PROCESS, Cast, answered, post

pytestmark = pytest.mark.django_db


def emptied() -> int:
    """Empty the trash; returns the number of pieces."""
    pieces = 0
    while emptying.empty():
        pieces += 1
    return pieces


def put_away(row: Conversation | Message, days: float) -> None:
    """Make it look as if it had been in the trash for `days`."""
    type(row).objects.filter(pk=row.pk).update(trashed_at=timezone.now() - timedelta(days=days))


def answers_below(cast: Cast, parent: Message, count: int) -> Message:
    """Add a chain of `count` messages; returns the last one."""
    for number in range(count):
        parent = Message.objects.create(
            conversation=cast.conversation, parent=parent, role="user", parts=[{"type": "text", "text": str(number)}]
        )
    return parent


def test_what_was_in_the_trash_for_its_days_is_deleted_and_nothing_else(cast: Cast, settings: Any) -> None:
    settings.TRASH_DAYS = 30
    kept = [Conversation.start(cast.bob), Conversation.start(cast.bob)]
    put_away(kept[0], 29.9)
    assert emptied() == 0
    put_away(cast.conversation, 30.1)
    assert emptied() > 0
    assert set(Conversation.objects.all()) == set(kept)
    assert [kind.objects.count() for kind in (Message, Run, JournalEntry)] == [0, 0, 0]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.conversation) == (None, "conversation.purged", cast.conversation.pk)
    assert "fold" not in str(entry.detail)


def test_with_no_days_the_trash_keeps_everything(cast: Cast, settings: Any) -> None:
    put_away(cast.conversation, 4000)
    put_away(cast.answer, 4000)
    settings.TRASH_DAYS = 0
    assert emptied() == 0
    settings.TRASH_DAYS = 30
    assert emptied() > 0


def test_a_long_conversation_goes_in_pieces_and_is_nobodys_from_the_first_on(cast: Cast) -> None:
    answers_below(cast, cast.answer, 2 * emptying.PIECE_MESSAGES)
    put_away(cast.conversation, 31)
    assert emptying.empty()
    assert Message.objects.count() == emptying.PIECE_MESSAGES + 2
    assert not Membership.objects.exists()
    assert not Conversation.objects.filter(trashed_at__gt=emptying.BEGUN).exists()
    emptied()
    assert not Conversation.objects.exists()
    assert AuditEntry.objects.count() == 1


def test_what_was_begun_by_a_process_that_died_is_finished_even_when_nothing_is_due(cast: Cast, settings: Any) -> None:
    put_away(cast.conversation, 31)
    assert emptying.empty()
    settings.TRASH_DAYS = 0
    emptied()
    assert not Conversation.objects.exists()


def test_what_was_restored_in_time_stays(cast: Cast) -> None:
    cast.conversation.trash(cast.alice)
    put_away(cast.conversation, 31)
    cast.conversation.restore()
    assert emptied() == 0
    emptying.delete(cast.conversation, cast.alice)
    assert Conversation.objects.filter(pk=cast.conversation.pk).exists()


def test_a_message_is_trashed_with_all_below_it_and_its_siblings_stay(cast: Cast) -> None:
    sibling = answers_below(cast, cast.answer, 1)
    first = answers_below(cast, cast.answer, 1)
    # Deeper than Python's limit of recursion.
    answers_below(cast, first, 1200)
    put_away(first, 31)
    emptied()
    assert set(Message.objects.values_list("pk", flat=True)) == {cast.question.pk, cast.answer.pk, sibling.pk}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.conversation, entry.detail) == (
        "message.purged", cast.conversation.pk, {"message": first.pk},
    )  # fmt: skip


def test_nothing_is_posted_into_the_trash(alice: User) -> None:
    posted = post(alice, "Hi", "first-one")
    answered(posted.run.pk)
    conversation = Conversation.objects.get(pk=posted.conversation)
    answer = Message.objects.get(pk=posted.answer)
    again = answer.retry(ASKED, alice, "try-again", PROCESS)
    answered(again.run.pk)
    conversation.trash(alice)
    for late in (
        lambda: post(alice, "More", conversation=conversation.pk, parent=answer.pk),
        lambda: answer.retry(ASKED, alice, uuid.uuid4().hex, PROCESS),
        lambda: answer.resume(ASKED, alice, uuid.uuid4().hex, PROCESS),
    ):
        with pytest.raises(RefusalError) as refused:
            late()
        assert refused.value.code == "not_found"
