"""One response of the fake upstream: the steps of a scenario, played on a transport."""

import asyncio
import base64
import gzip
import json
import socket
import struct
import zlib
from typing import Any

from .wire import AnthropicWire, OpenAIWire, Wire, pieces_of

Step = dict[str, Any]


class Player:
    """Plays steps for one request. play() returns whether the connection is to be closed in order."""

    def __init__(self, transport: asyncio.Transport, wire: Wire, drain: asyncio.Event, released: asyncio.Event) -> None:
        self.bytes_sent = 0
        self.finished = False  # everything that matters is on its way
        self._transport = transport
        self._wire = wire
        self._drain = drain
        self._released = released
        self._split = 0
        self._gzip: Any = None
        self._framing = ""

    async def play(self, steps: list[Step]) -> None:
        """All steps, then the end of the body."""
        if await self._play(steps):
            await self._end()

    async def _play(self, steps: list[Step]) -> bool:
        for step in steps:
            if not await self._one(step):
                return False
        return True

    async def _one(self, step: Step) -> bool:
        match step:
            case {"status": _}:
                await self._respond(step)
                return False
            case {"head": head}:
                await self._head(head)
            case {"wait": seconds}:
                await asyncio.sleep(seconds)
            case {"hold": _}:
                await self._released.wait()
            case {"hang": _}:
                await asyncio.Event().wait()
            case {"close": _}:
                self._transport.close()
                return False
            case {"reset": _}:
                self._reset()
                return False
            case {"repeat": count, "steps": steps}:
                for _ in range(count):
                    if not await self._play(steps):
                        return False
            case {"text": _} | {"texts": _} | {"reasoning": _} | {"tool": _} | {"finish": _}:
                await self._say(step)
            case _:
                await self._send(step)
        return True

    async def _say(self, step: Step) -> None:
        wire, pieces = self._wire, step.get("pieces", 1)
        match step:
            case {"text": text}:
                for piece in pieces_of(text, pieces):
                    await self._body(wire.text(piece))
            case {"texts": texts}:
                await self._body(b"".join(wire.text(text) for text in texts))
            case {"reasoning": text}:
                for piece in pieces_of(text, pieces):
                    await self._body(wire.reasoning(piece))
            case {"tool": call}:
                for data in wire.tool(call, pieces):
                    await self._body(data)
            case {"finish": reason}:
                self.finished = True
                await self._body(wire.finish(reason))

    async def _send(self, step: Step) -> None:
        match step:
            case {"split": size}:
                self._split = size
            case {"gzip": _}:
                self._gzip = zlib.compressobj(wbits=31)
            case {"raw": data}:
                await self._write(data.encode("latin-1"))
            case {"events": events}:
                for event in events:
                    await self._body(self._wire.event(event))
            case {"send": text}:
                await self._body(text.encode("utf-8", "surrogatepass"))
            case {"send_base64": text}:
                await self._body(base64.b64decode(text))
            case _:
                raise ValueError(f"no such step: {step}")

    async def _respond(self, step: Step) -> None:
        body = step.get("body", "")
        is_text = isinstance(body, str)
        data = body.encode() if is_text else json.dumps(body).encode()
        kind = "text/html" if is_text and body.lstrip().startswith("<") else "application/json"
        headers = {"content-type": kind, "content-length": str(len(data)), **step.get("headers", {})}
        if headers.get("content-encoding") == "gzip":
            data = gzip.compress(data)
            headers["content-length"] = str(len(data))
        self.finished = True
        await self._write(_head(step["status"], headers) + data)

    async def _head(self, head: Step) -> None:
        self._framing = head.get("framing", "chunked")
        headers = {"content-type": "text/event-stream", "x-request-id": "req_fake"}
        if self._framing == "chunked":
            headers["transfer-encoding"] = "chunked"
        elif self._framing == "length":
            headers["content-length"] = str(head["length"])
        if self._gzip is not None:
            headers["content-encoding"] = "gzip"
        await self._write(_head(head.get("status", 200), {**headers, **head.get("headers", {})}))

    async def _body(self, data: bytes) -> None:
        if not self._framing:
            await self._head({})
        if self._gzip is not None:
            data = self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        if data:
            await self._write(b"%x\r\n%b\r\n" % (len(data), data) if self._framing == "chunked" else data)

    async def _end(self) -> None:
        if not self._framing:
            await self._head({})
        if self._framing == "chunked":
            await self._write(b"0\r\n\r\n")
        else:
            self._transport.close()

    async def _write(self, data: bytes) -> None:
        size = self._split or len(data) or 1
        for at in range(0, len(data), size):
            self._transport.write(data[at : at + size])
            self.bytes_sent += len(data[at : at + size])
            await asyncio.sleep(0)
            await self._drain.wait()

    def _reset(self) -> None:
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"HTTP/1.1 {status} Fake\r\n{lines}\r\n".encode("latin-1")


def wire_for(path: str, model: str) -> Wire:
    """The format that a path belongs to."""
    return AnthropicWire(model) if path.endswith("/messages") else OpenAIWire(model)
