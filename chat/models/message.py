"""A message in the tree of a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.post import Asked, Posted, earlier, once
from chat.models.refusal import RefusalError
from chat.models.run import Run

if TYPE_CHECKING:
    from chat.models.user import User

# The ids from one message up to the first: row by row, so that a conversation's other thousands are never read.
PATH = """
    WITH RECURSIVE path (id, parent_id) AS (
        SELECT id, parent_id FROM chat_message WHERE id = %s
        UNION ALL SELECT above.id, above.parent_id FROM chat_message above JOIN path ON above.id = path.parent_id
    ) SELECT id FROM path"""


def path_to(message: int | None) -> models.QuerySet[Message]:
    """The message with this id and those above it, up to the first of the conversation; in no order."""
    return Message.objects.filter(pk__in=RawSQL(PATH, [message]))  # noqa: S611


class Message(models.Model):
    """One turn. Rows are only added: an edit and a regeneration are siblings. Siblings share a parent.

    `parts` is a list of objects with a `type` (see `chat.upstreams.parts`). An assistant message has its parts once
    its run has ended; until then the run's journal has them.
    """

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"
        SYSTEM = "system"

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    role = models.CharField(max_length=9, choices=Role.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="messages")
    parts = models.JSONField(default=list)
    client_id = models.CharField(max_length=64, null=True)
    upstream = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=200, blank=True)
    revision = models.PositiveBigIntegerField(default=0, help_text="The conversation's revision of its last change.")
    run = models.OneToOneField(
        "chat.Run", null=True, on_delete=models.SET_NULL, related_name="+", help_text="The newest of its runs."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    trashed_at = models.DateTimeField(null=True, help_text="Since when it, and all below it, is in the trash.")
    trashed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["conversation", "revision"], name="message_by_revision"),
            models.Index(fields=["trashed_at"], name="message_trashed", condition=models.Q(trashed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.role} message {self.pk}"

    @property
    def text(self) -> str:
        """What a person reads: its text and refusal parts, joined; there is no gap at a seam."""
        return readable(self.parts)

    def ask(self, asked: Asked, by: User, client_id: str, process: str) -> Posted:
        """Store an answer below this question, or beside this answer, and a run for it. The conversation is locked."""
        row = self.conversation
        answer = Message.objects.create(
            conversation=row,
            parent_id=self.parent_id if self.role == Message.Role.ASSISTANT else self.pk,
            role=Message.Role.ASSISTANT,
            upstream=asked.upstream,
            model=asked.model,
            revision=row.revision,
        )
        return answer._begin(asked, by, client_id, process)

    def retry(self, asked: Asked, by: User, client_id: str, process: str) -> Posted:
        """One more answer, with a run that `process` is to work on: beside this one, or below it if it is a question.

        Idempotent by the client's id. Raises RefusalError.
        """

        def make() -> Posted:
            self._lock()
            row = self.conversation
            row.updated_at = timezone.now()
            row.advance("updated_at")
            posted = self.ask(asked, by, client_id, process)
            # What waits for the old answer waits for the new one.
            row.queue.filter(after=self).update(after=posted.answer)
            return posted

        found = earlier(by, client_id)
        return found if found else once(by, client_id, make)

    def resume(self, asked: Asked, by: User, client_id: str, process: str) -> Posted:
        """A new run of this answer, which goes on from its parts; `process` is to work on it.

        Idempotent by the client's id. Raises RefusalError.
        """

        def make() -> Posted:
            self._lock()
            if self.run is not None and self.run.is_live:
                raise RefusalError("busy", _("This answer is still being written."))
            row = self.conversation
            row.updated_at = timezone.now()
            self.revision = row.advance("updated_at")
            self.save(update_fields=["revision"])
            return self._begin(asked, by, client_id, process)

        found = earlier(by, client_id)
        return found if found else once(by, client_id, make)

    def must_be_awaited(self, *, is_awaited: bool) -> bool:
        """Whether a post below this message is queued first; `is_awaited` says that others wait for it already."""
        # Nothing waits for a message in the trash: a post below it is refused.
        if self.role != Message.Role.ASSISTANT or self.run is None or self.trashed_at is not None:
            return False
        # Between the end of an answer and the post of the first queued message, no other post may slip in.
        return self.run.is_live or (self.run.status in Run.GOES_ON and is_awaited)

    def subtree(self) -> list[int]:
        """The ids of this message and of everything below it, rising. Reads two numbers of each later message."""
        found = {self.pk}
        later = Message.objects.filter(conversation=self.conversation_id, pk__gt=self.pk).order_by("pk")
        for pk, parent in later.values_list("pk", "parent").iterator():
            if parent in found:
                found.add(pk)
        return sorted(found)

    def as_json(self) -> dict[str, Any]:
        """The message as frames show it. While its run is live the parts are left to the run's journal.

        Of a message in the trash only its id and parent are told.
        """
        if self.trashed_at is not None:
            return {"id": self.pk, "parent": self.parent_id, "trashed": True}
        run: Run | None = self.run
        return {
            "id": self.pk,
            "parent": self.parent_id,
            "role": self.role,
            "author": {"id": self.author.pk, "name": self.author.display_name} if self.author else None,
            "parts": [] if run and run.is_live else self.parts,
            "created_at": self.created_at.isoformat(),
            "client_id": self.client_id,
            "upstream": self.upstream,
            "model": self.model,
            "run": run.as_json() if run else None,
        }

    def _lock(self) -> None:
        """Lock the conversation, and read this message again. Raises RefusalError where nothing may be added."""
        row = self.conversation.locked(self.conversation_id)
        row.require_in_use()
        self.refresh_from_db()
        if self.trashed_at is not None:
            raise RefusalError("not_found", _("That message was deleted."))
        self.conversation = row

    def _begin(self, asked: Asked, by: User, client_id: str, process: str) -> Posted:
        """Store a run for this answer, with its process's name, so that another process can take it over after a crash.

        Raises RefusalError where `by` has as many live runs as a person may have.
        """
        if Run.objects.filter(requested_by=by, status__in=Run.LIVE).count() >= settings.MAX_RUNS_PER_PERSON:
            words = _("You have {count} answers running. Wait until one is complete, or stop one.")
            raise RefusalError("limit", words.format(count=settings.MAX_RUNS_PER_PERSON))
        row = self.conversation
        run = Run.objects.create(
            message=self,
            requested_by=by,
            client_id=client_id,
            upstream=asked.upstream,
            model=asked.model,
            options=row.options,
            persona_id=row.persona_id,
            process=process,
        )
        Message.objects.filter(pk=self.pk).update(run=run)
        return Posted.of(run, is_new=True)


def given(parts: list[dict[str, Any]]) -> list[str]:
    """The titles of an answer's sources, and the names of what came with the results of tools."""
    inside = (each for part in parts for each in part.get("contents") or ())
    titles = [part["title"] for part in parts if part["type"] == "source"]
    return [*titles, *(str(part.get("title") or part.get("name") or "") for part in inside)]


def readable(parts: list[dict[str, Any]]) -> str:
    """The text and refusal parts of a message, joined; over a seam they are one text."""
    joined, gap = "", ""
    for part in parts:
        if part["type"] in ("text", "refusal"):
            joined += gap + part["text"]
            gap = "\n\n" if joined else ""
        elif part["type"] == "seam":
            gap = ""
    return joined
