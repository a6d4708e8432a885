"""What people think of an answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models

REASON_MAX_CHARS = 2000


class Feedback(models.Model):
    """One person's thumb on one answer, and why."""

    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="feedback")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=[(1, "good"), (-1, "bad")])
    reason = models.CharField(max_length=REASON_MAX_CHARS, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="one_feedback_each")]
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.value:+d}"
