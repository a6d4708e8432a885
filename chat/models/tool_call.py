"""The record of one tool call: what was asked for, who decided, when it ran, and how it ended.

The call's text and its result are parts of the answer; this row is what must survive between them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.models.tool_policy import ToolPolicy

if TYPE_CHECKING:
    from chat.models.user import User


class ToolCall(models.Model):
    """One call of one answer. `index` is its part, which identifies the call after a restart."""

    class Status(models.TextChoices):
        ASKED = "asked"
        APPROVED = "approved"
        DENIED = "denied"
        EXPIRED = "expired"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    OPEN: ClassVar[tuple[str, ...]] = (Status.ASKED, Status.APPROVED, Status.RUNNING)

    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="tool_calls")
    index = models.PositiveIntegerField()
    run = models.ForeignKey("chat.Run", null=True, on_delete=models.SET_NULL, related_name="tool_calls")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    tool = models.CharField(max_length=128, db_index=True)
    arguments = models.TextField(help_text="As they were called: a person may have changed them.")
    status = models.CharField(max_length=8, choices=Status.choices, db_index=True)
    deciders = models.CharField(max_length=7, choices=ToolPolicy.Deciders.choices, default=ToolPolicy.Deciders.WRITERS)
    may_edit = models.BooleanField(default=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="decided_tool_calls"
    )
    decided_at = models.DateTimeField(null=True)
    is_edited = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    expires_at = models.DateTimeField(null=True, help_text="Nobody may decide after this.")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result_chars = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["message", "index"], name="one_call_per_index")]

    def __str__(self) -> str:
        return f"{self.tool} ({self.status})"

    @property
    def duration_seconds(self) -> float | None:
        """How long the tool ran."""
        return (self.ended_at - self.started_at).total_seconds() if self.started_at and self.ended_at else None

    def decide(self, user: User, *, approve: bool, arguments: str | None = None) -> bool:
        """Decide the request; False if somebody was faster, or it has expired."""
        still = ToolCall.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()), pk=self.pk, status=self.Status.ASKED
        )
        changed = {"arguments": arguments, "is_edited": True} if approve and arguments is not None else {}
        status = self.Status.APPROVED if approve else self.Status.DENIED
        return still.update(status=status, decided_by=user, decided_at=timezone.now(), **changed) == 1

    def begin(self, process: str) -> bool:
        """Mark it as running; False if it must not run: denied, ended, stopped, or taken over by another process."""
        may_run = ToolCall.objects.filter(
            pk=self.pk, status__in=(self.Status.APPROVED, self.Status.RUNNING), run__process=process
        )
        return may_run.update(status=self.Status.RUNNING, started_at=timezone.now()) == 1

    def end(self, status: str, result_chars: int | None = None, *, at: datetime | None = None) -> None:
        """Store how it ended, unless it has ended before."""
        ToolCall.objects.filter(pk=self.pk, status__in=self.OPEN).update(
            status=status, result_chars=result_chars, ended_at=at or timezone.now()
        )
