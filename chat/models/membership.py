"""Membership: a person's role in a conversation, what they have seen of it, and its filing in their list."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.refusal import RefusalError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from chat.models.user import User


class Membership(models.Model):
    """A person's role in a conversation, and how they have filed it in their list."""

    class Role(models.TextChoices):
        OWNER = "owner"
        EDITOR = "editor"
        VIEWER = "viewer"

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices)
    read_revision = models.PositiveBigIntegerField(default=0, help_text="The newest revision this person has seen.")
    listed_at = models.DateTimeField(
        default=timezone.now, help_text="Its conversation's updated_at: here, so that one index has a list in order."
    )
    pinned_at = models.DateTimeField(null=True, help_text="Since when it stands on top of this person's list.")
    archived_at = models.DateTimeField(null=True, help_text="Since when it is out of this person's list.")
    folder = models.ForeignKey("chat.Folder", null=True, on_delete=models.SET_NULL, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="one_membership_each")]
        # One for each part of a list, so that a page of it costs the same with 50 conversations and with 10,000.
        indexes = [
            models.Index(
                fields=["user", "-listed_at", "-conversation"],
                name="membership_listed",
                condition=models.Q(archived_at=None, pinned_at=None, folder=None),
            ),
            models.Index(
                fields=["folder", "-listed_at", "-conversation"],
                name="membership_in_folder",
                condition=models.Q(archived_at=None, pinned_at=None),
            ),
            models.Index(
                fields=["user", "-listed_at", "-conversation"],
                name="membership_archived",
                condition=models.Q(archived_at__isnull=False),
            ),
            models.Index(
                fields=["user", "-listed_at", "-conversation"],
                name="membership_pinned",
                condition=models.Q(pinned_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def saw(self, revision: int) -> None:
        """This person was shown `revision` of the conversation."""
        if revision > self.read_revision:
            Membership.objects.filter(pk=self.pk, read_revision__lt=revision).update(read_revision=revision)
            self.read_revision = revision


class Shared(models.Model):
    """The part of a conversation that its members share: each change has a revision, and there is always an owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    revision = models.PositiveBigIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        abstract = True

    @classmethod
    def locked(cls, pk: uuid.UUID) -> Self:
        """The row, locked until the surrounding transaction ends; a change of a conversation begins with this lock."""
        return cls._default_manager.select_for_update().get(pk=pk)

    def advance(self, *fields: str, by: User | None = None) -> int:
        """Save `fields` under the next revision, which is returned. The row must be locked.

        `by` has written something: they have seen it, and everybody else finds the conversation outside the archive
        again, as in mail. A person's own messages, and answers, do not take it out of their archive.
        """
        self.revision += 1
        self.save(update_fields=["revision", *fields])
        if by is not None:
            self._members.filter(user=by).update(listed_at=self.updated_at, read_revision=self.revision)
            self._members.exclude(user=by).update(listed_at=self.updated_at, archived_at=None)
        elif "updated_at" in fields:
            self._members.update(listed_at=self.updated_at)
        return self.revision

    def admit(self, user: User, role: str) -> None:
        """Make `user` a member with `role`, or change the role they have. Raises RefusalError."""
        with transaction.atomic():
            row = self.locked(self.pk)
            if role != Membership.Role.OWNER:
                row._require_another_owner(user)
            Membership.objects.update_or_create(
                conversation_id=self.pk,
                user=user,
                defaults={"role": role},
                create_defaults={"role": role, "listed_at": row.updated_at},
            )
            row.advance()

    def dismiss(self, user: User) -> None:
        """End `user`'s membership. Raises RefusalError."""
        with transaction.atomic():
            row = self.locked(self.pk)
            row._require_another_owner(user)
            self._members.filter(user=user).delete()
            row.advance()

    def role_of(self, user: User) -> str | None:
        """`owner`, `editor`, `viewer`, or None for somebody who is not a member."""
        return self._members.filter(user=user).values_list("role", flat=True).first()

    @property
    def _members(self) -> QuerySet[Membership]:
        return Membership.objects.filter(conversation=self.pk)

    def _require_another_owner(self, user: User) -> None:
        # Checked under the lock, because two owners who leave at once would each see the other one stay.
        owners = set(self._members.filter(role=Membership.Role.OWNER).values_list("user_id", flat=True))
        if owners == {user.pk}:
            words = _("A conversation needs an owner. Make somebody else an owner first.")
            raise RefusalError("not_allowed", words)
