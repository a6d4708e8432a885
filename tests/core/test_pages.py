"""What readers are told of conversations: only their own, in pages that fit, from any revision on (D5, C14)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.utils import timezone

from chat import policy
from chat.models import Conversation, Membership, Message, User
from chat.shown import listing
from chat.shown.conversation import PAGE_BYTES, PAGE_MESSAGES, conversation_history, conversation_patch
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ROLES = ("owner", "editor", "viewer", "stranger", "administrator")


@pytest.mark.parametrize("role", ROLES)
def test_every_door_opens_for_members_and_for_nobody_else(role: str, cast: Cast) -> None:
    user, pk = cast.role(role), cast.conversation.pk
    told = [
        listing.conversation_list(user)["items"],
        listing.conversation_item(user, pk),
        listing.conversation_items(user, [pk]),
        conversation_patch(user, pk, 0),
        conversation_history(user, pk, 2**53),
        policy.visible_to(user).exists(),
        policy.messages_visible_to(user).exists(),
        policy.runs_visible_to(user).exists(),
    ]
    is_member = role in ("owner", "editor", "viewer")
    assert [bool(one) for one in told] == [is_member] * len(told)


@pytest.mark.parametrize("role", ROLES)
def test_what_does_not_exist_looks_like_somebody_elses(role: str, cast: Cast) -> None:
    user, pk = cast.role(role), uuid.uuid4()
    assert listing.conversation_item(user, pk) is None
    assert conversation_patch(user, pk, 0) is None
    assert conversation_history(user, pk, 1) is None


def test_the_policys_table() -> None:
    table = {
        role: {action for action in ("read", "write", "manage") if policy.may(role, action)} for role in policy.MAY
    }
    assert table == {"owner": {"read", "write", "manage"}, "editor": {"read", "write"}, "viewer": {"read"}}
    for nobody in (None, "", "Owner", "administrator"):
        assert not any(policy.may(nobody, action) for action in ("read", "write", "manage", ""))


def test_a_patch_from_nothing_has_everything(cast: Cast) -> None:
    patch = conversation_patch(cast.bob, cast.conversation.pk, 0)
    assert patch is not None
    assert (patch["after"], patch["role"], patch["more"]) == (0, "editor", False)
    assert [message["id"] for message in patch["messages"]] == [cast.question.pk, cast.answer.pk]
    assert [(member["name"], member["role"]) for member in patch["members"]] == [
        ("alice", "owner"), ("bob", "editor"), ("vera", "viewer"),
    ]  # fmt: skip
    msgspec.json.encode(patch)


def test_patches_from_any_revision_lead_to_the_same_messages(cast: Cast) -> None:
    known: dict[int, dict[int, Any]] = {}
    for number in range(12):
        revision = grow(cast, f"message {number}")
        for start in [*known, 0]:
            patch = conversation_patch(cast.bob, cast.conversation.pk, start)
            assert patch is not None
            assert (patch["after"], patch["revision"]) == (start, revision)
            mine = {**known.get(start, {}), **{message["id"]: message for message in patch["messages"]}}
            assert len(mine) == cast.conversation.messages.count()
            if not start:
                known[revision] = mine
    assert len(known) == 12


def test_a_reader_ahead_of_a_restored_server_begins_anew(cast: Cast) -> None:
    patch = conversation_patch(cast.bob, cast.conversation.pk, 10_000)
    assert patch is not None
    assert (patch["after"], len(patch["messages"])) == (0, 2)


def test_too_much_news_is_the_newest_page_and_the_rest_is_history(cast: Cast) -> None:
    start = Conversation.objects.get(pk=cast.conversation.pk).revision
    for number in range(PAGE_MESSAGES + 5):
        grow(cast, f"message {number}")
    patch = conversation_patch(cast.bob, cast.conversation.pk, start)
    assert patch is not None
    assert (patch["after"], patch["more"], len(patch["messages"])) == (0, True, PAGE_MESSAGES)
    oldest = patch["messages"][0]["id"]
    history = conversation_history(cast.bob, cast.conversation.pk, oldest)
    assert history is not None
    ids = [message["id"] for message in [*history["messages"], *patch["messages"]]]
    assert ids == sorted(cast.conversation.messages.values_list("pk", flat=True))
    assert not history["more"]


def test_a_page_fits_a_readers_window_whatever_the_messages_are(cast: Cast) -> None:
    for _ in range(8):
        grow(cast, "é" * 50_000)
    patch = conversation_patch(cast.bob, cast.conversation.pk, 0)
    assert patch is not None
    assert patch["more"]
    assert len(msgspec.json.encode(patch)) < PAGE_BYTES + 1000
    grow(cast, "é" * 250_000)
    huge = conversation_patch(cast.bob, cast.conversation.pk, 0)
    assert huge is not None
    assert len(huge["messages"]) == 1, "one message is always shown"


def test_a_person_seen_recently_is_present(cast: Cast) -> None:
    User.objects.filter(pk=cast.bob.pk).update(last_seen_at=timezone.now())
    User.objects.filter(pk=cast.vera.pk).update(last_seen_at=timezone.now() - timedelta(minutes=5))
    patch = conversation_patch(cast.alice, cast.conversation.pk, 0)
    assert patch is not None
    assert [member["name"] for member in patch["members"] if member["present"]] == ["bob"]


def test_somebody_deactivated_sees_nothing(cast: Cast) -> None:
    cast.alice.is_active = False
    assert listing.conversation_list(cast.alice)["items"] == []
    assert not policy.visible_to(cast.alice).exists()


def grow(cast: Cast, text: str) -> int:
    """One more message; the conversation's revision."""
    row = Conversation.objects.get(pk=cast.conversation.pk)
    revision = row.advance()
    parts = [{"type": "text", "text": text}]
    Message.objects.create(conversation=row, role="user", author=cast.alice, parts=parts, revision=revision)
    return revision


def test_roles_of_the_table_are_the_roles_of_the_rows() -> None:
    assert set(policy.MAY) == set(Membership.Role.values)
