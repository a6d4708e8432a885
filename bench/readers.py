"""A cheap WebSocket client, and the two readers that use it: one of the bare relay, one of Parley.

A reader finds the upstream's timestamps in the text that arrives, and so knows each token's latency in nanoseconds.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import time
from array import array
from typing import Any

STAMP = re.compile(rb"@(\d{9,19}) ")
ACK_EVERY_FRAMES = 16
# A constant mask is cheaper, and the server accepts any.
_MASK = b"\x00\x00\x00\x00"


class Reader(asyncio.Protocol):
    """A socket; `path` and `headers` open it, `begin(model)` asks for a stream, and `ended` is set at its end."""

    path = "/ws/"

    def __init__(self, host: str, headers: dict[str, str] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[bool] = loop.create_future()
        self.latencies = array("q")
        self.asked_at = 0
        self.first_at = 0
        self.wire_bytes = 0
        self.text_bytes = 0
        self._host = host
        self._headers = headers or {}
        self._buffer = b""
        self._is_open = False
        self._last = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: {self._host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Origin: http://{self._host}",
            *(f"{name}: {value}" for name, value in self._headers.items()),
        ]
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it was open"))
        self.end(False)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, ended, rest = self._buffer.partition(b"\r\n\r\n")
            if not ended:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self._transport.close()
                return
            self._is_open, self._buffer = True, rest
            self.is_up()
        if self.asked_at:
            self.wire_bytes += len(data)
        self._frames()

    def is_up(self) -> None:
        """Called when the handshake is done."""
        self.opened.set_result(None)

    def begin(self, model: str) -> None:
        """Ask for a stream."""
        raise NotImplementedError

    def frame(self, payload: bytes, now: int) -> None:
        """Called when a text frame has arrived."""
        raise NotImplementedError

    def send(self, **body: Any) -> None:
        """Send one frame."""
        payload = json.dumps(body).encode()
        size = len(payload)
        head = b"\x81" + (bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big"))
        self._transport.write(head + _MASK + payload)

    def end(self, is_whole: bool) -> None:
        """Called at the end of the stream."""
        if not self.ended.done():
            self.ended.set_result(is_whole)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def saw(self, payload: bytes, now: int) -> None:
        """Record the timestamps in a frame."""
        for stamp in STAMP.finditer(payload):
            sent_at = int(stamp[1])
            self.text_bytes += len(stamp[0])
            if sent_at > self._last:
                self._last = sent_at
                self.latencies.append(now - sent_at)
        if not self.first_at and self.latencies:
            self.first_at = now

    def _frames(self) -> None:
        buffer, at, now = self._buffer, 0, time.monotonic_ns()
        while len(buffer) - at >= 2:
            kind, size, head = buffer[at] & 15, buffer[at + 1] & 127, 2
            if size >= 126:
                head = 4 if size == 126 else 10
                if len(buffer) - at < head:
                    break
                size = int.from_bytes(buffer[at + 2 : at + head], "big")
            if len(buffer) - at < head + size:
                break
            payload = buffer[at + head : at + head + size]
            at += head + size
            if kind == 1:
                self.frame(payload, now)
            elif kind == 9:
                self._transport.write(bytes([0x8A, 0x80 | len(payload)]) + _MASK + payload)
            elif kind == 8:
                self._transport.close()
        self._buffer = buffer[at:]


class RelayReader(Reader):
    """A reader of the bare relay."""

    def begin(self, model: str) -> None:
        self.asked_at = time.monotonic_ns()
        self.send(spec=model)

    def frame(self, payload: bytes, now: int) -> None:
        self.saw(payload, now)
        if payload == b'{"t": "end"}':
            self.end(True)


class ParleyReader(Reader):
    """A reader of Parley, which posts a message in a new conversation and watches its run, as the page does."""

    path = "/ws/?protocol=2"

    def __init__(self, host: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(host, headers)
        self.run = 0
        self.is_writing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._seen = 0

    def is_up(self) -> None:
        """Wait for the welcome."""

    def begin(self, model: str) -> None:
        self.asked_at = time.monotonic_ns()
        client_id = base64.urlsafe_b64encode(os.urandom(12)).decode()
        self.send(
            type="message.post", client_id=client_id, conversation=None, text="hi", upstream="openai", model=model
        )

    def stop(self) -> None:
        """Stop the run."""
        self.send(type="run.stop", run=self.run)

    def frame(self, payload: bytes, now: int) -> None:
        self._seen += 1
        if self._seen % ACK_EVERY_FRAMES == 0:
            self.send(type="ack", frames=self._seen)
        if payload.startswith(b'{"type":"run.patch"'):
            self.saw(payload, now)
            if self.first_at and not self.is_writing.done():
                self.is_writing.set_result(None)
            if payload.endswith(b'"done":true}'):
                self.end(b'"status":"done"' in payload)
        elif payload.startswith(b'{"type":"message.posted"'):
            self.run = json.loads(payload)["run"]
            self.send(type="run.watch", run=self.run, after=0)
        elif payload.startswith(b'{"type":"welcome"'):
            self.opened.set_result(None)
        elif payload.startswith((b'{"type":"error"', b'{"type":"bye"')):
            print("refused:", payload.decode()[:200])
            self.end(False)


async def connect(kind: type[Reader], port: int, headers: dict[str, str] | None = None) -> Reader:
    """Open a socket."""
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(lambda: kind(f"127.0.0.1:{port}", headers), "127.0.0.1", port)
    await asyncio.wait_for(reader.opened, 30)
    return reader
