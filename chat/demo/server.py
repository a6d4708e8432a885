"""The demo's HTTP server: loopback only, HTTP/1.1, the OpenAI format, one task per connection.

    GET  /v1/models               the list of models
    POST /v1/chat/completions     an answer

It takes no key. It stops writing as soon as the other side closes its connection.
"""

import asyncio
import contextlib
import itertools
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from chat.demo import fields, openai
from chat.demo.answers import reply
from chat.demo.ask import Ask, BadRequestError, Call, Reply
from chat.demo.http import MAX_HEAD_BYTES, Request, chunk, head, last_chunk, read_request
from chat.demo.pieces import Pace, pieces

PLAIN, THINKING = "demo", "demo-thinking"
MODELS = (PLAIN, THINKING)
# A connection without a request for this long is closed; a client's pause between two turns is shorter.
IDLE_SECONDS = 120

# A method of the writer, and its argument.
Step = tuple[Literal["reasoning", "text", "arguments"], str] | tuple[Literal["call"], Call]


class Server:
    """A demo server; open() returns its address, close() ends it and every connection."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        # Selects one of several equally good openings, so that asking again gives another one.
        self._variants = itertools.count()

    async def open(self) -> str:
        """Listen on a free port of 127.0.0.1; returns the address, without /v1."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client closed the connection, or the server ends, so nobody waits for an answer
        finally:
            self._connections.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; returns whether the connection can be used for another one."""
        answer_id = secrets.token_hex(12)
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                request = await read_request(reader)
        except BadRequestError as problem:
            await _send_json(writer, problem.status, openai.error(problem, answer_id), {"connection": "close"})
            return False
        if request is None:
            return False
        headers = {openai.REQUEST_ID_HEADER: answer_id}
        try:
            if request.method == "GET" and request.path == "/v1/models":
                await _send_json(writer, 200, _models(), headers)
            elif request.method == "POST" and request.path == openai.PATH:
                await self._answer(reader, writer, _ask(request), answer_id)
            else:
                raise BadRequestError(f"There is no {request.method[:10]} {request.path[:80]} here.", 404)
        except BadRequestError as problem:
            await _send_json(writer, problem.status, openai.error(problem, answer_id), headers)
        return request.keep_alive

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ask: Ask, answer_id: str
    ) -> None:
        answer = reply(ask, next(self._variants))
        steps, cut = _limited(list(_steps(answer)), ask.max_tokens)
        thought = sum(1 for kind, _ in steps if kind == "reasoning")
        count = sum(1 for kind, _ in steps if kind != "call")
        input_tokens = fields.estimate(ask.system, *(turn.text for turn in ask.turns))
        written = openai.Writer(ask, answer_id, int(time.time()), input_tokens)
        headers = {openai.REQUEST_ID_HEADER: answer_id}
        if not ask.stream:
            for step in steps:
                _write(written, step)
            await asyncio.sleep(self._pace.first_seconds())
            await _send_json(writer, 200, written.whole(cut, count, thought), headers)
            return
        writer.write(head(200, {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache",
                                "transfer-encoding": "chunked", **headers}))  # fmt: skip
        writer.write(chunk(written.begin()))
        await writer.drain()
        async with contextlib.aclosing(self._pace.walk(steps)) as walk:
            async for step in walk:
                if reader.at_eof() or writer.is_closing():
                    raise ConnectionResetError
                writer.write(chunk(_write(written, step)))
                await writer.drain()
        writer.write(chunk(written.end(cut, count, thought)) + last_chunk())
        await writer.drain()


def _ask(request: Request) -> Ask:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise BadRequestError("The body must be a JSON object.")
    ask = openai.read(body)
    if ask.model not in MODELS:
        raise BadRequestError(f"There is no model {ask.model[:80]!r} here. Use one of: {', '.join(MODELS)}.", 404)
    return replace(ask, thinking=True) if ask.model == THINKING else ask


def _steps(answer: Reply) -> Iterator[Step]:
    """The answer piece by piece."""
    for piece in pieces(answer.reasoning):
        yield "reasoning", piece
    for piece in pieces(answer.text):
        yield "text", piece
    if answer.call:
        yield "call", answer.call
        for piece in pieces(answer.call.arguments):
            yield "arguments", piece


def _write(written: openai.Writer, step: Step) -> bytes:
    match step:
        case ("reasoning", str(piece)):
            return written.reasoning(piece)
        case ("arguments", str(piece)):
            return written.arguments(piece)
        case ("call", Call() as call):
            return written.call(call)
        case (_, piece):
            return written.text(str(piece))


def _limited(steps: list[Step], max_tokens: int | None) -> tuple[list[Step], bool]:
    if max_tokens is None or len(steps) <= max_tokens:
        return steps, False
    return steps[:max_tokens], True


def _models() -> dict[str, Any]:
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "parley"} for name in MODELS]
    return {"object": "list", "data": listed}


async def _send_json(writer: asyncio.StreamWriter, status: int, value: dict[str, Any], headers: dict[str, str]) -> None:
    body = fields.dumps(value).encode()
    writer.write(head(status, {"content-type": "application/json", "content-length": str(len(body)), **headers}) + body)
    await writer.drain()
