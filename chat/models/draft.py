"""What somebody has written and not sent: kept for each conversation, so that another device goes on with it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """The unsent text of one person in one conversation; `conversation` None is the one that is not begun yet."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey("chat.Conversation", null=True, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField()
    revision = models.PositiveBigIntegerField(default=0, help_text="Counts the changes; the newest wins.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "conversation"], name="one_draft_each"),
            # NULL differs from NULL in SQLite's unique indexes.
            models.UniqueConstraint(fields=["user"], condition=models.Q(conversation=None), name="one_new_draft_each"),
        ]

    def __str__(self) -> str:
        return f"draft of {self.user_id}"
