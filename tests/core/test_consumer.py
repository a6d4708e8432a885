"""The socket as a client sees it: what is refused, what closes it, and that one bad frame harms nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chat import wire
from chat.database import in_thread
from chat.sockets.sweep import open_sockets
from tests.cast import Cast
from tests.core.scene import missing_table
from tests.core.talk import Talk
from tests.environment import set_upstream
from tests.live.harness.machine import PATIENCE_SECONDS

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _as_fast_as_can_be(settings: Any) -> None:
    settings.MAX_FRAMES_PER_SECOND = 1000


async def test_the_first_frame_welcomes(cast: Cast, settings: Any) -> None:
    async with Talk(cast.ada) as talk:
        welcome = await talk.next()
    assert welcome is not None
    assert welcome["type"] == "welcome"
    assert welcome["user"] == {"id": cast.ada.pk, "name": "ada", "is_staff": True}
    assert welcome["window_bytes"] == settings.WINDOW_BYTES


async def test_without_a_session_the_socket_says_why_and_closes(cast: Cast) -> None:
    async with Talk(None) as talk:
        assert (await talk.until("bye"))["code"] == 4001
        assert await talk.next() is None
    assert talk.close_code == 4001


@pytest.mark.parametrize("query", ["", "?protocol=0", "?protocol=x", "?protocol=-2", "?protocol=2&protocol=2"])
async def test_a_page_of_an_older_version_is_asked_to_reload(query: str, cast: Cast) -> None:
    async with Talk(cast.alice, address=f"/ws/{query}") as talk:
        bye = await talk.until("bye")
    assert (bye["code"], bye["reload"]) == (4009, True)


async def test_a_page_of_a_newer_version_is_told_to_try_again(cast: Cast) -> None:
    async with Talk(cast.alice, address=f"/ws/?protocol={wire.PROTOCOL + 1}") as talk:
        bye = await talk.until("bye")
    assert (bye["code"], bye["reload"]) == (4009, False)


async def test_twenty_bad_frames_are_one_too_many_and_nineteen_are_not(cast: Cast) -> None:
    async with Talk(cast.alice) as talk, Talk(cast.bob) as other:
        for _ in range(19):
            assert (await _bad(talk))["code"] == "bad_frame"
        assert (await talk.ask("ping"))["type"] == "pong"
        await talk.send_bytes(b"\xff")
        assert (await talk.until("bye"))["code"] == 4008
        assert (await other.ask("ping"))["type"] == "pong"


async def test_an_empty_and_a_binary_frame_are_refused(cast: Cast) -> None:
    async with Talk(cast.alice) as talk:
        await talk.send_text("")
        assert (await talk.until("error"))["code"] == "bad_frame"
        await talk.send_bytes(b"{}")
        assert (await talk.until("error"))["code"] == "bad_frame"


@pytest.mark.parametrize(("over", "answer"), [(-1, "prompt.list"), (0, "prompt.list"), (1, "error")])
async def test_a_frame_may_be_as_long_as_the_welcome_says(over: int, answer: str, cast: Cast, settings: Any) -> None:
    settings.MAX_FRAME_BYTES = 4096
    text = '{"type":"prompt.list"}'
    async with Talk(cast.alice) as talk:
        await talk.send_text(text + " " * (4096 + over - len(text)))
        assert (await talk.until(answer)).get("code") == ("too_large" if over > 0 else None)


@pytest.mark.parametrize("sign", ['{"type":"ping","re":"r"', '{"type":"ack","frames":1,"re":"r"'])
async def test_a_sign_of_life_is_short_and_has_no_field_that_nobody_knows(sign: str, cast: Cast) -> None:
    async with Talk(cast.alice) as talk:
        await talk.send_text(sign + "}" + " " * (255 - len(sign)))
        assert (await talk.ask("ping"))["type"] == "pong"
        assert not [frame for frame in talk.seen if frame["type"] == "error"]
        await talk.send_text(sign + "}" + " " * (256 - len(sign)))
        assert (await talk.until("error", re="r"))["code"] == "too_large"
        await talk.send_text(sign + ',"more":1}')
        assert (await talk.until("error", code="bad_frame"))["re"] == "r"


async def test_a_person_who_sends_too_fast_is_told_and_then_disconnected(cast: Cast, settings: Any) -> None:
    settings.MAX_FRAMES_PER_SECOND = 0
    async with Talk(cast.alice) as talk, Talk(cast.bob) as other:
        for number in range(30):
            await talk.send("message.retry", re=f"re-{number}", client_id=f"client-{number}", message=2**50)
        refused = await talk.until("error", code="too_fast")
        assert (refused["re"], refused["client_id"]) == ("re-0", "client-0")
        assert (await talk.until("bye"))["code"] == 4008
        settings.MAX_FRAMES_PER_SECOND = 1000
        assert (await other.ask("ping"))["type"] == "pong"


async def test_what_keeps_a_connection_alive_has_a_rate_of_its_own(cast: Cast, settings: Any) -> None:
    async with Talk(cast.alice) as talk:
        assert (await talk.ask("run.stop", run=cast.run.pk))["type"] == "ok"
        settings.MAX_FRAMES_PER_SECOND = 0.001
        assert (await talk.ask("run.stop", run=cast.run.pk))["code"] == "too_fast"
        settings.MAX_FRAMES_PER_SECOND = 1
        for _ in range(20):
            assert (await talk.ask("ping"))["type"] == "pong"


@pytest.mark.parametrize("sign", [{"type": "ping"}, {"type": "ack", "frames": 0}])
async def test_a_flood_of_signs_of_life_ends_the_socket(sign: dict[str, Any], cast: Cast, settings: Any) -> None:
    async with Talk(cast.alice) as talk, Talk(cast.bob) as other:
        assert (await talk.ask("ping"))["type"] == "pong"
        settings.MAX_FRAMES_PER_SECOND = 0
        for _ in range(20):
            await talk.send(**sign)
        assert (await talk.until("error"))["code"] == "too_fast"
        assert (await talk.until("bye"))["code"] == 4008
        settings.MAX_FRAMES_PER_SECOND = 1000
        assert (await other.ask("ping"))["type"] == "pong"


async def test_an_acknowledgement_of_something_new_is_free(cast: Cast, settings: Any) -> None:
    async with Talk(cast.alice, acks=False) as talk:
        for _ in range(25):
            await talk.ask("ping")
        settings.MAX_FRAMES_PER_SECOND = 0
        for frames in range(1, 26):
            await talk.send("ack", frames=frames)
        settings.MAX_FRAMES_PER_SECOND = 1000
        assert (await talk.ask("ping"))["type"] == "pong"
        assert not [frame for frame in talk.seen if frame["type"] == "error"]


async def test_c7_a_client_that_asks_for_lists_and_reads_none_gets_a_window_of_them_and_is_disconnected(
    cast: Cast, settings: Any
) -> None:
    settings.WINDOW_BYTES = 2000
    async with Talk(cast.alice, acks=False) as talk:
        for _ in range(60):
            await talk.send("conversation.list")
            await asyncio.sleep(0.01)
        assert (await talk.until("bye"))["code"] == 4008
        lists = [frame for frame in talk.seen if frame["type"] == "conversation.list"]
        assert len(lists) * len(json.dumps(lists[0])) < 2 * 2000


async def test_c7_a_client_that_reads_no_answer_at_all_is_disconnected(cast: Cast, settings: Any) -> None:
    settings.WINDOW_BYTES = 2000
    async with Talk(cast.alice, acks=False) as talk, Talk(cast.bob) as other:
        for _ in range(100):
            await talk.send("ping", re="x" * 64)
        assert (await talk.until("bye"))["code"] == 4010
        for _ in range(100):
            assert (await other.ask("ping"))["type"] == "pong"


async def test_with_a_full_window_stop_works_and_what_was_asked_comes_with_the_acknowledgement(
    cast: Cast, settings: Any
) -> None:
    settings.WINDOW_BYTES = 200  # the welcome alone is longer
    async with Talk(cast.alice, acks=False) as talk:
        await talk.send("conversation.list", re="list")
        assert (await talk.ask("run.stop", run=cast.run.pk))["type"] == "ok"
        await talk.send("ack", frames=len(talk.seen))
        assert (await talk.until("conversation.list"))["re"] == "list"


async def test_a_person_has_a_limit_of_sockets_and_others_have_theirs(cast: Cast, settings: Any) -> None:
    settings.MAX_SOCKETS_PER_PERSON = 2
    async with Talk(cast.alice) as first, Talk(cast.alice) as second:
        for talk in (first, second):
            await talk.until("welcome")
        async with Talk(cast.alice) as third:
            assert (await third.until("bye"))["code"] == 4008
        async with Talk(cast.bob) as other:
            await other.until("welcome")
    async with Talk(cast.alice) as again:
        await again.until("welcome")


async def test_s7_neither_silent_models_nor_a_silent_layer_hold_up_the_next_command(cast: Cast, settings: Any) -> None:
    async with silent_server() as port, Talk(cast.alice) as talk:
        await talk.until("welcome")
        set_upstream(settings, "openai", base_url=f"http://127.0.0.1:{port}", models=())
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [f"redis://127.0.0.1:{port}"]},
            }
        }
        await talk.send("model.list")
        rename = {"conversation": str(cast.conversation.pk), "title": "Folds"}
        assert (await talk.ask("conversation.rename", **rename))["type"] == "ok"
        assert (await talk.ask("run.stop", run=cast.run.pk))["type"] == "ok"
        assert not [frame for frame in talk.seen if frame["type"] == "model.list"]
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "announce"])


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Accepts every connection and never sends anything; yields its port."""
    ends = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ends.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        ends.set()
        server.close()
        await server.wait_closed()


