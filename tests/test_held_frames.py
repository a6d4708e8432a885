"""Frames that Daphne reads are bounded while the application is busy, and sockets take turns (C13)."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.testing import StringTransport

from chatsite.held_frames import MAX_STEPS_PER_TURN, MAX_WAITING_BYTES, MAX_WAITING_FRAMES, HeldFrames
from chatsite.taken import TAKEN, TellsWhatIsTaken

pytestmark = pytest.mark.asyncio

HANDSHAKE = (
    b"GET /ws/ HTTP/1.1\r\nHost: testserver\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, PING = 1, 9


class Application:
    """Stands for Daphne's server; `queue` is what it gave to the application."""

    root_path, proxy_forwarded_address_header = "", None

    def __init__(self) -> None:
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def create_application(self, protocol: HeldFrames, scope: dict[str, Any]) -> asyncio.Queue[dict[str, Any]]:
        return self.queue

    def protocol_connected(self, protocol: HeldFrames) -> None: ...

    def log_action(self, *what: object) -> None: ...


class Client:
    """A client that has connected; `send` gives the server bytes only while its transport reads."""

    def __init__(self) -> None:
        self.server = Application()
        factory = WebSocketFactory(self.server)
        factory.protocol = HeldFrames
        factory.setProtocolOptions(maxMessagePayloadSize=2**20)
        self.protocol = factory.buildProtocol(None)
        self.protocol._raw_query_string = b""
        self.transport = StringTransport()
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(HANDSHAKE)
        self.protocol.serverAccept()
        assert self.server.queue.get_nowait() == {"type": "websocket.connect"}
        self.transport.clear()

    def send(self, *frames: bytes) -> None:
        self.protocol.dataReceived(b"".join(frames))

    @property
    def is_read(self) -> bool:
        return bool(self.transport.producerState == "producing")

    async def take(self) -> str:
        message = self.server.queue.get_nowait()
        self.protocol.taken()
        await turns()
        return str(message["text"])


def frame(kind: int, text: str) -> bytes:
    payload = text.encode()
    if len(payload) < 126:
        size = bytes([128 | len(payload)])
    else:
        size = b"\xfe" + len(payload).to_bytes(2, "big")
    # A mask of zeros leaves the payload as it is.
    return bytes([128 | kind]) + size + bytes(4) + payload


async def turns(count: int = 50) -> None:
    """Let what is due on the loop run, turn by turn."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_few_frames_wait_then_the_client_is_not_read_and_none_is_lost() -> None:
    client = Client()
    client.send(*(frame(TEXT, str(number)) for number in range(100)))
    await turns()
    assert client.server.queue.qsize() == MAX_WAITING_FRAMES
    assert not client.is_read
    assert [await client.take() for _ in range(100)] == [str(number) for number in range(100)]
    assert client.is_read


async def test_many_bytes_wait_as_few_frames_do() -> None:
    client = Client()
    client.send(frame(TEXT, "x" * (MAX_WAITING_BYTES - 10)))
    await turns()
    assert client.is_read
    client.send(frame(TEXT, "y" * 10), frame(TEXT, "z"))
    await turns()
    assert (client.server.queue.qsize(), client.is_read) == (2, False)
    assert [(await client.take())[0] for _ in range(3)] == ["x", "y", "z"]
    assert client.is_read


@pytest.mark.parametrize("cut", [1, 3, 7, 4096])
async def test_frames_in_pieces_arrive_whole(cut: int) -> None:
    client = Client()
    texts = [os.urandom(size).hex() for size in (0, 1, 62, 63, 200, 3000)]
    sent = b"".join(frame(TEXT, text) for text in texts)
    for start in range(0, len(sent), cut):
        client.send(sent[start : start + cut])
        await turns(1)
    await turns()
    assert [await client.take() for _ in texts] == texts


async def test_pings_of_one_socket_are_answered_in_turns() -> None:
    client = Client()
    sent = 10 * MAX_STEPS_PER_TURN
    client.send(*(frame(PING, "") for _ in range(sent)))
    answered = len(client.transport.value()) // 2
    assert 0 < answered <= MAX_STEPS_PER_TURN
    assert not client.is_read
    await turns()
    assert (len(client.transport.value()) // 2, client.is_read) == (sent, True)


async def test_a_client_whose_frames_wait_may_go() -> None:
    client = Client()
    client.send(*(frame(TEXT, "x") for _ in range(100)))
    await turns()
    client.protocol.server.protocol_disconnected = lambda protocol: None
    client.protocol.onClose(True, 1000, "")
    for _ in range(MAX_WAITING_FRAMES):
        assert await client.take() == "x"
    left = [client.server.queue.get_nowait()["type"] for _ in range(client.server.queue.qsize())]
    assert "websocket.disconnect" in left


async def test_the_application_tells_what_it_takes() -> None:
    waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    for type in ("websocket.connect", "websocket.receive", "websocket.receive", "websocket.disconnect"):
        waiting.put_nowait({"type": type})
    taken: list[int] = []

    async def application(scope: object, receive: Any, send: object) -> list[str]:
        return [(await receive())["type"] for _ in range(4)]

    wrapped = TellsWhatIsTaken(application)
    told = await wrapped({"extensions": {TAKEN: lambda: taken.append(1)}}, waiting.get, None)
    assert (told[-1], len(taken)) == ("websocket.disconnect", 2)
