"""Messages that wait for an answer to end before they are posted."""

from __future__ import annotations

from django.conf import settings
from django.db import models


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
