"""Client and network faults that the server has to handle, named by their ids."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from chat import wire
from tests.doors import frame_about, named_by
from tests.fake_upstream import FakeUpstream, full_text

from .asked import asked, requests, told
from .harness import Followed, Reader, Refused, Server
from .harness.reader import new_id
from .harness.server import CROWD

pytestmark = pytest.mark.asyncio
CONNECTIONS = 500


async def test_c1_reload_in_mid_stream(server: Server) -> None:
    async with Reader(server, "alice") as page:
        posted = await page.post("Go", "text-n60-r100")
        before = await page.said(await page.follow(posted["run"]), 60)
    async with Reader(server, "alice") as page:
        patch = await page.watch(posted["conversation"])
        assert [message["role"] for message in patch["messages"]] == ["user", "assistant"]
        run = await page.follow(patch["messages"][1]["run"]["id"])
        await page.said(run)
        assert run.text.startswith(before.text)
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
async def test_c3_disconnected_after_every_few_frames(every: int, server: Server) -> None:
    async with Reader(server, "alice") as alice:
        run = await alice.start("text-n40-r100")
        drops = 0
        while not run.done:
            seen = run.patches
            await alice.until(lambda: run.done or run.patches >= seen + every, "patches")  # noqa: B023
            if not run.done:
                await alice.reconnect()
                drops += 1
        assert (run.text, run.gaps, alice.losses) == (full_text(40), 0, [])
        assert drops > 2 / every


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
            async with asyncio.timeout(8):
                while await reader.read(65536):
                    pass
        writer.close()
    finally:
        pinging.remove()


BAD = [
    "", " ", "null", "1", "[]", '"text"', "{", "{}", '{"type": 1}', '{"type": "nothing"}', '{"type": "__class__"}',
    '{"type": "run.watch"}', '{"type": "run.watch", "run": "1"}', '{"type": "run.watch", "run": -1}',
    '{"type": "run.watch", "run": 9223372036854775808}', '{"type": "run.watch", "run": 1.5}',
    '{"type": "message.post", "client_id": "short", "text": "x"}',
    '{"type": "message.post", "client_id": "12345678", "text": null}', "[" * 100_000,
]  # fmt: skip


async def test_c10_c11_bad_frames_are_answered_and_the_socket_lives(server: Server) -> None:
    for some in (BAD[:10], BAD[10:]):
        async with Reader(server, "alice") as alice:
            for text in some:
                if text:
                    await alice.send_text(text)
            await alice.until(lambda: _errors(alice) == len([t for t in some if t]), "errors")  # noqa: B023
            assert await alice.ask("ping")
    async with Reader(server, "alice") as alice:
        for _ in range(25):
            await alice.send("nothing")
        await alice.until(lambda: alice.close_code is not None, "the end")
        assert (alice.close_code, alice.bye and alice.bye["code"]) == (4008, 4008)


async def test_c11_binary_empty_and_fragmented_frames_and_a_flood_of_pings(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        await alice.send_text(b"\x00\xff")
        await alice.send_text("")
        assert alice._socket is not None
        await alice._socket.send(iter(['{"type": ', '"ping", ', '"re": "in pieces"}']))
        await alice.frame("pong", re="in pieces")
        for _ in range(200):
            await alice._socket.ping()
        assert await alice.ask("ping")
    assert server.is_running


async def test_c12_frames_of_every_size(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        limit = alice.welcome["max_frame_bytes"]
        for size, code in ((limit - 1, "too_large"), (limit, "too_large"), (limit + 1, "too_large")):
            body = json.dumps({"type": "message.post", "client_id": "c12c12c12", "re": str(size), "text": ""})
            text = body.replace('"text": ""', f'"text": "{"x" * (size - len(body))}"')
            assert len(text) == size
            await alice.send_text(text)
            await alice.until(lambda: any(f.get("code") == code for f in alice.frames), "too large")  # noqa: B023
            alice.frames.clear()
        assert await alice.ask("ping")
    async with Reader(server, "alice") as alice:
        await alice.send("ping", re="x" * 50_000_000)
        await alice.until(lambda: alice.close_code is not None, "the end")
        assert alice.close_code in (1009, 1006)
    assert server.memory_bytes() < 600_000_000


async def test_c13_a_flood_of_frames_is_refused_and_others_do_not_wait(fresh: Server) -> None:
    polite = fresh.site.serve(MAX_FRAMES_PER_SECOND="20")
    try:
        async with Reader(polite, "bob") as bob, Reader(polite, "alice") as alice:
            quiet = [await _ping_seconds(alice) for _ in range(30)]
            flood = asyncio.gather(*(bob.send("conversation.list") for _ in range(1000)))
            busy = [await _ping_seconds(alice) for _ in range(30)]
            await flood
            await bob.until(lambda: bob.close_code is not None, "the end")
            assert bob.close_code == 4008
            assert "too_fast" in {frame.get("code") for frame in bob.frames}
            assert sorted(busy)[15] < max(2 * sorted(quiet)[15], 0.05)
    finally:
        polite.remove()


async def _stored(reader: Reader, answer: int) -> None:
    await reader.until(lambda: reader.messages.get(answer, {}).get("parts"), "the stored answer")


def _errors(reader: Reader) -> int:
    return sum(frame["type"] == "error" for frame in reader.frames)


async def _ping_seconds(reader: Reader) -> float:
    began = time.monotonic()
    await reader.ask("ping")
    await asyncio.sleep(0.01)
    return time.monotonic() - began - 0.01


# --- C14: what is not yours is not there ---

NOWHERE = "00000000-0000-4000-8000-000000000000"


# These name nothing that belongs to anybody, end what was never begun, or only filter one's own list.
HARMLESS = {"conversation.unwatch", "run.unwatch", "conversation.list"}
NAMING_COMMANDS = sorted(name for name in wire.COMMANDS if named_by(name) and name not in HARMLESS)


async def test_c14_charlie_finds_nothing_at_any_door(server: Server) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "charlie") as charlie:
        posted = await alice.post("A secret", "text-n400-r40")
        run = await alice.said(await alice.follow(posted["run"]))
        prompts = (await alice.ask("prompt.save", name="secret", text="A secret"))["prompts"]
        personas = (await alice.ask("persona.save", name="Secret", options={}))["personas"]
        theirs = {
            "conversation": posted["conversation"],
            "message": posted["answer"],
            "run": posted["run"],
            "parent": posted["answer"],
            "folder": (await alice.ask("folder.save", name="Secret"))["folder"],
            "prompt": prompts[0]["id"],
            "persona": personas[0]["id"],
        }
        nobodys = {**dict.fromkeys(theirs, 2**40), "conversation": NOWHERE}
        for type in NAMING_COMMANDS:
            refusals = []
            for things in (theirs, nobodys):
                with pytest.raises(Refused) as refused:
                    await charlie.ask(type, **frame_about(type, things))
                refusals.append((refused.value.code, refused.value.message))
            assert refusals[0] == refusals[1]
            assert refusals[0][0] == "not_found"
        # The same commands are obeyed when Alice sends them.
        for type in ("conversation.rename", "run.stop"):
            assert (await alice.ask(type, **frame_about(type, theirs)))["type"] == "ok"
        await alice.ended(run)
        for type in ("conversation.unwatch", "run.unwatch"):
            await charlie.send(type, **({"run": run.run} if type == "run.unwatch" else {"conversation": NOWHERE}))
        listed = await charlie.ask("conversation.list")
        assert posted["conversation"] not in [item["id"] for item in listed["items"]]
        assert "secret" not in json.dumps(list(charlie.frames)).lower()
        response = httpx.get(
            f"{server.url}/c/{posted['conversation']}/", headers={"Cookie": f"parley={charlie.cookie}"}
        )
        assert response.status_code == 404


@pytest.mark.parametrize("id", ["null", [], {}, None, 2**63, -1, "' OR 1=1 --", "../../etc", "\u0000"])
async def test_c14_ids_that_are_none(id: Any, server: Server) -> None:
    async with Reader(server, "charlie") as charlie:
        for type, field in (("conversation.watch", "conversation"), ("run.watch", "run"), ("run.stop", "run")):
            with pytest.raises(Refused) as refused:
                await charlie.ask(type, **{field: id})
            assert refused.value.code in ("bad_frame", "not_found")
        assert await charlie.ask("ping")


# --- C15, C16: rights that end ---


async def test_c15_signed_out_elsewhere_and_an_expired_session(server: Server) -> None:
    expire = "UPDATE django_session SET expire_date = '2020-01-01 00:00:00+00:00' WHERE session_key = %s"
    token = "b" * 32
    for how in ("sign out", "expire"):
        async with Reader(server, "dora", cookie=server.sign_in("dora")) as dora:
            run = await dora.said(await dora.start("text-n400-r50"))
            began = time.monotonic()
            if how == "expire":
                server.database.write(expire, dora.cookie)
            else:
                response = httpx.post(
                    f"{server.url}/account/logout/",
                    data={"csrfmiddlewaretoken": token},
                    headers={"Cookie": f"parley={dora.cookie}; parley-csrf={token}", "Origin": server.url},
                )
                assert response.status_code == 302
            await dora.until(lambda: dora.close_code is not None, "the end")
            assert dora.close_code == 4001
            assert dora.bye is not None
            assert time.monotonic() - began < 6
            assert not run.done


async def test_c16_deactivated_in_mid_stream(server: Server) -> None:
    async with Reader(server, "emil") as emil:
        await emil.said(await emil.start("text-n400-r50"))
        began = time.monotonic()
        server.database.write("UPDATE chat_user SET is_active = %s WHERE username = 'emil'", False)
        await emil.until(lambda: emil.close_code is not None, "the end")
        assert (emil.close_code, time.monotonic() - began < 6) == (4001, True)
        await emil.connect()
        assert emil.close_code == 4001 or emil.bye is not None


async def test_c16_removed_and_demoted_in_mid_stream(server: Server) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "bob") as bob:
        posted = await alice.post("Go", "text-n400-r50")
        run, conversation = posted["run"], posted["conversation"]
        await alice.follow(run)
        await alice.ask("member.add", conversation=conversation, name="bob", role="editor")
        await bob.watch(conversation)
        seen = await bob.said(await bob.follow(run))
        user = bob.welcome["user"]["id"]
        await alice.ask("member.role", conversation=conversation, user=user, role="viewer")
        with pytest.raises(Refused) as refused:
            await bob.ask("run.stop", run=run)
        assert refused.value.code == "not_allowed"
        await bob.until(lambda: bob.conversations[conversation]["role"] == "viewer", "the new role")
        began = time.monotonic()
        await alice.ask("member.remove", conversation=conversation, user=user)
        await bob.frame("conversation.gone", conversation=conversation)
        assert time.monotonic() - began < 6
        had = len(seen.text)
        await alice.until(lambda: len(alice.runs[run].text) > had + 100, "more of the answer")
        await bob.ask("ping")
        assert len(seen.text) == had
        assert bob.close_code is None
        with pytest.raises(Refused) as refused:
            await bob.ask("run.watch", run=run)
        assert refused.value.code == "not_found"
        assert len(alice.runs[run].text) > had
        await alice.ask("run.stop", run=run)


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://sub.127.0.0.1", "http://127.0.0.1:1", "https://{host}"]
)
async def test_c17_another_origin_gets_no_handshake(origin: str | None, server: Server) -> None:
    async with Reader(server, "alice") as alice:
        assert alice.welcome
    host = f"127.0.0.1:{server.port}"
    headers = {"Cookie": f"parley={server.cookie('alice')}"}
    if origin is not None:
        headers["Origin"] = origin.format(host=host)
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{host}/ws/?protocol=2", additional_headers=headers)
    assert refused.value.response.status_code == 403


async def test_c18_somebody_elses_run_is_not_found(server: Server) -> None:
    async with Reader(server, "alice") as alice, Reader(server, "charlie") as charlie:
        run = await alice.said(await alice.start("text-n30-r50"))
        with pytest.raises(Refused) as refused:
            await charlie.ask("run.stop", run=run.run)
        assert refused.value.code == "not_found"
        assert (await alice.ended(run)).text == full_text(30)


async def test_c19_edit_and_regenerate_during_a_stream_make_siblings(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        posted = await alice.post("First", "text-n40-r60")
        conversation = posted["conversation"]
        first = await alice.said(await alice.follow(posted["run"]))
        edited = await alice.post("Second", "text-n30-r60", conversation=conversation, parent=None)
        retried = await alice.ask("message.retry", client_id=new_id(), message=posted["answer"], model="text-n20-r60")
        with pytest.raises(Refused) as refused:
            await alice.ask("run.continue", client_id=new_id(), message=posted["answer"])
        assert refused.value.code == "busy"
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
        # How long it takes depends on the machine, which also runs the 500 readers; the test only asserts that it ends.
        assert seconds < 60
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
