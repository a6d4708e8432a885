"""People's ratings of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from chat.models.message import Message
    from chat.models.user import User

REASON_MAX_CHARS = 2000


class Feedback(models.Model):
    """One person's rating of one answer, with a reason."""

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

    @classmethod
    def give(cls, message: Message, user: User, value: int, reason: str) -> None:
        """Store `user`'s rating of an answer, which replaces an earlier one; 0 removes it."""
        if value == 0:
            cls.objects.filter(message=message, user=user).delete()
        else:
            cls.objects.update_or_create(message=message, user=user, defaults={"value": value, "reason": reason})
