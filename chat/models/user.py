"""People with accounts."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction

from chat.text import visible_name


class User(AbstractUser):
    """A person with an account. `is_superuser` is an administrator: configures upstreams and may review."""

    last_seen_at = models.DateTimeField(null=True, editable=False, help_text="When a page of theirs was last open.")

    preferences = models.JSONField(default=dict, editable=False, help_text="What the page remembers for them.")

    @property
    def display_name(self) -> str:
        """One line of visible letters: it stands before this person's words in what a model is sent."""
        return visible_name(self.get_full_name()) or self.get_username()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every door to an account ends here: an invitation, sign-up, single sign-on, the administration."""
        self.first_name, self.last_name = visible_name(self.first_name), visible_name(self.last_name)
        super().save(*args, **kwargs)

    def prefer(self, given: dict[str, Any]) -> None:
        """Store these preferences; the others stay as they are."""
        with transaction.atomic():
            row = User.objects.select_for_update().get(pk=self.pk)
            row.preferences = {**row.preferences, **given}
            row.save(update_fields=["preferences"])
