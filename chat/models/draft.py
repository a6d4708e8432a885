"""Unsent texts, stored for each conversation, so that a person can continue on another device."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction

if TYPE_CHECKING:
    from chat.models.user import User


class Draft(models.Model):
    """The unsent text of one person in one conversation; `conversation` None means a new one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey("chat.Conversation", null=True, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField()
    revision = models.PositiveBigIntegerField(default=0, help_text="Counts the changes; the newest wins.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "conversation"], name="one_draft_each"),
            # NULL differs from NULL in SQLite's unique indexes.
            models.UniqueConstraint(fields=["user"], condition=models.Q(conversation=None), name="one_new_draft_each"),
        ]

    def __str__(self) -> str:
        return f"draft of {self.user_id}"

    @classmethod
    def keep(cls, user: User, conversation: uuid.UUID | None, text: str, revision: int) -> Draft:
        """Store `text`, which is based on that revision. If another device has written meanwhile, its text stays and is returned.

        An empty text clears it; the row stays, so that revisions only increase. The same text again changes nothing.
        """
        with transaction.atomic():
            drafts = cls.objects.select_for_update(of=("self",))
            draft, _ = drafts.get_or_create(user=user, conversation_id=conversation, defaults={"text": ""})
            if draft.text != text and draft.revision <= revision:
                draft.text, draft.revision = text, max(draft.revision, revision) + 1
                draft.save(update_fields=["text", "revision", "updated_at"])
        return draft

    def as_json(self) -> dict[str, Any]:
        """The draft as its event shows it."""
        conversation = str(self.conversation_id) if self.conversation_id else None
        return {"conversation": conversation, "text": self.text, "revision": self.revision}
