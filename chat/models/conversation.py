"""A conversation, and who is in it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.persona import PersonaVersion
    from chat.models.user import User

TITLE_MAX_CHARS = 200


class LastOwner(Exception):
    """The person is a conversation's only owner, and it needs one."""


class Conversation(models.Model):
    """A tree of messages that its members read and write together.

    `revision` counts every visible change; a reader that knows revision n asks for what came after n.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    title_is_automatic = models.BooleanField(default=True)
    upstream = models.CharField(max_length=64, blank=True, help_text="Slug of the upstream that answers next.")
    model = models.CharField(max_length=200, blank=True)
    options = models.JSONField(default=dict, help_text="System prompt, temperature and the like, where they were set.")
    persona = models.ForeignKey(
        "chat.PersonaVersion", null=True, on_delete=models.SET_NULL, related_name="conversations",
        help_text="Whose model and options these are, until somebody chooses others.",
    )  # fmt: skip
    revision = models.PositiveBigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="created_conversations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True, db_index=True)
    trashed_at = models.DateTimeField(null=True, db_index=True, help_text="Since when it is in the trash.")
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="trashed_conversations"
    )

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.title or "New conversation"

    @classmethod
    def start(
        cls,
        owner: User,
        *,
        upstream: str = "",
        model: str = "",
        title: str = "",
        options: dict[str, Any] | None = None,
        persona: int | None = None,
    ) -> Conversation:
        """A new, empty conversation owned by `owner`, who has seen its first revision."""
        with transaction.atomic(savepoint=False):
            conversation = cls.objects.create(
                created_by=owner,
                upstream=upstream,
                model=model,
                title=title,
                options=options or {},
                revision=1,
                persona_id=persona,
            )
            Membership.objects.create(
                conversation=conversation,
                user=owner,
                role=Membership.Role.OWNER,
                read_revision=1,
                listed_at=conversation.updated_at,
            )
        return conversation

    @classmethod
    def locked(cls, pk: uuid.UUID) -> Conversation:
        """The row, locked until the surrounding transaction ends: whoever changes a conversation takes it first."""
        return cls.objects.select_for_update().get(pk=pk)

    def advance(self, *fields: str, by: User | None = None) -> int:
        """Save `fields` under the next revision, which is returned. The row must be locked.

        `by` has written something: they have seen it, and with everybody else it comes back out of the archive, as in
        mail; one's own words and answers leave it there.
        """
        self.revision += 1
        self.save(update_fields=["revision", *fields])
        if by is not None:
            own, others = self.memberships.filter(user=by), self.memberships.exclude(user=by)
            own.update(listed_at=self.updated_at, read_revision=self.revision)
            others.update(listed_at=self.updated_at, archived_at=None)
        elif "updated_at" in fields:
            self.memberships.update(listed_at=self.updated_at)
        return self.revision

    def rename(self, title: str, *, automatic: bool = False) -> None:
        """Set the title; an automatic one never replaces one that a person chose."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            if automatic and not row.title_is_automatic:
                return
            row.title, row.title_is_automatic = title[:TITLE_MAX_CHARS], automatic
            row.advance("title", "title_is_automatic")

    def choose_model(self, upstream: str, model: str) -> None:
        """The model that answers from now on."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row.advance(*row.note_model(upstream, model))

    def note_model(self, upstream: str, model: str) -> tuple[str, ...]:
        """Take another model, and leave the persona that has its own; the fields that are to be saved."""
        if self.persona is not None and self.persona.model not in ("", model):
            self.persona = None
        self.upstream, self.model = upstream, model
        return "upstream", "model", "persona"

    def choose_persona(self, version: PersonaVersion | None) -> None:
        """Who answers from now on: that version's options, and its model where it has one. None: nobody in particular."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row.persona, row.options = version, version.options if version else {}
            if version is not None and version.model:
                row.upstream, row.model = version.upstream, version.model
            row.advance("persona", "options", "upstream", "model")

    def choose_options(self, options: dict[str, Any]) -> None:
        """What is asked of the model from now on besides the messages; what is not in `options` is the model's own."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row.persona = row.persona if options == row.options else None
            row.options = options
            row.advance("options", "persona")

    def admit(self, user: User, role: str) -> None:
        """Make `user` a member with `role`, or change the role they have. Raises LastOwner."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            if role != Membership.Role.OWNER:
                row._require_another_owner(user)
            Membership.objects.update_or_create(
                conversation=row,
                user=user,
                defaults={"role": role},
                create_defaults={"role": role, "listed_at": row.updated_at},
            )
            row.advance()

    def dismiss(self, user: User) -> None:
        """End `user`'s membership. Raises LastOwner."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row._require_another_owner(user)
            Membership.objects.filter(conversation=row, user=user).delete()
            row.advance()

    def trash(self, user: User) -> None:
        """Put it into the trash: nobody sees it any more but its owners, and they only there."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row._move(timezone.now(), user)

    def restore(self) -> None:
        """Take it out of the trash: everybody finds it where it was."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row._move(None, None)

    def role_of(self, user: User) -> str | None:
        """`owner`, `editor`, `viewer`, or None for somebody who is not a member."""
        return self.memberships.filter(user=user).values_list("role", flat=True).first()

    def _move(self, trashed_at: datetime | None, trashed_by: User | None) -> None:
        """Into the trash or out of it: nothing in it is new by that."""
        read = self.memberships.filter(read_revision__gte=self.revision)
        readers = list(read.values_list("pk", flat=True))
        self.trashed_at, self.trashed_by = trashed_at, trashed_by
        revision = self.advance("trashed_at", "trashed_by")
        Membership.objects.filter(pk__in=readers).update(read_revision=revision)

    def _require_another_owner(self, user: User) -> None:
        # Only under the lock: two owners who leave at once would each see the other one stay.
        owners = set(self.memberships.filter(role=Membership.Role.OWNER).values_list("user_id", flat=True))
        if owners == {user.pk}:
            raise LastOwner


class Membership(models.Model):
    """A person's place in a conversation."""

    class Role(models.TextChoices):
        OWNER = "owner"
        EDITOR = "editor"
        VIEWER = "viewer"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="memberships")
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
