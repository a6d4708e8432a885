"""Prompts: texts that are written again and again, called by a name after "/"."""

from __future__ import annotations

from django.conf import settings
from django.db import models

PROMPT_NAME_MAX_CHARS = 40


class Prompt(models.Model):
    """A text of one person, or of everybody where `owner` is None."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="prompts"
    )
    name = models.CharField(max_length=PROMPT_NAME_MAX_CHARS, help_text="What is typed after the slash.")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_prompt_per_name"),
            # NULL differs from NULL in SQLite's unique indexes.
            models.UniqueConstraint(fields=["name"], condition=models.Q(owner=None), name="one_team_prompt_per_name"),
        ]

    def __str__(self) -> str:
        return f"/{self.name}"
