"""What a socket tells unasked: the last thing told is the newest, however slowly the database answers."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from chat.models import User
from chat.sockets.connection import Connection
from chat.sockets.news import News
from chat.sockets.watches import Watches
from tests.live.harness.machine import PATIENCE_SECONDS


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_a_slow_reading_is_not_sent_after_a_newer_one() -> None:
    sent: list[Any] = []
    told = asyncio.Event()
    stored = {"value": "old"}
    read_once, may_go_on = threading.Event(), threading.Event()

    async def send(message: dict[str, Any]) -> None:
        sent.append(json.loads(message["text"])["preferences"])
        if len(sent) == 2:
            told.set()

    def read(user: User, about: str | None) -> dict[str, Any]:
        value = stored["value"]
        if not read_once.is_set():
            read_once.set()
            may_go_on.wait(PATIENCE_SECONDS)
        return {"preferences": value}

    connection = Connection(send, "en")
    user = User(pk=1)
    news = News(user, connection, Watches(user, connection, lambda conversation: None), {"preferences": read})
    news.tell_personal("preferences", None)
    await asyncio.to_thread(read_once.wait, PATIENCE_SECONDS)
    stored["value"] = "new"
    news.tell_personal("preferences", None)
    # As long as the first reading takes, a second one would have been read and sent.
    for _ in range(10):
        await asyncio.to_thread(lambda: None)
    may_go_on.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await told.wait()
    assert sent == ["old", "new"]
    connection.end()
