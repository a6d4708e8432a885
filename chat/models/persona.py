"""Personas: a system prompt with a name, a model, its options and its tools. Every change makes a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from chat.models.user import User

PERSONA_NAME_MAX_CHARS = 60
# The list is read as a whole when the menu of models opens.
MAX_PERSONAS = 100


class Persona(models.Model):
    """A named persona of one person, or of the team if `author` is None. Conversations refer to its versions."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="personas"
    )
    name = models.CharField(max_length=PERSONA_NAME_MAX_CHARS)
    current = models.ForeignKey("chat.PersonaVersion", null=True, on_delete=models.RESTRICT, related_name="+")
    deleted_at = models.DateTimeField(null=True, help_text="No longer offered; its versions stay for the record.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, user: User) -> QuerySet[Persona]:
        """Those that `user` can choose: their own and the team's."""
        mine_or_ours = models.Q(author=user) | models.Q(author=None)
        return cls.objects.filter(mine_or_ours, deleted_at=None).select_related("current")

    def become(self, user: User, name: str, *, upstream: str, model: str, options: dict[str, Any]) -> PersonaVersion:
        """Save it with a new version, unless nothing has changed."""
        with transaction.atomic():
            if self.pk is None:
                self.save()
            row = Persona.objects.select_for_update().get(pk=self.pk)
            now = row.current
            fields = {"name": name, "upstream": upstream, "model": model, "options": options}
            if now is None or any(getattr(now, field) != value for field, value in fields.items()):
                number = (now.number if now else 0) + 1
                now = PersonaVersion.objects.create(persona=row, number=number, created_by=user, **fields)
            self.name, self.current = name, now
            self.save(update_fields=["name", "current"])
        return now

    def as_json(self) -> dict[str, Any]:
        """The persona as its event shows it."""
        version = self.current
        assert version is not None
        fields = {"upstream": version.upstream, "model": version.model, "options": version.options}
        return {"id": self.pk, "name": self.name, "team": self.author_id is None, "version": version.number, **fields}


class PersonaVersion(models.Model):
    """A version of a persona. Rows are only added, because conversations refer to the version that answered."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=PERSONA_NAME_MAX_CHARS)
    upstream = models.CharField(max_length=64, blank=True, help_text="Empty: whatever the conversation has.")
    model = models.CharField(max_length=200, blank=True)
    options = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["persona", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"
