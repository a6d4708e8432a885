"""Prompts: texts for repeated use, which are inserted by typing a name after "/"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from chat.models.user import User

PROMPT_NAME_MAX_CHARS = 40
PROMPT_TEXT_MAX_CHARS = 8000
# The list is read as a whole each time a slash is typed.
MAX_PROMPTS = 100


class Prompt(models.Model):
    """A text of one person, or of the team if `author` is None."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="prompts"
    )
    name = models.CharField(max_length=PROMPT_NAME_MAX_CHARS, help_text="What is typed after the slash.")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["author", "name"], name="one_prompt_per_name"),
            # NULL differs from NULL in SQLite's unique indexes.
            models.UniqueConstraint(fields=["name"], condition=models.Q(author=None), name="one_team_prompt_per_name"),
        ]

    def __str__(self) -> str:
        return f"/{self.name}"

    @classmethod
    def of(cls, user: User) -> QuerySet[Prompt]:
        """The prompts that `user` can use: their own and the team's."""
        return cls.objects.filter(models.Q(author=user) | models.Q(author=None))

    def as_json(self) -> dict[str, Any]:
        """The prompt as its event shows it."""
        return {"id": self.pk, "name": self.name, "text": self.text, "team": self.author_id is None}
