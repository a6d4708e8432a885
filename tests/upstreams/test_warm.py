"""Connections are reused for the next run: bounded in number and age, never after an error, and replaced when dead."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from chat.upstreams.endpoint import Endpoint
from chat.upstreams.warm import Connections
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS
from tests.upstreams.asking import QUICK, ask, endpoint
from tests.upstreams.raw_server import Answer, Peer, RawServer

pytestmark = pytest.mark.asyncio

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
WORD = b'data: {"choices":[{"index":0,"delta":{"content":"fine"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def serve(peer: Peer) -> None:
    """Answer each request of a connection."""
    while await peer.request():
        await peer.send(HEAD + chunk(WORD) + END)


@pytest_asyncio.fixture
async def connections() -> AsyncIterator[Connections]:
    connections = Connections()
    yield connections
    connections.close()


def at(server: RawServer, **more: Any) -> Endpoint:
    return endpoint(server.url, **more)


def idle_count(connections: Connections) -> int:
    """How many connections wait for another run."""
    return len(connections._idle)


async def none_left(connections: Connections) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while idle_count(connections):
            await asyncio.sleep(0)


async def test_a_connection_serves_one_run_after_the_other(connections: Connections) -> None:
    async with RawServer(serve) as server:
        for _ in range(3):
            asked = await ask(at(server), "m", connections=connections)
            assert (asked.code, asked.result.text, asked.phases) == (None, "fine", ["connecting", "waiting"])
            assert idle_count(connections) == 1
        assert len(server.peers) == 1


async def test_runs_at_the_same_time_have_connections_of_their_own(connections: Connections) -> None:
    async with RawServer(serve) as server:
        await asyncio.gather(*(ask(at(server), "m", connections=connections) for _ in range(5)))
        assert (len(server.peers), idle_count(connections)) == (5, 5)
        await asyncio.gather(*(ask(at(server), "m", connections=connections) for _ in range(5)))
        assert len(server.peers) == 5


async def test_another_upstream_or_another_permission_finds_none(connections: Connections) -> None:
    async with RawServer(serve) as server, RawServer(serve) as other:
        await ask(at(server), "m", connections=connections)
        assert (await ask(at(server, allow_private=False), "m", connections=connections)).code == "address_forbidden"
        await ask(at(other), "m", connections=connections)
        assert (len(server.peers), len(other.peers), idle_count(connections)) == (1, 1, 2)


async def test_they_are_bounded() -> None:
    connections = Connections(max_idle=2)
    async with RawServer(serve) as server:
        await asyncio.gather(*(ask(at(server), "m", connections=connections) for _ in range(5)))
        assert idle_count(connections) == 2
        connections.close()
        assert idle_count(connections) == 0


async def test_they_are_closed_when_nobody_comes() -> None:
    connections = Connections(max_idle_seconds=0.02)

    async def serve_and_wait(peer: Peer) -> None:
        await serve(peer)
        peer.left.set()

    async with RawServer(serve_and_wait) as server:
        await ask(at(server), "m", connections=connections)
        await asyncio.wait_for(server.peers[0].left.wait(), PATIENCE_SECONDS)
        assert idle_count(connections) == 0


async def test_one_that_the_upstream_closes_is_not_used(connections: Connections) -> None:
    async def serve_once(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD + chunk(WORD) + END)

    async with RawServer(serve_once) as server:
        assert (await ask(at(server), "m", connections=connections)).code is None
        await none_left(connections)
        assert (await ask(at(server), "m", connections=connections)).code is None
        assert len(server.peers) == 2


@pytest.mark.parametrize("head_bytes", [0, 20])
async def test_u48_one_that_dies_of_the_next_request_is_replaced_unnoticed(
    connections: Connections, head_bytes: int
) -> None:
    """The server restarted between two turns, so the connection ends at the request. After a byte of the answer, it is a fault."""

    async def serve_the_second_of_each_badly(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD + chunk(WORD) + END)
        await peer.request()
        await peer.send(HEAD[:head_bytes])

    async with RawServer(serve_the_second_of_each_badly) as server:
        await ask(at(server), "m", connections=connections)
        asked = await ask(at(server), "m", connections=connections)
        assert (asked.code, asked.result.text, len(server.peers)) == (None, "fine", 2)
        assert asked.phases.count("retrying") == (1 if head_bytes else 0)


async def test_u48_it_is_replaced_once(connections: Connections) -> None:
    requests = 0

    async def serve_the_first_alone(peer: Peer) -> None:
        nonlocal requests
        while await peer.request():
            requests += 1
            if requests > 1:
                return
            await peer.send(HEAD + chunk(WORD) + END)

    async with RawServer(serve_the_first_alone) as server:
        await ask(at(server), "m", connections=connections)
        asked = await ask(at(server, max_attempts=1), "m", connections=connections)
        assert (asked.code, requests) == ("unreachable", 3)


def answers_with(*packets: bytes) -> Answer:
    async def answer(peer: Peer) -> None:
        while await peer.request():
            await peer.send(*packets)

    return answer


FAULTS = {
    "an error": b"HTTP/1.1 400 Bad\r\ncontent-length: 2\r\n\r\n{}",
    "an error of the stream": HEAD
    + chunk(b'data: {"error":{"message":"no","type":"invalid_request_error"}}\n\n')
    + END,
    "an empty answer": HEAD + END,
    "an answer that says it closes": HEAD.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n") + chunk(WORD) + END,
    "HTTP/1.0": HEAD.replace(b"1.1", b"1.0").replace(b"transfer-encoding: chunked", b"content-length: 95") + WORD,
    "bytes after the end": HEAD + chunk(WORD) + END + b"HTTP/1.1 200 OK\r\n",
    "words after the end": HEAD + chunk(WORD) + chunk(WORD) * 2000 + END,
    "a body without an end": HEAD + chunk(WORD),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_none_is_kept_after_a_fault_or_half_read(connections: Connections, fault: str) -> None:
    async with RawServer(answers_with(FAULTS[fault])) as server:
        for _ in range(2):
            await ask(at(server, max_attempts=1), "m", connections=connections)
            assert idle_count(connections) == 0
        assert len(server.peers) == 2


async def test_bytes_that_nobody_asked_for_close_a_connection_that_waits(connections: Connections) -> None:
    later = asyncio.Event()

    async def speak_out_of_turn(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD + chunk(WORD) + END)
        await later.wait()
        await peer.send(HEAD + chunk(WORD) + END)
        await peer.gone()

    async with RawServer(speak_out_of_turn) as server:
        await ask(at(server), "m", connections=connections)
        assert idle_count(connections) == 1
        later.set()
        await none_left(connections)
        await asyncio.wait_for(server.peers[0].left.wait(), PATIENCE_SECONDS)


async def test_none_is_kept_of_what_was_stopped(connections: Connections, upstream: FakeUpstream) -> None:
    upstream.scenario("s", [{"text": "x"}, {"hang": True}])
    it = endpoint(upstream.url, timeouts=msgspec.structs.replace(QUICK, silence_seconds=0.05))
    assert (await ask(it, "s", connections=connections)).code == "silence_timeout"
    assert idle_count(connections) == 0


async def test_a_connection_of_another_loop_is_not_taken(connections: Connections) -> None:
    async with RawServer(serve) as server:
        await ask(at(server), "m", connections=connections)

        def elsewhere() -> str:
            return asyncio.run(ask(at(server), "m", connections=connections)).result.text

        assert await asyncio.to_thread(elsewhere) == "fine"
        assert len(server.peers) == 2
