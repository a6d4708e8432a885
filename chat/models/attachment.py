"""Files that belong to messages. The bytes lie in the file storage under the id; the name is text and nothing else."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

NAME_MAX_CHARS = 255


class Attachment(models.Model):
    """A file that somebody uploaded. Until a message has it, only who uploaded it may see it."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        TEXT = "text"
        PDF = "pdf"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    message = models.ForeignKey("chat.Message", null=True, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=NAME_MAX_CHARS)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    media_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    text = models.TextField(blank=True, help_text="What was read out of it.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.name
