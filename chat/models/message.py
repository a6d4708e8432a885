"""A message in the tree of a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from chat.models.run import Run


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
        """What a person reads: its text and refusal parts, joined; over a seam they are one text."""
        return readable(self.parts)

    def as_json(self) -> dict[str, Any]:
        """The message as frames show it. While its run is live the parts are left to the run's journal.

        Of one in the trash its place is all that is told.
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
