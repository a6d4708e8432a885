"""What is not yours is not there, and a right that ends, ends at once. Named by the ids of their faults."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chat import wire
from tests.doors import frame_about, named_by
from tests.fake_upstream import FakeUpstream, full_text

from .harness import Reader, Refused, Server

pytestmark = pytest.mark.asyncio

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


async def test_c15_signed_out_elsewhere_and_an_expired_session(patient: Server, upstream: FakeUpstream) -> None:
    expire = "UPDATE django_session SET expire_date = '2020-01-01 00:00:00+00:00' WHERE session_key = %s"
    token = "b" * 32
    for how in ("sign out", "expire"):
        async with Reader(patient, "dora", cookie=patient.sign_in("dora")) as dora:
            upstream.hold()
            run = await dora.said(await dora.start("text-n40-g20"))
            if how == "expire":
                patient.database.write(expire, dora.cookie)
            else:
                response = httpx.post(
                    f"{patient.url}/account/logout/",
                    data={"csrfmiddlewaretoken": token},
                    headers={"Cookie": f"parley={dora.cookie}; parley-csrf={token}", "Origin": patient.url},
                )
                assert response.status_code == 302
            await dora.until(lambda: dora.close_code is not None, "the end")
            assert dora.close_code == 4001
            assert dora.bye is not None
            assert not run.done
            upstream.release()


async def test_c16_deactivated_in_mid_stream(server: Server) -> None:
    async with Reader(server, "emil") as emil:
        await emil.said(await emil.start("text-n400-r50"))
        server.database.write("UPDATE chat_user SET is_active = %s WHERE username = 'emil'", False)
        await emil.until(lambda: emil.close_code is not None, "the end")
        assert emil.close_code == 4001
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
        await alice.ask("member.remove", conversation=conversation, user=user)
        await bob.frame("conversation.gone", conversation=conversation)
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
