"""A conversation and its members."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models.attachment import Attachment, AttachmentGoneError
from chat.models.choosing import Choosing
from chat.models.indexed import IndexedText
from chat.models.membership import Membership
from chat.models.message import Message
from chat.models.post import Asked, Post, Posted, Queued, gone, once
from chat.models.refusal import RefusalError
from chat.models.run import Run

if TYPE_CHECKING:
    from chat.models.user import User

TITLE_MAX_CHARS = 200
# Each queued message is in every patch of its conversation.
MAX_QUEUED = 10


class Conversation(Choosing):
    """A tree of messages that its members read and write together.

    `revision` counts every visible change; a reader that knows revision n asks for what came after n.
    """

    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    title_is_automatic = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="created_conversations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    trashed_at = models.DateTimeField(null=True, db_index=True, help_text="Since when it is in the trash.")
    trashed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="trashed_conversations"
    )

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.title or "New conversation"

    @classmethod
    def start(cls, owner: User, title: str = "", asked: Asked | None = None) -> Conversation:
        """Create an empty conversation owned by `owner`, who counts as having seen its first revision."""
        asked = asked or Asked()
        with transaction.atomic(savepoint=False):
            conversation = cls.objects.create(
                created_by=owner,
                upstream=asked.upstream,
                model=asked.model,
                title=title,
                options=asked.options,
                revision=1,
                persona_id=asked.persona,
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
    def start_with(cls, post: Post, process: str) -> Posted:
        """A new conversation with its first message, and a run for the answer that `process` is to work on.

        Idempotent by the client's id. Raises RefusalError.
        """

        def make() -> Posted:
            row = cls.start(post.author, post.title, post.asked)
            return _question(row, post, None).ask(post.asked, post.author, post.client_id, process)

        return once(post.author, post.client_id, make)

    def post(self, post: Post, process: str, *, below: int | None = None, behind: bool = False) -> Posted | Queued:
        """Post a message below the answer `below`, or queue it where that answer is still being written.

        An edit is a post with the parent of the message that it replaces. `behind`: the author saw messages queued
        under `below`, so this one comes after them, even if they have been posted since. The caller has checked that
        the author may write here. Idempotent by the client's id. Raises RefusalError.
        """

        def make() -> Posted | Queued:
            row = Conversation.locked(self.pk)
            if below is None:
                return row.add_message(post, process, None)
            waiting = list(row.queue.values_list("author", "client_id", "after"))
            if any((author, name) == (post.author.pk, post.client_id) for author, name, _after in waiting):
                return Queued(row.pk, post.client_id)
            before = _followed(row, _end_of(row, below) if behind else below)
            is_awaited = any(after == before.pk for _author, _name, after in waiting)
            if before.must_be_awaited(is_awaited=is_awaited):
                return row.enqueue(post, before)
            posted = row.add_message(post, process, before)
            if is_awaited:
                # Messages behind an answer that failed now wait for the answer to this message.
                row.queue.filter(after=before).update(after=posted.answer)
            return posted

        return once(post.author, post.client_id, make)

    def add_message(self, post: Post, process: str, before: Message | None) -> Posted:
        """Store a message below `before`, and a run for its answer. Call it on a locked row, inside once()."""
        self.require_in_use()
        _require_answer(before)
        self.updated_at = timezone.now()
        model = self.note_model(post.asked.upstream, post.asked.model)
        self.title = self.title or post.title
        self.advance(*model, "updated_at", "title", by=post.author)
        return _question(self, post, before).ask(post.asked, post.author, post.client_id, process)

    def enqueue(self, post: Post, after: Message) -> Queued:
        """Let a message wait until `after` has ended. Call it on a locked row. Raises RefusalError."""
        if Run.objects.filter(requested_by=post.author, client_id=post.client_id).exists():
            raise IntegrityError("This client_id was posted before: once() finds its run.")
        texts = [waiting.text for waiting in self.queue.all()]
        if len(texts) >= MAX_QUEUED:
            words = _("{count} messages are already queued here. Wait until one is sent.")
            raise RefusalError("limit", words.format(count=MAX_QUEUED))
        if sum(map(len, texts)) + len(post.text) > settings.MAX_MESSAGE_CHARS:
            raise RefusalError("limit", _("The queued messages are too long in total. Wait until one is sent."))
        try:
            with transaction.atomic():
                self.queue.create(
                    author=post.author,
                    after=after,
                    client_id=post.client_id,
                    parts=post.parts,
                    upstream=post.asked.upstream,
                    model=post.asked.model,
                )
        except IntegrityError:
            raise RefusalError("bad_frame", _("This client_id is queued in another conversation.")) from None
        self.queue_changed(post.author)
        return Queued(self.pk, post.client_id)

    def cancel(self, author: User, client_id: str) -> None:
        """Take a message of `author` out of the queue. Raises RefusalError if it is not queued, or no longer."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            deleted, _rows = row.queue.filter(author=author, client_id=client_id).delete()
            if not deleted:
                words = _("That message is no longer queued: it was sent or removed.")
                raise RefusalError("not_found", words)
            row.queue_changed(author)

    def queue_changed(self, by: User | None = None) -> None:
        """Save the next revision, because the queue has changed; `by` has seen it. The row must be locked."""
        self.updated_at = timezone.now()
        self.advance("updated_at")
        if by is not None:
            self.memberships.filter(user=by).update(read_revision=self.revision)

    def rename(self, title: str, *, automatic: bool = False) -> None:
        """Set the title; an automatic one never replaces one that a person chose."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            if automatic and not row.title_is_automatic:
                return
            row.title, row.title_is_automatic = title[:TITLE_MAX_CHARS], automatic
            row.advance("title", "title_is_automatic")

    def trash(self, user: User) -> list[int]:
        """Put it into the trash, where only its owners see it; the live runs in it, which the caller stops."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row._move(timezone.now(), user)
        live = Run.objects.filter(message__conversation=self, status__in=Run.LIVE)
        return list(live.values_list("pk", flat=True))

    def restore(self) -> None:
        """Take it out of the trash: every member finds it where it was."""
        with transaction.atomic():
            row = Conversation.locked(self.pk)
            row._move(None, None)

    def require_in_use(self) -> None:
        """Raises RefusalError in the trash."""
        if self.trashed_at is not None:
            raise RefusalError("not_found", _("This conversation is in the trash."))

    def _move(self, trashed_at: datetime | None, trashed_by: User | None) -> None:
        """Put it into the trash or take it out; a member who had read everything still has."""
        read = self.memberships.filter(read_revision__gte=self.revision)
        readers = list(read.values_list("pk", flat=True))
        self.trashed_at, self.trashed_by = trashed_at, trashed_by
        revision = self.advance("trashed_at", "trashed_by")
        Membership.objects.filter(pk__in=readers).update(read_revision=revision)


