"""Only the person who rated an answer sees the rating; administrators see all ratings with their reasons."""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec
import pytest

from chat import commands, wire
from chat.database import in_thread
from chat.models import Feedback, User
from chat.shown.conversation import conversation_patch
from chat.wire.commands import MessageRate
from tests.cast import Cast

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


async def rate(user: User, **fields: Any) -> str:
    command = wire.parse(json.dumps({"type": "message.rate", **fields}))
    try:
        return (await commands.COMMANDS[MessageRate](user, command)).frame
    except commands.RefusalError as refusal:
        return refusal.code


def feedback_shown(user: User, conversation: uuid.UUID) -> list[Any]:
    patch = conversation_patch(user, conversation, 0)
    assert patch is not None
    return [message.get("feedback") for message in patch["messages"]]


async def test_it_comes_back_to_the_person_and_to_nobody_else(cast: Cast) -> None:
    assert await rate(cast.alice, message=cast.answer.pk, value=-1, reason=" Wrong.\0 ") == "ok"
    assert await rate(cast.vera, message=cast.answer.pk, value=1) == "ok"
    for person, expected in (
        (cast.alice, {"value": -1, "reason": "Wrong.\ufffd"}),
        (cast.vera, {"value": 1, "reason": ""}),
        (cast.bob, None),
    ):
        assert await in_thread(feedback_shown, person, cast.conversation.pk) == [None, expected]


async def test_a_second_thought_replaces_the_first_and_may_take_it_back(cast: Cast) -> None:
    await rate(cast.alice, message=cast.answer.pk, value=-1, reason="Wrong.")
    await rate(cast.alice, message=cast.answer.pk, value=1)
    assert await in_thread(lambda: [(given.value, given.reason) for given in Feedback.objects.all()]) == [(1, "")]
    await rate(cast.alice, message=cast.answer.pk, value=0)
    assert not await in_thread(Feedback.objects.exists)


async def test_only_answers_are_rated_and_only_by_members(cast: Cast) -> None:
    assert await rate(cast.bob, message=cast.answer.pk, value=1) == "ok"
    assert await rate(cast.bob, message=cast.question.pk, value=1) == "not_found"
    assert await rate(cast.charlie, message=cast.answer.pk, value=1) == "not_found"
    assert await rate(cast.ada, message=cast.answer.pk, value=1) == "not_found"


@pytest.mark.parametrize("fields", [{"value": 2}, {"value": 1, "reason": "x" * 2001}])
async def test_a_thumb_points_up_or_down_and_a_reason_is_short(fields: dict[str, Any]) -> None:
    with pytest.raises(wire.BadFrameError):
        wire.parse(msgspec.json.encode({"type": "message.rate", "message": 1, **fields}).decode())
