"""Values of posting: what the verbs of conversations and messages take and return.

A post, a retry and a continuation are each one transaction, made once for each client id: see once().
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat.models.attachment import Attachment, AttachmentGoneError, DayIsFullError
from chat.models.queued import QueuedMessage
from chat.models.refusal import RefusalError
from chat.models.run import Run

if TYPE_CHECKING:
    from chat.models.user import User

T = TypeVar("T")

# About ten words: more than a line of the list shows, so that the rest is there when the title is read in full.
FIRST_WORDS_CHARS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of which model. A new conversation takes `options` and `persona`, the id of a version, from it."""

    upstream: str = ""
    model: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    persona: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message that a person sends; `attachments` are the parts that usable() gave."""

    author: User
    client_id: str
    text: str
    asked: Asked
    attachments: Sequence[dict[str, Any]] = ()

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts of the message: its attachments, then its text."""
        return [*self.attachments, *([{"type": "text", "text": self.text}] if self.text else [])]

    @property
    def title(self) -> str:
        """The title of a conversation that begins with it: its first words, or the name of its file."""
        return first_words(self.text) or first_words(self.attachments[0]["name"] if self.attachments else "")


@dataclass(frozen=True, slots=True)
class Posted:
    """The rows that were stored; `is_new` is False where an earlier call with the same client id stored them."""

    conversation: uuid.UUID
    message: int
    answer: int
    run: Run
    is_new: bool

    @classmethod
    def of(cls, run: Run, *, is_new: bool) -> Posted:
        """The rows that were stored together with `run`. Reads its message."""
        answer = run.message
        return cls(answer.conversation_id, answer.parent_id or answer.pk, answer.pk, run, is_new)


@dataclass(frozen=True, slots=True)
class Queued:
    """The message is queued in that conversation."""

    conversation: uuid.UUID
    client_id: str


def once(author: User, client_id: str, make: Callable[[], T]) -> T | Posted:
    """The result of `make` in one transaction; if an earlier call with the id makes it fail, the rows of that call."""
    try:
        with transaction.atomic():
            return make()
    except (IntegrityError, RefusalError):
        # Searched only now, because nearly every post is new, and a constraint refuses the others.
        found = earlier(author, client_id)
        if found is None:
            raise
        return found


def earlier(author: User, client_id: str) -> Posted | None:
    """The rows that an earlier call with this client id stored, if it made a run."""
    run = Run.objects.filter(requested_by=author, client_id=client_id).select_related("message").first()
    return Posted.of(run, is_new=False) if run else None


def usable(
    author: User, client_id: str, attachments: Sequence[uuid.UUID], conversation: uuid.UUID | None
) -> list[dict[str, Any]]:
    """The parts of unused attachments of `author` for a post in `conversation`: uploads, and copies of files that an edit keeps.

    It copies bytes, so call it before the transaction. Empty for a client id that is known already, whose files are
    stored with it. Raises RefusalError.
    """
    if not attachments or _is_known(author, client_id):
        return []
    try:
        return Attachment.usable_by(author, attachments, conversation)
    except DayIsFullError:
        words = _("You have reached the daily limit for uploads. Try again tomorrow.")
        raise RefusalError("day_full", words) from None
    except AttachmentGoneError:
        if _is_known(author, client_id):  # by another socket, a moment ago
            return []
        raise gone() from None


def gone() -> RefusalError:
    """The refusal of a post with a file that no longer exists."""
    return RefusalError("not_found", _("A file of this message no longer exists. Remove it and attach it again."))


def first_words(text: str) -> str:
    """The title a conversation has until a model finds a better one."""
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS_CHARS else line[:FIRST_WORDS_CHARS].rsplit(" ", 1)[0] + "…"


def _is_known(author: User, client_id: str) -> bool:
    waits = QueuedMessage.objects.filter(author=author, client_id=client_id)
    return waits.exists() or earlier(author, client_id) is not None
