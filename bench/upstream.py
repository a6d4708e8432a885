"""A cheap upstream whose tokens are the times at which they were sent.

A model's name says what to send: `rate50-count300` sends 300 tokens at 50 per second, `rate0` sends without a pause.
Each token is `@NANOSECONDS `, the time on the monotonic clock, which all processes of the machine share. Any other part
of the name, such as `tag7`, only identifies the stream: GET /closed returns {model: nanoseconds} of the streams that the
reader closed. With `prose` in the name, the tokens are those of bench/prose.py; GET /ended returns {model: ms since the
epoch} of the last token of each finished stream.

    python -m bench.upstream PORT
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator

from bench.prose import tokens

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
_EVENT = (
    '{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"%s",'
    '"system_fingerprint":"fp_bench","choices":[{"index":0,"delta":%s,"logprobs":null,"finish_reason":%s}]}'
)
_USAGE = (
    '{"id":"chatcmpl-bench","object":"chat.completion.chunk","model":"%s","choices":[],'
    '"usage":{"prompt_tokens":12,"completion_tokens":9}}'
)
_closed: dict[str, int] = {}
_ended: dict[str, float] = {}


class Upstream(asyncio.Protocol):
    """One connection: one request, one stream."""

    def __init__(self) -> None:
        self._received = b""
        self._timer: asyncio.TimerHandle | None = None
        self._model = ""
        self._left = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if not ended or (length and len(body) < int(length[1])):
            return
        self._received = b""
        path = head.split(b" ", 2)[1]
        if path.endswith(b"/chat/completions"):
            self._begin(str(json.loads(body)["model"]))
        elif path == b"/closed":
            self._reply(_closed)
        elif path == b"/ended":
            self._reply(_ended)
        else:
            self._reply({"object": "list", "data": []})  # with no list of models, any name may be asked for

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._left:
            _closed[self._model] = time.monotonic_ns()

    def _reply(self, body: object) -> None:
        text = json.dumps(body).encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self._transport.write(head % len(text) + text)
        self._transport.close()

    def _begin(self, model: str) -> None:
        self._model = model
        orders = dict(re.findall(r"([a-z]+)(\d+)", model))
        self._left = int(orders.get("count", 300))
        rate = int(orders.get("rate", 50))
        self._interval = 1 / rate if rate else 0.0
        self._says = _encoded(self._left) if "prose" in model else _stamps()
        before, _, after = (_EVENT % (model, '{"content":"TOKEN"}', "null")).partition("TOKEN")
        self._before, self._after = b"data: " + before.encode(), after.encode() + b"\n\n"
        self._transport.write(_HEAD + self._event(_EVENT % (model, '{"role":"assistant","content":""}', "null")))
        self._due = asyncio.get_running_loop().time() + self._interval
        self._next()

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(self._due, self._say) if self._interval else loop.call_later(0, self._say)

    def _say(self) -> None:
        if self._transport.is_closing():
            return
        data = self._before + next(self._says) + self._after
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        self._left -= 1
        self._due += self._interval
        if self._left:
            return self._next()
        _ended[self._model] = time.time() * 1000
        end = self._event(_EVENT % (self._model, "{}", '"stop"')) + self._event(_USAGE % self._model)
        self._transport.write(end + self._event("[DONE]") + b"0\r\n\r\n")
        self._transport.close()

    @staticmethod
    def _event(data: str) -> bytes:
        event = f"data: {data}\n\n".encode()
        return b"%x\r\n%b\r\n" % (len(event), event)


def _stamps() -> Iterator[bytes]:
    while True:
        yield b"@%d " % time.monotonic_ns()


def _encoded(count: int) -> Iterator[bytes]:
    return (json.dumps(token)[1:-1].encode() for token in tokens(count))


async def serve(port: int) -> None:
    """Serve on 127.0.0.1 until killed."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(int(sys.argv[1])))
