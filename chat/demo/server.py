"""The demo's HTTP server: loopback only, the OpenAI format, a thread for each connection.

    GET  /v1/models               the list of models
    POST /v1/chat/completions     an answer, always as a stream

It takes no key. Its threads are its own: a view, a command or a task in any event loop may ask for it, and none of them
can end it for the others.
"""

import itertools
import secrets
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec

from chat.demo.answers import reply
from chat.demo.ask import Ask, BadRequestError, Reply, read
from chat.demo.pieces import Pace, pieces

PLAIN, THINKING = "demo", "demo-thinking"
MODELS = (PLAIN, THINKING)
# A connection without a request for this long is closed; a client's pause between two turns is shorter.
IDLE_SECONDS = 120
# Enough for all the pictures that a request can have, in base64, and the longest conversation.
MAX_BODY_BYTES = 40 * 1024 * 1024

_starting = threading.Lock()
_server: "Server | None" = None


def start() -> str:
    """The address of this process's demo server, such as http://127.0.0.1:40123; the first call starts it."""
    global _server
    with _starting:
        _server = _server or Server()
    return _server.base_url


class Server(socketserver.ThreadingTCPServer):
    """A demo server that listens on a free port of 127.0.0.1 until shutdown() and server_close()."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, pace: Pace | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.pace = pace or Pace()
        # Selects one of several equally good openings, so that asking again gives another one.
        self.variants = itertools.count()
        threading.Thread(target=self.serve_forever, name="demo model", daemon=True).start()

    @property
    def base_url(self) -> str:
        """The address, without /v1."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # the client closed the connection
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    server: Server
    server_version = "parley-demo"
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Nothing: the rest of Parley logs what it asks for."""

    def do_GET(self) -> None:  # the library's name
        if self.path.partition("?")[0] == "/v1/models":
            listed = [{"id": name, "object": "model", "created": 0, "owned_by": "parley"} for name in MODELS]
            self._send_json(200, {"object": "list", "data": listed})
        else:
            self._refuse(BadRequestError(f"There is no {self.path[:80]} here.", 404))

    def do_POST(self) -> None:
        try:
            ask = self._ask()
        except BadRequestError as problem:
            self._refuse(problem)
        else:
            self._answer(ask)

    def _ask(self) -> Ask:
        if self.path != "/v1/chat/completions":
            raise BadRequestError(f"There is no {self.path[:80]} here.", 404)
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 9 and int(length) <= MAX_BODY_BYTES):
            raise BadRequestError(f"Send the body with a Content-Length of at most {MAX_BODY_BYTES}.", 413)
        ask = read(self.rfile.read(int(length)))
        if ask.model not in MODELS:
            raise BadRequestError(f"There is no model {ask.model[:80]!r} here. Use one of: {', '.join(MODELS)}.", 404)
        return msgspec.structs.replace(ask, thinking=ask.model == THINKING)

    def _answer(self, ask: Ask) -> None:
        answer_id = secrets.token_hex(12)
        head = {"id": f"chatcmpl-{answer_id}", "object": "chat.completion.chunk", "created": int(time.time())}

        def send(*choices: dict[str, Any], **more: Any) -> None:
            self._send_event(msgspec.json.encode({**head, "model": ask.model, "choices": choices, **more}))

        answer = reply(ask, next(self.server.variants))
        deltas = list(_deltas(answer, f"call_{answer_id}"))
        said = deltas[: ask.max_tokens]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("x-request-id", answer_id)
        self.end_headers()
        send({"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None})
        for delta in self.server.pace.walk(said):
            send({"index": 0, "delta": delta, "finish_reason": None})
        reason = "length" if len(said) < len(deltas) else "tool_calls" if answer.call else "stop"
        send({"index": 0, "delta": {}, "finish_reason": reason})
        # About how many tokens the question is made of.
        asked = max(1, (len(ask.system) + sum(len(turn.text) for turn in ask.turns)) // 4)
        thought = sum("reasoning_content" in delta for delta in said)
        send(
            usage={
                "prompt_tokens": asked,
                "completion_tokens": len(said),
                "total_tokens": asked + len(said),
                "completion_tokens_details": {"reasoning_tokens": thought},
            }
        )
        self._send_event(b"[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _send_event(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\ndata: %b\n\n\r\n" % (len(data) + 8, data))

    def _refuse(self, problem: BadRequestError) -> None:
        self.close_connection = True
        code = "model_not_found" if problem.status == 404 else None
        error = {"message": str(problem), "type": "invalid_request_error", "param": None, "code": code}
        self._send_json(problem.status, {"error": error})

    def _send_json(self, status: int, value: dict[str, Any]) -> None:
        body = msgspec.json.encode(value)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _deltas(answer: Reply, call_id: str) -> Iterator[dict[str, Any]]:
    """The answer piece by piece."""
    for piece in pieces(answer.reasoning):
        yield {"reasoning_content": piece}
    for piece in pieces(answer.text):
        yield {"content": piece}
    if answer.call:
        function = {"name": answer.call.name, "arguments": ""}
        yield {"tool_calls": [{"index": 0, "id": call_id, "type": "function", "function": function}]}
        for piece in pieces(answer.call.arguments):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
