"""Exports: conversations as JSON lines, and their messages as a table for spreadsheets.

Exports are streamed: a few hundred rows are in memory at any time, however large the selection is. `notes` writes to
the audit trail batch by batch, before the batch is sent.

JSON lines: one object for each conversation, with its members and the whole tree of its messages, each with all its
runs; it holds every column that is not a secret, so that it can be read in again. The table: one line for each message.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Prefetch, QuerySet

from chat.models import Conversation, Feedback, Membership, Message, Run, User
from chat.review.stored import parts_of

VERSION = 1

# Rows in memory at a time. Messages may be long, so this is fewer than would be fastest.
CONVERSATIONS_AT_A_TIME = 50
MESSAGES_AT_A_TIME = 200

COLUMNS = (
    "conversation", "title", "message", "parent", "role", "author", "created_at", "text", "upstream", "model", "status",
    "finish_reason", "input_tokens", "output_tokens", "ttft_seconds", "elapsed_seconds", "error_code", "error",
)  # fmt: skip

Notes = Callable[[Iterable[UUID]], None]
Writer = Callable[[Conversation], Iterator[str]]


def as_json_lines(selection: QuerySet[Conversation], notes: Notes) -> Iterator[str]:
    """The export in pieces; it has one line for each conversation."""
    for conversation in _batches(selection, notes):
        yield from _line(conversation)


def as_table(selection: QuerySet[Conversation], notes: Notes) -> Iterator[str]:
    """The export in pieces, as CSV in which no cell is read as a formula; UTF-8 with the byte order mark Excel needs."""
    yield "\ufeff" + _csv([COLUMNS])
    for conversation in _batches(selection, notes):
        for messages in _messages(conversation):
            yield _csv(_row(conversation, message) for message in messages)


async def streamed(pieces: Iterator[str]) -> AsyncIterator[bytes]:
    """The pieces as bytes for an ASGI server; each is made on the request's own thread."""
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece.encode("utf-8", "replace")


FORMS: dict[str, tuple[str, Callable[[QuerySet[Conversation], Notes], Iterator[str]]]] = {
    "jsonl": ("application/x-ndjson", as_json_lines),
    "csv": ("text/csv; charset=utf-8", as_table),
}


def _batches(selection: QuerySet[Conversation], notes: Notes) -> Iterator[Conversation]:
    """The selected conversations, ordered by key: no cursor stays open, and no conversation comes twice."""
    last: UUID | None = None
    ordered = selection.order_by("pk")
    while batch := list((ordered.filter(pk__gt=last) if last else ordered)[:CONVERSATIONS_AT_A_TIME]):
        notes([conversation.pk for conversation in batch])
        yield from batch
        last = batch[-1].pk


def _messages(conversation: Conversation) -> Iterator[list[Message]]:
    runs = Prefetch("runs", Run.objects.select_related("requested_by").order_by("pk"))
    ratings = Prefetch("feedback", Feedback.objects.select_related("user").order_by("pk"))
    rows = (
        Message.objects.filter(conversation=conversation).select_related("author", "run", "trashed_by").order_by("pk")
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last).prefetch_related(runs, ratings)[:MESSAGES_AT_A_TIME]):
        yield batch
        last = batch[-1].pk


def _line(conversation: Conversation) -> Iterator[str]:
    """The line of a conversation in pieces, each with a batch of messages."""
    head = _json(conversation_as_json(conversation))
    yield f'{head[:-1]},"messages":['
    comma = ""
    for messages in _messages(conversation):
        yield comma + ",".join(_json(message_as_json(message)) for message in messages)
        comma = ","
    yield "]}\n"


def conversation_as_json(conversation: Conversation) -> dict[str, Any]:
    """The conversation without its messages."""
    members = Membership.objects.filter(conversation=conversation).select_related("user").order_by("pk")
    return {
        "type": "parley.conversation",
        "version": VERSION,
        "id": str(conversation.pk),
        "title": conversation.title,
        "title_is_automatic": conversation.title_is_automatic,
        "upstream": conversation.upstream,
        "model": conversation.model,
        "revision": conversation.revision,
        "created_by": _person(conversation.created_by),
        "created_at": _moment(conversation.created_at),
        "updated_at": _moment(conversation.updated_at),
        "members": [
            {
                "user": _person(member.user),
                "role": member.role,
                "read_revision": member.read_revision,
                "created_at": _moment(member.created_at),
            }
            for member in members
        ],
    }


def message_as_json(message: Message) -> dict[str, Any]:
    """A message with all its runs, oldest first; while it is being written, its parts are those stored so far."""
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "author": _person(message.author),
        "parts": parts_of(message),
        "client_id": message.client_id,
        "upstream": message.upstream,
        "model": message.model,
        "revision": message.revision,
        "created_at": _moment(message.created_at),
        "trashed_at": _moment(message.trashed_at),
        "trashed_by": _person(message.trashed_by),
        "feedback": [
            {"user": _person(given.user), "value": given.value, "reason": given.reason}
            for given in message.feedback.all()
        ],
        "run": message.run_id,
        "runs": [run_as_json(run) for run in message.runs.all()],
    }


def run_as_json(run: Run) -> dict[str, Any]:
    """A run with its usage, its figures and its whole state, but without the process that works on it."""
    return {
        "id": run.pk,
        "requested_by": _person(run.requested_by),
        "client_id": run.client_id,
        "upstream": run.upstream,
        "model": run.model,
        "options": run.options,
        "status": run.status,
        "seq": run.seq,
        "state": run.state,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "ttft_seconds": run.ttft_seconds,
        "elapsed_seconds": run.elapsed_seconds,
        "created_at": _moment(run.created_at),
        "ended_at": _moment(run.ended_at),
    }


def _row(conversation: Conversation, message: Message) -> list[Any]:
    run = message.run
    state = run.state if run else {}
    error = state.get("error") or {}
    return [
        conversation.pk, conversation.title, message.pk, message.parent_id, message.role,
        message.author.get_username() if message.author else "", _moment(message.created_at), text_of(message),
        message.upstream, message.model, run.status if run else "", state.get("finish_reason", ""),
        run.input_tokens if run else None, run.output_tokens if run else None, run.ttft_seconds if run else None,
        run.elapsed_seconds if run else None, error.get("code", ""), error.get("message", ""),
    ]  # fmt: skip


def text_of(message: Message) -> str:
    """What a person reads of the message, even while it is being written: the names of its files, its text, its sources."""
    parts = parts_of(message)
    names = [f"[File {part.get('name')}]" for part in parts if part.get("type") == "attachment"]
    sources = [
        f"[{part.get('number')}] {part.get('title')} {part.get('url')}"
        for part in parts
        if part.get("type") == "source"
    ]
    return "\n".join([*names, *filter(None, [Message(parts=parts).text]), *sources])


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    page = io.StringIO()
    csv.writer(page, quoting=csv.QUOTE_ALL).writerows([harmless(cell) for cell in row] for row in rows)
    return page.getvalue()


# What a spreadsheet takes for the start of a formula, even as a full-width character or after blanks.
FORMULA_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n|%")


def harmless(cell: Any) -> Any:
    """The cell, with an apostrophe before a possible formula and without NUL; numbers stay numbers."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    cell = cell.replace("\0", "\ufffd")
    risky = cell[:1] in FORMULA_SIGNS or cell.lstrip()[:1] in FORMULA_SIGNS
    return f"'{cell}" if cell and risky else cell


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # JSON allows these unescaped, but many programs that read lines break a line at them.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def _person(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.get_username(), "display_name": user.display_name} if user else None


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
