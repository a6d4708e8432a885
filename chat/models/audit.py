"""The audit trail: who looked at what, and who changed the rules."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One audited act. Rows are only added."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    action = models.CharField(max_length=64, db_index=True)
    conversation = models.UUIDField(null=True, db_index=True, help_text=_("Kept after the conversation is deleted."))
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = _("audit trail")

    def __str__(self) -> str:
        return f"{self.actor}: {self.action}"
