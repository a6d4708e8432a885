"""Text of every kind is stored and returned unchanged, or is refused with a reason. Named by fault ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fake_upstream import FakeUpstream

from .harness import Reader, Refused, Server
from .harness.databases import value
from .harness.reader import new_id

pytestmark = pytest.mark.asyncio

FAMILY = "👩‍👩‍👧‍👦"
TEXTS = {
    "emoji": f"{FAMILY} 🏳️‍🌈 🇨🇭🇺🇳 🤷🏽‍♀️ 1️⃣ 😀",
    "combining": "e\u0301 a\u0308\u0323 Z̸̢̛͇a͏l̀g̵o",
    "right to left": "שלום (world) مرحبا 123",
    "bidi overrides": "user\u202etxt.exe\u202c \u2066isolated\u2069",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060",
    "line separators": "one\u2028two\u2029three\u0085four\x0bfive\x0csix\r\nseven",
    "controls": "bell\x07 escape\x1b[31m delete\x7f c1\x9b",
    "noncharacters": "\ufffe\uffff\U0001ffff\U0010ffff",
    "markup": "<script>alert(1)</script> {{7*7}} ${1+1} %s %n ../../etc/passwd \\0 ' OR 1=1 --",
    "json": '{"type": "ping"}\n\\u0000 \\" \\\\',
}


async def round_trip(server: Server, text: str) -> tuple[str, str, Any]:
    """The stored message, what the model received, and the stored answer."""
    async with Reader(server, "alice") as alice:
        posted = await alice.post(text, "echo")
        run = await alice.ended(await alice.follow(posted["run"]))
        await alice.watch(posted["conversation"])
        sent = alice.messages[posted["message"]]["parts"][0]["text"]
        sql = "SELECT parts FROM chat_message WHERE id = %s"
        answer = value(server.database.rows(sql, posted["answer"])[0][0])
        assert answer == run.state["parts"] == alice.messages[posted["answer"]]["parts"]
        return sent, run.text, answer


@pytest.mark.parametrize("kind", TEXTS)
async def test_d1_byte_exact_there_and_back(kind: str, server: Server) -> None:
    text = TEXTS[kind]
    sent, heard, _ = await round_trip(server, text)
    assert sent == text
    assert heard == f"You said: {text}"


@pytest.mark.parametrize("text", ["nul \x00 here", "half \ud83d pair", "other \ude00 half", "\x00"])
async def test_d2_what_no_database_takes_has_one_replacement(text: str, server: Server) -> None:
    command = {"type": "message.post", "client_id": new_id(), "text": text, "upstream": "openai", "model": "echo"}
    async with Reader(server, "alice") as alice:
        # json.dumps writes a lone surrogate as its escape, as a careless client would.
        await alice.send_text(json.dumps({**command, "conversation": None, "parent": None, "re": "d2"}))
        answer = await alice.until(lambda: next((f for f in alice.frames if f.get("re") == "d2"), None), "an answer")
        if answer["type"] == "error":
            assert answer["code"] == "bad_frame"
        else:
            await alice.ended(await alice.follow(answer["run"]))
            await alice.watch(answer["conversation"])
            stored = alice.messages[answer["message"]]["parts"][0]["text"]
            assert stored == text.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd").replace("\ude00", "\ufffd")
        assert await alice.ask("ping")


async def test_d2_in_every_other_field(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        conversation = (await alice.post("Hello", "echo"))["conversation"]
        for bad in ("\x00", "a\x00b", "\ud800", "\x1b[31m", "\uffff"):
            for type, fields in (
                ("conversation.rename", {"conversation": conversation, "title": bad}),
                ("conversation.model", {"conversation": conversation, "upstream": bad, "model": bad}),
                ("member.add", {"conversation": conversation, "name": bad}),
                ("conversation.list", {"before": bad}),
                ("message.post", {"client_id": bad * 8, "text": "x", "conversation": conversation}),
                ("message.post", {"client_id": new_id(), "text": "x", "upstream": "openai", "model": bad}),
            ):
                # Not `ask`: what is not JSON cannot be answered by name.
                await alice.send_text(json.dumps({"type": type, **fields}))
            await alice.ask("ping")
            codes = {frame["code"] for frame in alice.frames if frame["type"] == "error"}
            assert codes <= {"bad_frame", "not_found", "no_model"}
            alice.frames.clear()
            await alice.reconnect()


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_d3_patches_that_part_a_character(format: str, server: Server, upstream: FakeUpstream) -> None:
    text = f"{FAMILY}e\u0301🇨🇭😀" * 30
    steps: list[dict[str, Any]] = [
        {"split": 1},
        {"head": {}},
        {"split": 7},
        {"text": text, "pieces": len(text)},
        {"finish": "stop"},
    ]
    name = upstream.scenario(f"d3-{format}", steps)
    async with Reader(server, "alice") as alice:
        run = await alice.start(name, upstream=format)
        while not run.done:
            await alice.reconnect()
            await alice.said(run, len(run.text) + 10)
        assert (run.text, run.gaps, alice.losses) == (text, 0, [])


async def test_d4_messages_of_every_size(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        most = alice.welcome["max_message_chars"]
        for size in (1, 32 * 1024, most):
            text = "é" * size
            posted = await alice.post(text, "echo")
            run = await alice.ended(await alice.follow(posted["run"]))
            assert run.text == f"You said: {text}"
            patch = await alice.watch(posted["conversation"])
            if posted["message"] not in alice.messages:  # more than a page
                assert patch["more"]
                of = {"conversation": posted["conversation"], "before": posted["answer"]}
                await alice.ask("conversation.history", **of)
            assert alice.messages[posted["message"]]["parts"][0]["text"] == text
        for size in (most + 1, 256 * 1024):
            with pytest.raises(Refused) as refused:
                await alice.post("x" * size, "echo")
            assert refused.value.code == "too_large"
        # Longer than a frame may be: refused unread, so the answer cannot say which message it is about.
        await alice.send("message.post", client_id=new_id(), text="x" * 1_000_000)
        await alice.frame("error", code="too_large", re=None)
        assert await alice.ask("ping")
        await alice.send("message.post", client_id=new_id(), text="x" * 10_000_000)
        await alice.until(lambda: alice.close_code is not None, "the end")


async def test_d4_an_answer_of_three_megabytes_is_seen_whole_by_everybody(
    server: Server, upstream: FakeUpstream
) -> None:
    chunk = "漢字" * 500
    name = upstream.scenario("d4", [{"repeat": 1000, "steps": [{"text": chunk}]}, {"finish": "stop"}])
    async with Reader(server, "alice") as alice:
        posted = await alice.post("Go", name)
        run = await alice.ended(await alice.follow(posted["run"]))
        assert run.text == chunk * 1000
        async with Reader(server, "alice") as late:
            again = await late.ended(await late.follow(posted["run"]))
            assert again.text == run.text
            await late.send("conversation.watch", conversation=posted["conversation"])
            await late.until(lambda: posted["answer"] in late.messages, "the conversation")
            assert late.messages[posted["answer"]]["parts"] == run.state["parts"]


@pytest.mark.parametrize(
    "title",
    [
        "x" * 10_000,
        "   ",
        "\u200b\u200d\ufeff",
        "",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "%s%n",
        "../../x",
        "שלום\u202e",
    ],
)
async def test_d6_titles_are_limited_and_literal(title: str, server: Server) -> None:
    async with Reader(server, "alice") as alice:
        conversation = (await alice.post("Hello", "echo"))["conversation"]
        if len(title) > 200 or not title.strip("\u200b\u200d\ufeff "):
            with pytest.raises(Refused) as refused:
                await alice.ask("conversation.rename", conversation=conversation, title=title)
            assert refused.value.code == "bad_frame"
            return
        await alice.ask("conversation.rename", conversation=conversation, title=title)
        assert (await alice.watch(conversation))["title"] == title


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "run.watch", "run": 1e400}',
        '{"type": "run.watch", "run": NaN}',
        '{"type": "run.watch", "run": Infinity}',
        '{"type": "run.watch", "run": -0.0}',
        '{"type": "run.watch", "run": 1e2}',
        '{"type": "ack", "frames": 99999999999999999999999999}',
        '{"type": "run.watch", "run": 2, "run": 3}',
        '{"type": "ping", "type": "run.stop", "run": 1}',
        '{"type": "ping", "__proto__": {"type": "run.stop"}, "constructor": 1}',
        '{"__proto__": {"type": "ping"}}',
        '{"type": "ping", "re": "\\ud800"}',
        '{"type": "ping"} {"type": "ping"}',
    ],
)
async def test_d12_odd_json_is_refused_or_inert(text: str, server: Server) -> None:
    async with Reader(server, "charlie") as charlie:
        await charlie.send_text(text)
        await charlie.send("ping", re="after")
        await charlie.frame("pong", re="after")
        answered = {frame["type"] for frame in charlie.frames} - {"welcome", "pong", "heartbeat"}
        assert answered <= {"error"}
        codes = {frame["code"] for frame in charlie.frames if frame["type"] == "error"}
        assert codes <= {"bad_frame", "not_found"}
