"""A person's list of conversations: its shelves (the list, archive, trash), its folders, its pages, and how the page is headed.

Each page is a range of one index, after the last entry of the page before: (time, id) is never the same twice, so nothing
is shown twice or left out, however many conversations have one time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat import policy
from chat.models import Folder, Membership, Run, User

LIST, ARCHIVE, TRASH = "list", "archive", "trash"
LIST_ITEMS = 50
# All pinned conversations come with the first page.
MAX_PINNED = 50
# A person with more open folders sees the contents of the others a moment after the page.
FOLDERS_IN_THE_SHELL = 6


def conversation_list(
    user: User, shelf: str = LIST, folder: int | None = None, before: str | None = None
) -> dict[str, Any]:
    """A page of a shelf: {items, next, shelf, folder}; `next` is the `before` of the page after it, None on the last one.

    The first page of the list begins with everything pinned. What is in a folder is only there, unless it is pinned.
    """
    rows, time = _on_shelf(user, shelf, folder)
    start = _start(before)
    if start is not None:
        rows = rows.filter(_after(time, *start))
    found = list(rows.order_by(f"-{time}", "-conversation_id")[: LIST_ITEMS + 1])
    page = found[:LIST_ITEMS]
    following = _cursor(page[-1], shelf) if len(found) > LIST_ITEMS else None
    if shelf == LIST and folder is None and start is None:
        pinned = _with_marks(policy.memberships_of(user).filter(pinned_at__isnull=False, archived_at=None))
        page = [*pinned.order_by("-listed_at", "-conversation_id")[:MAX_PINNED], *page]
    return {"items": [_item(row) for row in page], "next": following, "shelf": shelf, "folder": folder}


def conversation_item(user: User, conversation: UUID) -> dict[str, Any] | None:
    """One item of those lists; None when `user` may not see the conversation, or it is in the trash."""
    row = _with_marks(policy.memberships_of(user)).filter(conversation=conversation).first()
    return _item(row) if row else None


def conversation_items(user: User, conversations: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """The items of those conversations that `user` may see on one of the shelves, the trash included."""
    missing = set(conversations)
    rows: list[Any] = []
    # Nearly always all of them are in the list, and the trash is not read.
    for memberships in (policy.memberships_of, policy.trash_of):
        if missing:
            rows += memberships(user).filter(conversation__in=missing).select_related("conversation")
            missing -= {row.conversation_id for row in rows}
    found = {row.conversation_id for row in rows}
    # This runs at the start and the end of each answer, for each open page: three plain queries cost less than _with_marks().
    live = set(
        Run.objects.filter(status__in=Run.LIVE, message__conversation__in=found).values_list(
            "message__conversation", flat=True
        )
    )
    people = Counter(Membership.objects.filter(conversation__in=found).values_list("conversation", flat=True))
    for row in rows:
        row.running, row.people = row.conversation_id in live, people[row.conversation_id] - 1
    return {row.conversation_id: _item(row) for row in rows}


def folder_list(user: User) -> dict[str, Any]:
    """{folders}: this person's folders by name; `unread` says that one of them holds an unread conversation."""
    new = policy.memberships_of(user).filter(
        folder=OuterRef("pk"), archived_at=None, pinned_at=None, conversation__revision__gt=F("read_revision")
    )
    folders = Folder.objects.filter(user=user).annotate(unread=Exists(new))
    return {
        "folders": [
            {"id": folder.pk, "name": folder.name, "open": folder.is_open, "unread": folder.unread}
            for folder in folders
        ]
    }


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the list under one heading; `folder` where it is one."""

    key: str
    name: str
    items: list[dict[str, Any]]
    folder: dict[str, Any] | None = None


def shell(user: User) -> dict[str, Any]:
    """What the first paint of the list needs: {lists, folders, sections}."""
    folders = folder_list(user)["folders"]
    first = conversation_list(user)
    in_folders = [
        conversation_list(user, folder=folder["id"])
        for folder in [folder for folder in folders if folder["open"]][:FOLDERS_IN_THE_SHELL]
    ]
    return {
        "lists": [first, *in_folders],
        "folders": folders,
        "sections": list(_sections(first["items"], folders, in_folders)),
    }


def heading_of(day: date, today: date) -> tuple[str, str]:
    """The heading under which a day stands today, as a key and in words; twin: static/js/state/sections.js."""
    days = (today - day).days
    if days <= 0:
        return "today", _("Today")
    if days == 1:
        return "yesterday", _("Yesterday")
    if days <= 7:
        return "week", _("The last 7 days")
    if days <= 30:
        return "month", _("The last 30 days")
    return f"{day:%Y-%m}", date_format(day, "F" if day.year == today.year else "F Y")


def _sections(
    items: list[dict[str, Any]], folders: list[dict[str, Any]], in_folders: list[dict[str, Any]]
) -> Iterator[Section]:
    pinned = [item for item in items if item["pinned"]]
    if pinned:
        yield Section("pinned", _("Pinned"), pinned)
    known = {page["folder"]: page["items"] for page in in_folders}
    for folder in folders:
        yield Section(f"folder-{folder['id']}", folder["name"], known.get(folder["id"], []), folder)
    today = timezone.localdate()
    rest = [item for item in items if not item["pinned"]]
    for (key, name), group in groupby(rest, lambda item: heading_of(_day(item["updated_at"]), today)):
        yield Section(key, name, list(group))


def _day(moment: str) -> date:
    return timezone.localdate(datetime.fromisoformat(moment))


def _on_shelf(user: User, shelf: str, folder: int | None) -> tuple[QuerySet[Any], str]:
    """The rows of a shelf, and the field whose time orders them."""
    if shelf == TRASH:
        return _with_marks(policy.trash_of(user)), "conversation__trashed_at"
    rows = _with_marks(policy.memberships_of(user))
    if shelf == ARCHIVE:
        return rows.filter(archived_at__isnull=False), "listed_at"
    return rows.filter(archived_at=None, pinned_at=None, folder=folder), "listed_at"


def _with_marks(memberships: QuerySet[Membership]) -> QuerySet[Any]:
    # Few runs are live at once, so that one query reads them all, instead of one for each conversation.
    live = Run.objects.filter(status__in=Run.LIVE).order_by().values("message__conversation")
    others = Membership.objects.filter(conversation=OuterRef("conversation")).exclude(user=OuterRef("user"))
    return memberships.select_related("conversation").annotate(
        running=ExpressionWrapper(Q(conversation__in=live), BooleanField()),
        people=Subquery(others.order_by().values("conversation").annotate(count=Count("pk")).values("count")),
    )


def _item(row: Any) -> dict[str, Any]:
    conversation = row.conversation
    return {
        "id": str(conversation.pk),
        "title": conversation.title,
        "updated_at": row.listed_at.isoformat(),
        "running": row.running,
        "unread": conversation.revision > row.read_revision,
        "role": row.role,
        "people": row.people or 0,
        "pinned": row.pinned_at is not None,
        "archived": row.archived_at is not None,
        "folder": row.folder_id,
        "trashed_at": conversation.trashed_at.isoformat() if conversation.trashed_at else None,
    }


def _cursor(row: Any, shelf: str) -> str:
    time = row.conversation.trashed_at if shelf == TRASH else row.listed_at
    return f"{time.isoformat()} {row.conversation_id}"


def _after(time: str, moment: datetime, conversation: UUID | None) -> Q:
    # The first condition repeats the second, so that the database begins there in its index instead of at the top.
    later = Q(**{f"{time}__lt": moment})
    if conversation is not None:
        later |= Q(**{time: moment}, conversation_id__lt=conversation)
    return Q(**{f"{time}__lte": moment}) & later


def _start(before: str | None) -> tuple[datetime, UUID | None] | None:
    """The position in the order that a client names: "time id", or a time alone. None for anything else: the top."""
    text, _, pk = (before or "").partition(" ")
    try:
        moment = parse_datetime(text)
        if moment is None:
            return None
        # In UTC, because year 1 in Tokyo is a year that no database has.
        aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
        return aware.astimezone(UTC), UUID(pk) if pk else None
    except (ValueError, OverflowError):
        return None
