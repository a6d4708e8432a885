"""A person's list of conversations: in order, by pages and shelves, and without anybody else's."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import policy
from chat.models import Conversation, Folder, Membership, Run, User
from chat.shown import listing
from chat.shown.listing import LIST_ITEMS
from tests.cast import Cast, answered, post

pytestmark = pytest.mark.django_db


def file_away(user: User, conversation: Conversation, **fields: Any) -> None:
    Membership.objects.filter(user=user, conversation=conversation).update(**fields)


def titles(page: dict[str, Any]) -> list[str]:
    return [item["title"] for item in page["items"]]


def many(user: User, count: int, *, apart: timedelta = timedelta(seconds=1)) -> list[Conversation]:
    """Conversations titled "0", "1" …, each younger than the one before by `apart`."""
    now = timezone.now()
    rows = [Conversation.start(user, title=str(number)) for number in range(count)]
    for number, row in enumerate(rows):
        file_away(user, row, listed_at=now + number * apart)
    return rows


def read_on(user: User, **where: Any) -> list[str]:
    """The titles on all pages of a shelf."""
    page = listing.conversation_list(user, **where)
    found = titles(page)
    while page["next"]:
        page = listing.conversation_list(user, **where, before=page["next"])
        found += titles(page)
    return found


def test_the_list_goes_on_where_it_ended_and_is_newest_first(alice: User) -> None:
    many(alice, 2 * LIST_ITEMS + 7)
    assert [int(title) for title in read_on(alice)] == list(range(2 * LIST_ITEMS + 6, -1, -1))


@pytest.mark.parametrize("shelf", ["list", "archive", "trash"])
def test_of_conversations_with_one_and_the_same_time_none_is_left_out_and_none_comes_twice(
    shelf: str, alice: User
) -> None:
    rows = many(alice, LIST_ITEMS + 20, apart=timedelta(0))
    if shelf == "archive":
        Membership.objects.update(archived_at=timezone.now())
    if shelf == "trash":
        Conversation.objects.update(trashed_at=timezone.now())
    assert sorted(map(int, read_on(alice, shelf=shelf))) == list(range(len(rows)))


def test_what_moves_up_between_two_pages_is_not_shown_twice(alice: User) -> None:
    rows = many(alice, LIST_ITEMS + 3)
    first = listing.conversation_list(alice)
    row = Conversation.objects.get(pk=rows[0].pk)
    row.updated_at = timezone.now() + timedelta(days=1)
    row.advance("updated_at")
    rest = listing.conversation_list(alice, before=first["next"])
    assert titles(rest) == ["2", "1"]
    assert titles(listing.conversation_list(alice))[0] == "0"


def test_each_conversation_is_on_one_shelf_and_pinned_ones_come_with_the_first_page(alice: User) -> None:
    rows = many(alice, LIST_ITEMS + 10)
    folder = Folder.objects.create(user=alice, name="Work")
    now = timezone.now()
    file_away(alice, rows[0], pinned_at=now)
    file_away(alice, rows[1], folder=folder)
    file_away(alice, rows[2], folder=folder, pinned_at=now)
    file_away(alice, rows[3], archived_at=now, folder=folder)
    rows[4].trash(alice)
    assert titles(listing.conversation_list(alice))[:3] == ["2", "0", str(LIST_ITEMS + 9)]
    shelves = {
        "list": read_on(alice),
        "folder": read_on(alice, folder=folder.pk),
        "archive": read_on(alice, shelf="archive"),
        "trash": read_on(alice, shelf="trash"),
    }
    assert (shelves["folder"], shelves["archive"], shelves["trash"]) == (["1"], ["3"], ["4"])
    assert sorted(int(title) for found in shelves.values() for title in found) == list(range(len(rows)))


def test_an_item_says_what_it_is_to_this_person_and_to_nobody_else(cast: Cast) -> None:
    def item(user: User) -> dict[str, Any]:
        found = listing.conversation_item(user, cast.conversation.pk)
        assert found is not None
        return found

    folder = Folder.objects.create(user=cast.bob, name="Work")
    file_away(cast.bob, cast.conversation, pinned_at=timezone.now(), folder=folder)
    mine, others = item(cast.bob), item(cast.vera)
    assert (mine["pinned"], mine["folder"], mine["role"], mine["people"]) == (True, folder.pk, "editor", 2)
    assert (others["pinned"], others["folder"], others["role"]) == (False, None, "viewer")
    assert (mine["running"], mine["unread"], mine["trashed_at"]) == (False, True, None)
    Membership.objects.filter(user=cast.bob).update(read_revision=Conversation.objects.get().revision)
    Run.objects.create(message=cast.answer, upstream="u", model="m", status="running")
    assert (item(cast.bob)["running"], item(cast.bob)["unread"]) == (True, False)


@pytest.mark.parametrize(
    ("role", "visible"), [("owner", True), ("editor", False), ("viewer", False), ("stranger", False)]
)
def test_the_trash_is_seen_by_owners_and_there_only(role: str, visible: bool, cast: Cast) -> None:
    user, pk = cast.role(role), cast.conversation.pk
    assert bool(listing.conversation_item(user, pk)) == (role != "stranger")
    Conversation.objects.get(pk=pk).trash(cast.alice)
    assert [item["id"] for item in listing.conversation_list(user, "trash")["items"]] == [str(pk)] * visible
    assert bool(listing.conversation_items(user, [pk])) == visible
    assert listing.conversation_item(user, pk) is None
    assert listing.conversation_list(user)["items"] == []
    for queryset in (policy.visible_to, policy.messages_visible_to, policy.runs_visible_to):
        assert not queryset(user).exists()
    Conversation.objects.get(pk=pk).restore()
    assert bool(listing.conversation_item(user, pk)) == (role != "stranger")


def test_what_was_in_the_trash_is_new_to_those_only_to_whom_it_was_new(cast: Cast) -> None:
    def unread(user: User) -> bool:
        item = listing.conversation_item(user, cast.conversation.pk)
        return bool(item and item["unread"])

    Membership.objects.filter(user=cast.alice).update(read_revision=Conversation.objects.get().revision)
    assert (unread(cast.alice), unread(cast.bob)) == (False, True)
    Conversation.objects.get().trash(cast.alice)
    Conversation.objects.get().restore()
    assert (unread(cast.alice), unread(cast.bob)) == (False, True)


def test_what_is_archived_comes_back_when_somebody_else_writes_and_only_then(cast: Cast) -> None:
    def archived(user: User) -> bool:
        return listing.conversation_list(user, "archive")["items"] != []

    Membership.objects.filter(user__in=[cast.alice, cast.bob]).update(archived_at=timezone.now())
    posted = post(cast.bob, "More?", "from-bob", conversation=cast.conversation.pk, parent=cast.answer.pk)
    assert (archived(cast.alice), archived(cast.bob)) == (False, True)
    Membership.objects.filter(user=cast.alice).update(archived_at=timezone.now())
    answered(posted.run.pk)
    assert (archived(cast.alice), archived(cast.bob)) == (True, True)


def test_folders_are_a_persons_own_and_say_whether_something_in_them_is_new(cast: Cast) -> None:
    folder = Folder.objects.create(user=cast.bob, name="Work")
    assert [entry["unread"] for entry in listing.folder_list(cast.bob)["folders"]] == [False]
    file_away(cast.bob, cast.conversation, folder=folder)
    assert [entry["unread"] for entry in listing.folder_list(cast.bob)["folders"]] == [True]
    assert listing.folder_list(cast.alice)["folders"] == []
    assert listing.conversation_list(cast.alice, folder=folder.pk)["items"] == []
    folder.delete()
    assert len(listing.conversation_list(cast.bob)["items"]) == 1


def test_a_new_member_finds_it_where_its_time_is(cast: Cast) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    row = Conversation.objects.get(pk=cast.conversation.pk)
    row.updated_at = yesterday
    row.advance("updated_at")
    row.admit(cast.charlie, Membership.Role.VIEWER)
    found = listing.conversation_item(cast.charlie, row.pk)
    assert found is not None
    assert found["updated_at"] == yesterday.isoformat()


@pytest.mark.parametrize(
    "before", ["2026-01-01T00:00:00Z not-an-id", "never 1", f"9999-12-31T23:59:59Z {uuid.UUID(int=0)}"]
)
def test_an_invalid_position_in_the_list_is_the_top(before: str, cast: Cast) -> None:
    assert len(listing.conversation_list(cast.alice, before=before)["items"]) == 1


@pytest.mark.parametrize("where", [{}, {"shelf": "archive"}, {"shelf": "trash"}, {"folder": 1}])
def test_a_page_costs_the_same_for_one_conversation_and_for_fifty(where: dict[str, Any], alice: User) -> None:
    costs = []
    for count in (1, 49):
        many(alice, count)
        with CaptureQueriesContext(connection) as queries:
            listing.conversation_list(alice, **where)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 2


@pytest.mark.parametrize(
    ("where", "index"),
    [({}, "membership_listed"), ({"folder": 1}, "membership_in_folder"), ({"shelf": "archive"}, "membership_archived")],
)
def test_a_page_of_a_long_list_is_a_range_of_its_index(where: dict[str, Any], index: str, alice: User) -> None:
    rows, time = listing._on_shelf(alice, where.get("shelf", "list"), where.get("folder"))
    after = listing._after(time, timezone.now(), uuid.uuid4())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = rows.filter(after).order_by(f"-{time}", "-conversation_id")[:LIST_ITEMS].explain()
    assert index in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def test_days_have_headings() -> None:
    today = date(2026, 11, 26)
    told = [
        listing.heading_of(today - timedelta(days=days), today)[1]
        for days in (-1, 0, 1, 2, 7, 8, 30, 31, 300, 331, 800)
    ]
    assert told == [
        "Today", "Today", "Yesterday", "The last 7 days", "The last 7 days", "The last 30 days", "The last 30 days",
        "October", "January", "December 2025", "September 2024",
    ]  # fmt: skip


def test_the_shell_has_what_is_pinned_then_the_folders_then_the_days(alice: User) -> None:
    rows = many(alice, 3)
    folder = Folder.objects.create(user=alice, name="Work", is_open=True)
    Folder.objects.create(user=alice, name="Closed")
    file_away(alice, rows[0], pinned_at=timezone.now())
    file_away(alice, rows[1], folder=folder)
    file_away(alice, rows[2], listed_at=timezone.now())
    sections = listing.shell(alice)["sections"]
    assert [(section.name, [item["title"] for item in section.items]) for section in sections] == [
        ("Pinned", ["0"]),
        ("Closed", []),
        ("Work", ["1"]),
        ("Today", ["2"]),
    ]