def _followed(row: Conversation, parent: int) -> Message:
    """The parent of a new message, with its run. Raises RefusalError."""
    found = row.messages.select_related("run").filter(pk=parent).first()
    if found is None:
        raise RefusalError("not_found", _("The message this one answers is not in this conversation."))
    return found


def _end_of(row: Conversation, answer: int) -> int:
    """The last answer below `answer`, along the newest messages."""
    while True:
        below = row.messages.filter(parent__parent=answer, role=Message.Role.ASSISTANT, trashed_at=None)
        newest = below.order_by("-parent", "-pk").values_list("pk", flat=True).first()
        if newest is None:
            return answer
        answer = newest


def _require_answer(before: Message | None) -> None:
    if before is None:
        return
    if before.trashed_at is not None:
        raise RefusalError("not_found", _("The message this one answers is not in this conversation."))
    if before.role == Message.Role.USER:
        words = _("A message follows an answer, or nothing. To edit one, post with its parent.")
        raise RefusalError("bad_frame", words)


def _question(row: Conversation, post: Post, before: Message | None) -> Message:
    """Store the message itself, with its attachments and in the search index."""
    question = Message.objects.create(
        conversation=row,
        parent=before,
        role=Message.Role.USER,
        author=post.author,
        client_id=post.client_id,
        parts=post.parts,
        revision=row.revision,
    )
    if post.attachments:
        try:
            Attachment.claim(post.author, post.attachments, question.pk)
        except AttachmentGoneError:
            raise gone() from None
    IndexedText.keep(question)
    return question
