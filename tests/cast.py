"""The cast with a conversation: Alice owns it, Bob writes, Vera only reads, Charlie must never see it; Ada administers.

The people are fixtures of tests/conftest.py; `from tests.cast import *` in a conftest.py adds Vera and the scene.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chat.models import Conversation, Membership, Message, Run, User
from chat.models.post import Asked, Post, Posted, Queued

ASKED = Asked("fake", "text-n5")
PROCESS = "a process"

__all__ = ["ASKED", "PROCESS", "Cast", "answered", "cast", "post", "send", "vera"]


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
        """The person with a role: owner, editor, viewer, stranger, or administrator (who is not a member either)."""
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


def send(
    post: Post, conversation: uuid.UUID | None = None, parent: int | None = None, process: str = PROCESS
) -> Posted | Queued:
    """Post a message in that conversation or in a new one, as the command does."""
    if conversation is None:
        return Conversation.start_with(post, process)
    return Conversation.objects.get(pk=conversation).post(post, process, below=parent)


def post(
    user: User, text: str = "Hi", client_id: str = "", asked: Asked = ASKED, process: str = PROCESS, **where: Any
) -> Posted:
    """Post a message that is not queued; `where` is its conversation and parent, if it has them."""
    posted = send(Post(user, client_id or uuid.uuid4().hex, text, asked), process=process, **where)
    assert isinstance(posted, Posted)
    return posted


@pytest.fixture
def vera(person: Callable[[str], User]) -> User:
    """May only read."""
    return person("vera")


@pytest.fixture
def cast(alice: User, bob: User, vera: User, charlie: User, ada: User) -> Cast:
    """Everybody, and a conversation with one answered question."""
    posted = post(alice, "What is a fold?", "cast-first")
    conversation = Conversation.objects.get(pk=posted.conversation)
    conversation.admit(bob, Membership.Role.EDITOR)
    conversation.admit(vera, Membership.Role.VIEWER)
    conversation.refresh_from_db()
    run = answered(posted.run.pk)
    question, answer = (Message.objects.get(pk=pk) for pk in (posted.message, posted.answer))
    return Cast(alice, bob, vera, charlie, ada, conversation, question, answer, run)
