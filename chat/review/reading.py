"""A stored conversation for a reviewer: pages of the whole tree, each message with its runs and figures.

Returns values for templates. Every string in them was written by a person or a model and is shown as text, not as HTML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Prefetch
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext

from chat.models import Conversation, Feedback, Message, Run
from chat.review.figures import figures, outcome
from chat.review.stored import parts_of
from chat.review.tree import Node, walk
from chat.shown.run_error import words_of_error

MESSAGES_A_PAGE = 100
# On a page of many messages a longer one is cut and linked to its own page, so that 100 messages are at most 2 MB.
SHOWN_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part: `kind` selects its style; `text` is its body, `name` and `note` are its heading."""

    kind: str
    text: str = ""
    name: str = ""
    note: str = ""
    is_error: bool = False
    address: str = ""
    number: int | None = None
    inside: tuple[ShownPart, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One of a message's runs."""

    id: int
    outcome: str
    status: str
    asked: str  # upstream / model
    requested_by: str
    started: datetime
    figures: list[str]
    error: str
    error_code: str
    request_id: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version of a message, which is linked to by its id."""

    number: int
    id: int
    is_this: bool


@dataclass(frozen=True, slots=True)
class ShownRating:
    """What one person thinks of an answer."""

    person: str
    is_good: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its node in the tree."""

    message: Message
    node: Node
    parts: list[ShownPart]
    is_cut: bool
    runs: list[ShownRun]
    versions: list[ShownVersion]
    ratings: list[ShownRating]

    @property
    def author(self) -> str:
        if self.message.author:
            return self.message.author.display_name
        return self.message.model if self.message.role == Message.Role.ASSISTANT else ""

    @property
    def current(self) -> ShownRun | None:
        return next((run for run in self.runs if run.is_current), None)

    @property
    def earlier(self) -> list[ShownRun]:
        return [run for run in self.runs if not run.is_current]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a conversation's tree. Pages are numbered from 1; an empty conversation has one."""

    number: int
    pages: int
    messages: int
    branches: int
    entries: list[Entry] = field(default_factory=list)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def page(conversation: Conversation, number: int = 1, *, around: int | None = None) -> Page:
    """A page of the conversation; `around` asks for the page with this message.

    It reads two integers for each message of the conversation, and MESSAGES_A_PAGE rows in full.
    """
    rows = Message.objects.filter(conversation=conversation).order_by("pk")
    nodes = walk(rows.values_list("pk", "parent_id"))
    at = {node.id: index // MESSAGES_A_PAGE + 1 for index, node in enumerate(nodes)}
    pages = max(1, -(-len(nodes) // MESSAGES_A_PAGE))
    number = at.get(around, 1) if around else min(max(number, 1), pages)
    shown = nodes[(number - 1) * MESSAGES_A_PAGE : number * MESSAGES_A_PAGE]
    messages = {message.pk: message for message in _whole(node.id for node in shown)}
    return Page(
        number=number,
        pages=pages,
        messages=len(nodes),
        branches=sum(node.version > 1 for node in nodes),
        entries=[_entry(messages[node.id], node, SHOWN_CHARS) for node in shown if node.id in messages],
    )


def single(message: Message) -> Entry:
    """One message, uncut, with its siblings as versions."""
    siblings = Message.objects.filter(conversation=message.conversation_id, parent=message.parent_id).order_by("pk")
    node = Node(
        message.pk, message.parent_id, tuple(siblings.values_list("pk", flat=True)), follows=False, is_newest=False
    )
    return _entry(next(_whole([message.pk])), node, None)


def _whole(ids: Any) -> Iterator[Message]:
    runs = Prefetch("runs", Run.objects.select_related("requested_by").order_by("pk"))
    rows = Message.objects.filter(pk__in=list(ids)).select_related("author", "run", "trashed_by")
    ratings = Prefetch("feedback", Feedback.objects.select_related("user").order_by("pk"))
    return iter(rows.prefetch_related(runs, ratings))


def _entry(message: Message, node: Node, most_chars: int | None) -> Entry:
    parts, is_cut = _cut([shown_part(part) for part in parts_of(message)], most_chars)
    return Entry(
        message=message,
        node=node,
        parts=parts,
        is_cut=is_cut,
        runs=[_shown_run(run, is_current=run.pk == message.run_id) for run in message.runs.all()],
        versions=[
            ShownVersion(number, version, version == message.pk) for number, version in enumerate(node.versions, 1)
        ],
        ratings=[
            ShownRating(given.user.display_name, given.value > 0, given.reason) for given in message.feedback.all()
        ],
    )


def _cut(parts: list[ShownPart], most_chars: int | None) -> tuple[list[ShownPart], bool]:
    if most_chars is None or sum(len(part.text) for part in parts) <= most_chars:
        return parts, False
    shown: list[ShownPart] = []
    left = most_chars
    for part in parts:
        if left <= 0:
            break
        shown.append(replace(part, text=part.text[:left]))
        left -= len(part.text)
    return shown, True


def shown_part(part: dict[str, Any]) -> ShownPart:
    """A stored part as it is shown; a part of unknown kind is shown as JSON."""
    kind, text = str(part.get("type", "")), str(part.get("text") or "")
    match kind:
        case "text" | "refusal":
            return ShownPart(kind, text)
        case "reasoning":
            hidden = (
                gettext("The provider does not disclose this reasoning.") if part.get("redacted") and not text else ""
            )
            return ShownPart(kind, text, note=hidden)
        case "tool_call":
            return ShownPart(kind, _readable(str(part.get("arguments") or "")), name=str(part.get("name") or "?"))
        case "tool_result":
            failed = bool(part.get("is_error"))
            note = gettext("failed") if failed else gettext("answered")
            return ShownPart(kind, text, str(part.get("name") or "?"), note, failed, inside=_contents(part))
        case "provider_call":
            failed = bool(part.get("is_error"))
            note = gettext("failed at the provider") if failed else gettext("done by the provider")
            asked = _readable(str(part.get("arguments") or ""))
            said = "\n\n".join(filter(None, (asked, text)))
            return ShownPart("tool_result", said, str(part.get("name") or "?"), note, failed, inside=_contents(part))
        case "source":
            url = str(part.get("url") or "")
            # Whoever wrote the answer chose the address: only pages of the web are linked to.
            address = url if url.startswith(("https://", "http://")) else ""
            host = urlsplit(address).hostname or "" if address else url
            return ShownPart(kind, "", str(part.get("title") or url), host, address=address, number=part.get("number"))
        case "attachment" if part.get("problem"):
            return ShownPart(kind, name=str(part.get("name") or "file"), note=gettext("not kept"))
        case "attachment":
            name, size = str(part.get("name") or "file"), part.get("size_bytes")
            note = filesizeformat(size) if isinstance(size, int) else str(part.get("media_type") or "")
            return ShownPart(kind, name=name, note=note, address=_address_of(part))
        case "seam":
            return ShownPart(kind, note=_seam_words(str(part.get("why") or ""), part.get("attempt"), part.get("of")))
        case _:
            return ShownPart("unknown", json.dumps(part, ensure_ascii=False, indent=2)[:SHOWN_CHARS], name=kind)


def _contents(part: dict[str, Any]) -> tuple[ShownPart, ...]:
    """What came with a result besides text."""
    return tuple(map(shown_part, part.get("contents") or ()))


def _address_of(part: dict[str, Any]) -> str:
    """The address at which a file can be opened; opening it is audited as a reading."""
    try:
        return reverse("file", args=[UUID(str(part.get("id")))])
    except ValueError:
        return ""


def _seam_words(why: str, attempt: object, of: object) -> str:
    """What the conversation's page says of a seam, and, unlike there, why the connection was lost."""
    if not why:
        return gettext("Continued")
    if why == "the server restarted":
        return gettext("The server restarted, continued ({attempt} of {of})").format(attempt=attempt, of=of)
    return gettext("Connection lost, continued ({attempt} of {of}): {why}").format(attempt=attempt, of=of, why=why)


def _readable(arguments: str) -> str:
    """JSON with one field per line; broken JSON, which models do write, is returned unchanged."""
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return arguments


def _shown_run(run: Run, *, is_current: bool) -> ShownRun:
    error = run.state.get("error") or {}
    return ShownRun(
        id=run.pk,
        outcome=outcome(run),
        status=run.status,
        asked=" / ".join(filter(None, (run.upstream, run.model))),
        requested_by=run.requested_by.display_name if run.requested_by else "",
        started=run.created_at,
        figures=figures(run),
        error=words_of_error(error),
        error_code=str(error.get("code") or ""),
        request_id=str(error.get("request_id") or run.state.get("request_id") or ""),
        is_current=is_current,
    )
