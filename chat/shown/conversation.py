"""What readers are told of conversations: rows as the bodies of frames. Only what `chat.policy` lets them see."""

import uuid
from datetime import timedelta
from typing import Any

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from chat.models import Conversation, Feedback, Membership, Message, PersonaVersion, User
from chat.policy import visible_to

# Several screens of short messages; pages of long ones end earlier, at PAGE_BYTES.
PAGE_MESSAGES = 100
# Well below the window of a reader, so that one page never fills it alone.
PAGE_BYTES = 192 * 1024
# The server notes every 15 s whose pages are open; a person who is missed three times has left.
PRESENT_FOR = timedelta(seconds=45)


def conversation_patch(user: User, conversation: uuid.UUID, after: int) -> dict[str, Any] | None:
    """What is new in a conversation after revision `after`; None when `user` may not see it.

    From revision 0, or when too much is new for one page, the newest page is given, with `after` 0.
    """
    told = conversation_told(user, conversation, after)
    return told[0] if told else None


def conversation_told(user: User, conversation: uuid.UUID, after: int) -> tuple[dict[str, Any], Membership] | None:
    """The patch, and the membership of `user`, which is to be told once they have seen it."""
    row = visible_to(user).filter(pk=conversation).select_related("persona").first()
    if row is None:
        return None
    messages: list[dict[str, Any]] = []
    more = False
    if 0 < after <= row.revision:
        messages, more = _page(user, row.messages.filter(revision__gt=after))
    if more or not 0 < after <= row.revision:
        after = 0
        messages, more = _page(user, row.messages.filter(trashed_at__isnull=True))
    memberships = list(row.memberships.select_related("user").order_by("created_at", "pk"))
    mine = next((membership for membership in memberships if membership.user_id == user.pk), None)
    if mine is None:  # left since the conversation was read
        return None
    patch = {
        "conversation": str(row.pk),
        "after": after,
        "revision": row.revision,
        "title": row.title,
        "role": mine.role,
        "upstream": row.upstream,
        "model": row.model,
        "options": row.options,
        "persona": _persona(row.persona),
        "members": [_member(membership) for membership in memberships],
        "messages": messages,
        "queue": _queue(row),
        "more": more,
    }
    return patch, mine


def _queue(row: Conversation) -> list[dict[str, Any]]:
    # Building a query over the columns of four tables costs a millisecond, and nearly always nothing waits.
    if not row.queue.exists():
        return []
    return [waiting.as_json() for waiting in row.queue.select_related("author", "after__run")]


def conversation_history(
    user: User, conversation: uuid.UUID, before: int | None, after: int | None = None
) -> dict[str, Any] | None:
    """The page of messages just older than the message `before`, or else just newer than `after`.

    None when `user` may not see the conversation.
    """
    row = visible_to(user).filter(pk=conversation).first()
    if row is None:
        return None
    kept = row.messages.filter(trashed_at__isnull=True)
    if before is None:
        messages, more = _page(user, kept.filter(pk__gt=after), forwards=True)
    else:
        messages, more = _page(user, kept.filter(pk__lt=before))
    return {"conversation": str(row.pk), "messages": messages, "more": more}


def _persona(version: PersonaVersion | None) -> dict[str, Any] | None:
    return {"id": version.persona_id, "name": version.name, "version": version.number} if version else None


def _member(membership: Membership) -> dict[str, Any]:
    user = membership.user
    present = user.last_seen_at is not None and timezone.now() - user.last_seen_at < PRESENT_FOR
    return {
        "user": user.pk,
        "username": user.get_username(),
        "name": user.display_name,
        "role": membership.role,
        "present": present,
    }


def _page(user: User, rows: QuerySet[Message], *, forwards: bool = False) -> tuple[list[dict[str, Any]], bool]:
    """The newest messages of `rows` (`forwards`: the oldest) that fit a page, oldest first, and whether there are more."""
    page: list[dict[str, Any]] = []
    size = 0
    found = rows.select_related("author", "run").order_by("id" if forwards else "-id")[: PAGE_MESSAGES + 1]
    more = False
    for message in found.iterator(chunk_size=20):
        body = message.as_json()
        size += len(msgspec.json.encode(body))
        if page and (len(page) == PAGE_MESSAGES or size > PAGE_BYTES):
            more = True
            break
        page.append(body)
    return with_feedback(user, page if forwards else page[::-1]), more


def with_feedback(user: User, page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages of a page, each answer with what this person thinks of it."""
    answers = {body["id"]: body for body in page if body.get("role") == Message.Role.ASSISTANT}
    if answers:
        for given in Feedback.objects.filter(user=user, message__in=answers):
            answers[given.message_id]["feedback"] = {"value": given.value, "reason": given.reason}
    return page
