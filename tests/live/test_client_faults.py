"""Readers that come back, fall silent or ask twice, named by the ids of their faults."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

import pytest
from websockets.exceptions import InvalidHandshake

from tests.fake_upstream import FakeUpstream, full_text

from .asked import asked, requests, told
from .harness import Followed, Reader, Refused, Server
from .harness.machine import PATIENCE_SECONDS
from .harness.reader import new_id
from .harness.server import CROWD

pytestmark = pytest.mark.asyncio
CONNECTIONS = 500


async def test_c1_reload_in_mid_stream(patient: Server, upstream: FakeUpstream) -> None:
    upstream.hold()
    async with Reader(patient, "alice") as page:
        posted = await page.post("Go", "text-n60-g30")
        before = await page.said(await page.follow(posted["run"]), 60)
    async with Reader(patient, "alice") as page:
        patch = await page.watch(posted["conversation"])
        assert [message["role"] for message in patch["messages"]] == ["user", "assistant"]
        run = await page.follow(patch["messages"][1]["run"]["id"])
        await page.said(run)
        assert run.text.startswith(before.text)
        upstream.release()
        assert (await page.ended(run)).text == full_text(60)
        assert page.losses == []


async def test_c2_two_tabs_and_two_people_see_the_same(server: Server) -> None:
    async with Reader(server, "alice") as one, Reader(server, "alice") as two, Reader(server, "bob") as bob:
        conversation = (await one.post("Hello", "text-n3"))["conversation"]
        await one.ask("member.add", conversation=conversation, name="bob", role="editor")
        for reader in (one, two, bob):
            await reader.watch(conversation)
        parent = max(one.messages)
        posted = await bob.post("All of you", "text-n40-r80", conversation=conversation, parent=parent)
        for reader in (one, two, bob):
            followed = await reader.ended(await reader.follow(posted["run"]))
            assert followed.text == full_text(40)
            await _stored(reader, posted["answer"])
        assert one.messages == two.messages == bob.messages
        assert [m["parts"][0]["text"] for m in one.messages.values() if m["role"] == "user"] == ["Hello", "All of you"]


@pytest.mark.parametrize("every", [1, 2, 5])
async def test_c3_disconnected_after_every_few_frames(every: int, patient: Server, upstream: FakeUpstream) -> None:
    async with Reader(patient, "alice") as alice:
        upstream.hold()
        run = await alice.start("text-n40-r100-g20")
        drops = 0
        while not run.done:
            seen = run.patches

            def is_time() -> bool:
                # At the word at which the answer is held, until the first drop, no more patches may come.
                return run.done or run.patches >= seen + every or (not drops and "word19" in run.text)  # noqa: B023

            await alice.until(is_time, "patches")
            if not run.done:
                await alice.reconnect()
                drops += 1
                upstream.release()
        assert (run.text, run.gaps, alice.losses) == (full_text(40), 0, [])
        assert drops


async def test_c4_offline_while_the_answer_completes(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        run = await alice.said(await alice.start("text-n30-r60"), 30)
        await alice.drop()
        await server.database.until("done", "SELECT status FROM chat_run WHERE id = %s", run.run)
        await alice.reconnect()
        await alice.ended(run)
        assert run.text == full_text(30)


async def test_c5_the_acknowledgement_is_lost(server: Server, upstream: FakeUpstream) -> None:
    async with Reader(server, "alice") as alice:
        for number in range(4):
            client_id, model = new_id(), f"text-n{number + 1}"
            before = len(requests(upstream, model))
            rows = "SELECT count(*) FROM chat_message WHERE client_id = %s"
            command = {"client_id": client_id, "text": "Once", "upstream": "openai", "model": model}
            await alice.send("message.post", **command, conversation=None, parent=None)
            if number == 1:
                await server.database.until(1, rows, client_id)
            elif number == 2:
                await asked(upstream, model, before + 1)
            elif number == 3:
                await told(upstream, model, before + 1)
            await alice.reconnect()
            first = await alice.post("Once", model, client_id=client_id)
            again = await alice.post("Once", model, client_id=client_id)
            assert {**first, "re": ""} == {**again, "re": ""}
            await alice.ended(await alice.follow(first["run"]))
            assert server.database.rows(rows, client_id) == [(1,)]
            assert len(requests(upstream, model)) == before + 1


async def test_c6_twice_at_the_same_moment(server: Server) -> None:
    async with Reader(server, "alice") as one, Reader(server, "alice") as two:
        for _ in range(10):
            client_id = new_id()
            posted = await asyncio.gather(*(reader.post("Go", "text-n1", client_id=client_id) for reader in (one, two)))
            assert len({(frame["conversation"], frame["message"], frame["run"]) for frame in posted}) == 1


async def test_c7_a_reader_that_never_acknowledges_costs_a_window(server: Server, upstream: FakeUpstream) -> None:
    chunk = "0123456789" * 400
    name = upstream.scenario("c7", [{"repeat": 1000, "steps": [{"text": chunk}, {"wait": 0.002}]}, {"finish": "stop"}])
    async with Reader(server, "bob", acknowledges=False) as deaf, Reader(server, "alice") as alice:
        posted = await alice.post("Go", name)
        await alice.ask("member.add", conversation=posted["conversation"], name="bob", role="viewer")
        run = await alice.follow(posted["run"])
        unread = await deaf.follow(posted["run"])
        await deaf.said(unread)
        await alice.ended(run)
        assert len(run.text) == 1000 * len(chunk)
        await deaf.ask("ping")
        window, before = deaf.welcome["window_bytes"], len(unread.text)
        assert before < window + 600_000
        assert not unread.done
        deaf._acknowledges = True
        await deaf.ended(unread)
        assert unread.text == run.text


async def test_c8_a_peer_that_answers_no_ping_is_disconnected_and_its_run_goes_on(fresh: Server) -> None:
    pinging = fresh.site.serve("--ping-interval", "1", "--ping-timeout", "1")
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", pinging.port)
        cookie = pinging.cookie("alice")
        writer.write(
            f"GET /ws/?protocol=2 HTTP/1.1\r\nHost: 127.0.0.1:{pinging.port}\r\nOrigin: {pinging.url}\r\n"
            f"Cookie: parley={cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        with contextlib.suppress(ConnectionResetError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await reader.read(65536):
                    pass
        writer.close()
    finally:
        pinging.remove()


async def test_c19_edit_and_regenerate_during_a_stream_make_siblings(patient: Server, upstream: FakeUpstream) -> None:
    async with Reader(patient, "alice") as alice:
        upstream.hold()
        posted = await alice.post("First", "text-n40-g20")
        conversation = posted["conversation"]
        first = await alice.said(await alice.follow(posted["run"]))
        edited = await alice.post("Second", "text-n30-r60", conversation=conversation, parent=None)
        retried = await alice.ask("message.retry", client_id=new_id(), message=posted["answer"], model="text-n20-r60")
        with pytest.raises(Refused) as refused:
            await alice.ask("run.continue", client_id=new_id(), message=posted["answer"])
        assert refused.value.code == "busy"
        upstream.release()
        second, third = await alice.follow(edited["run"]), await alice.follow(retried["run"])
        texts = [(await alice.ended(run)).text for run in (first, second, third)]
        assert texts == [full_text(40), full_text(30), full_text(20)]
        await alice.watch(conversation)
        answers = {m["id"]: (m["parent"], m["parts"][0]["text"]) for m in alice.messages.values() if m["run"]}
        assert answers == {
            posted["answer"]: (posted["message"], texts[0]),
            edited["answer"]: (edited["message"], texts[1]),
            retried["answer"]: (posted["message"], texts[2]),
        }


async def test_c20_five_hundred_connections_come_back_at_once(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        posted = await alice.post("Go", "text-n600-r50")
        await alice.said(await alice.follow(posted["run"]))
        for person in CROWD:
            await asyncio.to_thread(server.cookie, person)
            await alice.ask("member.add", conversation=posted["conversation"], name=person, role="viewer")
        readers = [Reader(server, CROWD[number % len(CROWD)]) for number in range(CONNECTIONS)]
        began = time.monotonic()

        async def come(reader: Reader) -> Followed:
            while True:
                try:
                    await reader.connect()
                    break
                except (OSError, InvalidHandshake):  # the server let it wait for too long; a page tries again, too
                    await asyncio.sleep(random.uniform(0.2, 1.5))
            await reader.send("conversation.watch", conversation=posted["conversation"], after=0)
            followed = await reader.follow(posted["run"])
            return await reader.said(followed, 50)

        runs = await asyncio.gather(*map(come, readers))
        seconds = time.monotonic() - began
        print(f"\n{CONNECTIONS} connections in step after {seconds:.1f} s")
        await alice.ended(alice.runs[posted["run"]])
        await asyncio.gather(*(reader.ended(run) for reader, run in zip(readers, runs, strict=True)))
        assert {run.text for run in runs} == {full_text(600)}
        await asyncio.gather(*(reader.close() for reader in readers))


async def test_c24_a_reader_ahead_of_the_server_gets_one_clean_state(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        posted = await alice.post("Go", "text-n40-r60")
        run = await alice.follow(posted["run"], after=10**6)
        run.seq = 10**6
        await alice.ended(run)
        assert (run.text, run.gaps) == (full_text(40), 0)
        done = await alice.follow(posted["run"], after=10**6)
        patches, done.done = done.patches, False
        await alice.ended(done)
        assert done.patches == patches + 1
        patch = await alice.watch(posted["conversation"], after=10**6)
        assert patch["after"] == 0
        assert len(patch["messages"]) == 2


async def _stored(reader: Reader, answer: int) -> None:
    await reader.until(lambda: reader.messages.get(answer, {}).get("parts"), "the stored answer")
