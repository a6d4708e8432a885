"""Invitations: a link that creates an account once, even where sign-up is closed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from chat.models.user import User

VALID_FOR = timedelta(days=7)


class Invitation(models.Model):
    """A link that creates one account. Only the hash of its token is stored."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    note = models.CharField(
        max_length=200, blank=True, help_text=_("The person it is for. Only administrators see this.")
    )
    is_administrator = models.BooleanField(default=False, help_text=_("The new account is an administrator."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="invitations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, editable=False)
    used_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="invitation"
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.note or f"invitation {self.pk}"

    @classmethod
    def issue(
        cls,
        *,
        created_by: User | None = None,
        is_administrator: bool = False,
        note: str = "",
        valid_for: timedelta = VALID_FOR,
    ) -> tuple[Invitation, str]:
        """Create an invitation; also returns its token, which is shown once and never stored."""
        token = secrets.token_urlsafe(32)
        invitation = cls.objects.create(
            token_hash=_hash(token),
            note=note,
            is_administrator=is_administrator,
            created_by=created_by,
            expires_at=timezone.now() + valid_for,
        )
        return invitation, token

    @classmethod
    def find(cls, token: str) -> Invitation | None:
        """The unused invitation with this token; None for an unknown, used or expired one alike.

        Whether its maker may still invite is asked by chat.policy.open_invitation().
        """
        unused = cls.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now())
        return unused.select_related("created_by").first()

    @classmethod
    def used_since(cls, token: str, since: datetime) -> Invitation | None:
        """The invitation with this token, if an account was created with it after `since`."""
        used = cls.objects.filter(token_hash=_hash(token), used_at__gt=since)
        return used.select_related("used_by").first()

    def redeem(self, user: User) -> bool:
        """Mark it as used by `user`; False if somebody was faster, and then the caller rolls back the account."""
        fresh = Invitation.objects.filter(pk=self.pk, used_at=None, expires_at__gt=timezone.now())
        return fresh.update(used_at=timezone.now(), used_by=user) == 1


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
