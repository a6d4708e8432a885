"""Messages that wait for an answer to end before they are posted."""

from typing import Any

from django.conf import settings
from django.db import models

from chat.models.run import Run


class QueuedMessage(models.Model):
    """A message sent while an answer was still being written. It is posted below `after` once that has ended."""

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="queue")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="queued_messages")
    after = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="+")
    client_id = models.CharField(max_length=64)
    parts = models.JSONField(default=list)
    upstream = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["author", "client_id"], name="one_queued_per_client_id")]

    def __str__(self) -> str:
        return f"queued message {self.pk}"

    @property
    def text(self) -> str:
        """The text that was written."""
        return "".join(part["text"] for part in self.parts if part["type"] == "text")

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """The parts of its files."""
        return [part for part in self.parts if part["type"] == "attachment"]

    def as_json(self) -> dict[str, Any]:
        """The message as frames show it; `held` where the answer before it failed. Reads author and run."""
        run = self.after.run
        return {
            "client_id": self.client_id,
            "author": {"id": self.author.pk, "name": self.author.display_name},
            "after": self.after_id,
            "text": self.text,
            "attachments": self.attachments,
            "upstream": self.upstream,
            "model": self.model,
            "created_at": self.created_at.isoformat(),
            "held": run is not None and run.status in (Run.Status.FAILED, Run.Status.INTERRUPTED),
        }
