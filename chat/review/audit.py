"""The audit trail: who read, searched or exported other people's conversations, and who changed the rules.

The row is written before the content is sent, so that content whose reading cannot be recorded is not shown.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from chat.models import AuditEntry, Conversation, User
from chat.policy import visible_to

READ, SEARCH, EXPORT = "conversation.read", "conversation.search", "conversation.export"
LIST = "conversation.listed"

LONGEST_QUERY_CHARS = 500


def note(request: HttpRequest, action: str, conversation: UUID | None = None, **detail: Any) -> AuditEntry:
    """Write one row about what this request's person does; the request's address and path are added to the detail."""
    return AuditEntry.objects.create(
        actor=_actor(request), action=action, conversation=conversation, detail=detail | _where(request)
    )


def note_account(request: HttpRequest, user: User, action: str, **detail: Any) -> AuditEntry:
    """Write one row about this account, which the request need not be signed in as: a sign-in, or a failed one.

    Without the path, which contains the token of an invitation.
    """
    return AuditEntry.objects.create(actor=user, action=action, detail=detail | {"ip": _where(request)["ip"]})


def note_reading(request: HttpRequest, conversation: Conversation, **detail: Any) -> AuditEntry | None:
    """Write a row, unless the reader is a member of the conversation."""
    if visible_to(request.user).filter(pk=conversation.pk).exists():
        return None
    return note(request, READ, conversation.pk, **detail)


def note_search(request: HttpRequest, query: str) -> None:
    """Write a row for a search through other people's conversations: one for each request, however many queries it makes."""
    if not getattr(request, "_search_is_noted", False):
        note(request, SEARCH, query=query[:LONGEST_QUERY_CHARS])
        request._search_is_noted = True  # type: ignore[attr-defined]


def note_listing(request: HttpRequest, shown_list: str, conversations: Iterable[UUID]) -> None:
    """Write a row for one page of a list with the titles of conversations of which the reader is no member."""
    shown = set(conversations)
    mine = visible_to(request.user).filter(pk__in=shown).values_list("pk", flat=True)
    if others := sorted(map(str, shown - set(mine))):
        note(request, LIST, list=shown_list, conversations=others)


class ExportNotes:
    """Writes a row for each conversation of an export, batch by batch, just before the batch is sent."""

    def __init__(self, request: HttpRequest, form: str, count: int) -> None:
        self._actor = _actor(request)
        self._detail = {"export": uuid4().hex, "format": form, "count": count} | _where(request)

    def __call__(self, conversations: Iterable[UUID]) -> None:
        AuditEntry.objects.bulk_create(
            AuditEntry(actor=self._actor, action=EXPORT, conversation=each, detail=self._detail)
            for each in conversations
        )


def _actor(request: HttpRequest) -> User | None:
    return request.user if request.user.is_authenticated else None


def _where(request: HttpRequest) -> dict[str, str]:
    try:
        ip = str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:  # the server listens on a Unix socket, or the proxy does not forward the address
        ip = ""
    return {"ip": ip, "path": request.path}
