"""People with accounts."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction


class User(AbstractUser):
    """A person with an account. `is_superuser` is an administrator: configures upstreams and may review."""

    last_seen_at = models.DateTimeField(null=True, editable=False, help_text="When a page of theirs was last open.")

    preferences = models.JSONField(default=dict, editable=False, help_text="What the page remembers for them.")

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.get_username()

    def prefer(self, given: dict[str, Any]) -> None:
        """Store these preferences; the others stay as they are."""
        with transaction.atomic():
            row = User.objects.select_for_update().get(pk=self.pk)
            row.preferences = {**row.preferences, **given}
            row.save(update_fields=["preferences"])
