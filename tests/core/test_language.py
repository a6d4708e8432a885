"""The server speaks each reader's language over the socket, also to two readers with different languages at once."""

from __future__ import annotations

import pytest

from chat.database import in_thread
from chat.models import User
from chat.sockets.sweep import open_sockets
from tests.cast import Cast
from tests.core.talk import Talk

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]

NOBODY = "00000000-0000-0000-0000-000000000000"


def prefers_german(user: User) -> None:
    user.preferences = {"language": "de"}
    user.save()


async def test_a_refusal_is_said_in_the_persons_language(cast: Cast) -> None:
    await in_thread(prefers_german, cast.alice)
    async with Talk(cast.alice) as alice, Talk(cast.bob) as bob:
        for talk, sentence in ((alice, "Nicht gefunden"), (bob, "Not found, or"), (alice, "Nicht gefunden")):
            refused = await talk.ask("conversation.rename", conversation=NOBODY, title="x")
            assert refused["code"] == "not_found"
            assert refused["message"].startswith(sentence)
        empty = await alice.ask("message.post", client_id="a-message-of-mine", text=" ")
        assert empty["message"] == "Schreib zuerst eine Nachricht."


async def test_a_socket_speaks_as_its_page_says_it_does(cast: Cast) -> None:
    for said, sentence in (("de", "Schreib zuerst"), ("en", "Write a message"), ("xx", "Write a message")):
        async with Talk(cast.bob, address=f"/ws/?language={said}&protocol=2") as bob:
            refused = await bob.ask("message.post", client_id="a-message-of-mine", text=" ")
            assert refused["message"].startswith(sentence)


async def test_what_is_refused_on_a_database_thread_is_said_in_the_same_language(cast: Cast) -> None:
    async with Talk(cast.alice, address="/ws/?language=de&protocol=2") as alice, Talk(cast.alice) as elsewhere:
        for talk, sentence in (
            (alice, "Niemand mit dem Benutzernamen „x“ wurde gefunden."),
            (elsewhere, "Nobody with the username “x” was found."),
        ):
            refused = await talk.ask("member.add", conversation=str(cast.conversation.pk), name="x")
            assert refused["message"] == sentence


async def test_a_goodbye_is_in_the_language_of_each_reader(cast: Cast) -> None:
    await in_thread(prefers_german, cast.alice)
    async with Talk(cast.alice) as alice, Talk(cast.bob) as bob:
        await alice.until("welcome")
        await bob.until("welcome")
        await open_sockets().close_all(4002, "The server is restarting.")
        assert (await alice.until("bye"))["reason"] == "Der Server startet neu."
        assert (await bob.until("bye"))["reason"] == "The server is restarting."
