"""Frames that no page sends: bad, huge, in pieces, and too many. Named by the ids of their faults."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

import pytest

from .harness import Reader, Server

pytestmark = pytest.mark.asyncio
# One of these measurements on a busy machine may be slow; a server that lets others wait makes all of them slow.
TRIES = 5
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
        for _ in range(TRIES):
            async with Reader(polite, "bob") as bob, Reader(polite, "alice") as alice:
                quiet = [await _ping_seconds(alice) for _ in range(30)]
                flood = asyncio.gather(*(bob.send("conversation.list") for _ in range(1000)))
                busy = [await _ping_seconds(alice) for _ in range(30)]
                await flood
                await bob.until(lambda: bob.close_code is not None, "the end")
                assert bob.close_code == 4008
                assert "too_fast" in {frame.get("code") for frame in bob.frames}
            if statistics.median(busy) < max(2 * statistics.median(quiet), 0.05):
                return
        pytest.fail("Alice has waited for Bob each time")
    finally:
        polite.remove()


def _errors(reader: Reader) -> int:
    return sum(frame["type"] == "error" for frame in reader.frames)


async def _ping_seconds(reader: Reader) -> float:
    began = time.monotonic()
    await reader.ask("ping")
    return time.monotonic() - began


async def test_a_broken_rule_of_the_protocol_is_told_before_the_end(server: Server) -> None:
    async with Reader(server, "alice") as alice:
        assert await alice.ask("ping")
        assert alice._socket is not None
        # A text frame without the mask that every client must use.
        alice._socket.transport.write(b"\x81\x02{}")
        await alice.until(lambda: alice.close_code is not None, "the end")
        assert alice.close_code == 1002


async def test_another_address_is_refused_and_no_fault_of_the_server(server: Server) -> None:
    before = server.log.read_text().count("Traceback")
    head = f"GET /elsewhere/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write((head + upgrade + key).encode())
        assert (await reader.readline()).split()[1] == b"403"
    finally:
        writer.close()
    assert server.log.read_text().count("Traceback") == before
