"""The cast on stage. Alice owns a conversation, Bob writes in it, Vera only reads it; Charlie must never see it; Ada administers.

The people are fixtures of tests/conftest.py; `from tests.cast import *` in a conftest.py adds Vera and the scene.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chat.models import Conversation, Membership, Message, Run, User, posting

CHOICE = posting.Choice("fake", "text-n5", owner="a process")

__all__ = ["CHOICE", "Cast", "answered", "cast", "vera"]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and Alice's conversation with its one question and answer."""

    alice: User
    bob: User
    vera: User
    charlie: User
    ada: User
    conversation: Conversation
    question: Message
    answer: Message
    run: Run

    def role(self, name: str) -> User:
        """owner, editor, viewer, stranger, or administrator (who is no member either)."""
        people = {"owner": self.alice, "editor": self.bob, "viewer": self.vera, "stranger": self.charlie}
        return people.get(name, self.ada)


def answered(run_id: int, text: str = "Of course.") -> Run:
    """Store the end of a run, as its process would: the answer is `text`."""
    run = Run.objects.get(pk=run_id)
    state = {"status": "done", "phase": "", "finish_reason": "stop"}
    Run.objects.filter(pk=run_id).update(status=Run.Status.DONE, seq=1, state=state)
    Message.objects.filter(pk=run.message_id).update(parts=[{"type": "text", "text": text}])
    run.refresh_from_db()
    return run


@pytest.fixture
def vera(person: Callable[[str], User]) -> User:
    """May look."""
    return person("vera")


@pytest.fixture
def cast(alice: User, bob: User, vera: User, charlie: User, ada: User) -> Cast:
    """All of them, and a conversation with one answered question."""
    posted = posting.post(alice, "cast-first", "What is a fold?", CHOICE, conversation=None, parent=None)
    conversation = Conversation.objects.get(pk=posted.conversation)
    conversation.admit(bob, Membership.Role.EDITOR)
    conversation.admit(vera, Membership.Role.VIEWER)
    conversation.refresh_from_db()
    run = answered(posted.run.pk)
    question, answer = (Message.objects.get(pk=pk) for pk in (posted.message, posted.answer))
    return Cast(alice, bob, vera, charlie, ada, conversation, question, answer, run)