async def test_a_database_in_trouble_is_said_and_the_socket_lives(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    async with Talk(cast.alice) as talk:
        trouble = missing_table("chat_membership")
        await in_thread(trouble.__enter__)
        try:
            answer = await talk.ask("conversation.rename", conversation=conversation, title="Folds")
        finally:
            await in_thread(trouble.__exit__, None, None, None)
        assert answer["code"] == "not_saved"
        assert (await talk.ask("conversation.rename", conversation=conversation, title="Folds"))["type"] == "ok"


async def test_what_changes_while_the_list_is_read_is_told_too(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    async with Talk(cast.alice) as talk:
        await talk.until("welcome")
        (socket,) = open_sockets()._open
        await socket.hear({"type": "from.a.newer.process"})
        await socket.hear({"type": "conversation.changed", "conversation": conversation})
        await asyncio.sleep(0)  # the database query has started
        await socket.hear({"type": "conversation.changed", "conversation": conversation})
        assert [(await talk.until("conversation.listed"))["item"]["id"] for _ in range(2)] == [conversation] * 2


async def test_a_socket_watches_no_more_than_its_limit(cast: Cast, settings: Any) -> None:
    settings.MAX_WATCHED = 0
    async with Talk(cast.alice) as talk:
        answer = await talk.ask("conversation.watch", conversation=str(cast.conversation.pk))
        assert answer["code"] == "limit"
        assert (await talk.ask("run.watch", run=cast.run.pk))["code"] == "limit"


async def test_closing_the_socket_leaves_nothing_behind(cast: Cast) -> None:
    async with Talk(cast.alice) as talk:
        await talk.send("conversation.watch", conversation=str(cast.conversation.pk), after=0)
        await talk.until("conversation.patch")
        before = {task for task in asyncio.all_tasks() if "pump" in task.get_name()}
        assert before
    async with asyncio.timeout(PATIENCE_SECONDS):
        while open_sockets()._open or not all(task.done() for task in before):
            await asyncio.sleep(0.01)


async def _bad(talk: Talk) -> dict[str, Any]:
    await talk.send("ping", re=7)
    return await talk.until("error")


async def test_what_a_reader_is_shown_is_not_unread(cast: Cast) -> None:
    conversation = str(cast.conversation.pk)
    async with Talk(cast.alice) as watching, Talk(cast.vera) as elsewhere, Talk(cast.bob) as talk:
        await watching.send("conversation.watch", conversation=conversation, after=0)
        await watching.until("conversation.patch")
        assert (await talk.ask("conversation.rename", conversation=conversation, title="Rivers"))["type"] == "ok"
        assert (await watching.until("conversation.listed"))["item"]["unread"] is False
        assert (await elsewhere.until("conversation.listed"))["item"]["unread"] is True
