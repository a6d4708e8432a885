"""An MCP server for tests that says what a test wants, right or wrong: streamable HTTP of the protocol with sessions."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.upstreams.raw_server import Peer, RawServer

Result = dict[str, Any]


@dataclass(frozen=True)
class Http:
    """A response instead of a result."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Say = Callable[[Any], Result | Http]
TOOL = {"name": "odd", "description": "Odd.", "inputSchema": {"type": "object"}}


class OddServer(RawServer):
    """`answers`: what each method is answered, from its parameters; `live`: the sessions that it knows."""

    def __init__(self, answers: dict[str, Say] | None = None, tls: ssl.SSLContext | None = None, **about: Any) -> None:
        super().__init__(self._reply, tls)
        self.answers: dict[str, Say] = {
            "initialize": self._initialize,
            "tools/list": lambda _: {"tools": [TOOL]},
            **(answers or {}),
        }
        self.about = {"capabilities": {"tools": {}}, **about}
        self.live: set[str] = set()
        self.begun = 0
        # The session of each call of a tool.
        self.calls: list[str] = []

    async def _reply(self, peer: Peer) -> None:
        head, _, body = (await peer.request()).partition(b"\r\n\r\n")
        session = re.search(rb"mcp-session-id: *(\S+)", head, re.IGNORECASE)
        name = session[1].decode() if session else ""
        answer = self._answer_to(head.split(b" ")[0], name, body)
        await peer.send(_written(answer, f"s{self.begun}"))

    def _answer_to(self, verb: bytes, session: str, body: bytes) -> Http:
        if verb == b"DELETE":
            self.live.discard(session)
            return Http(200)
        if verb != b"POST":
            return Http(405)
        message = json.loads(body)
        method, asked = message["method"], message.get("id")
        if asked is None:
            return Http(202)
        if method not in ("initialize", "server/discover") and session not in self.live:
            return Http(404, b"no such session")
        if method == "tools/call":
            self.calls.append(session)
        say = self.answers.get(method)
        if say is None:
            return _json({"id": asked, "error": {"code": -32601, "message": f"no {method}"}})
        result = say(message.get("params"))
        return result if isinstance(result, Http) else _json({"id": asked, "result": result})

    def _initialize(self, params: Any) -> Result:
        self.begun += 1
        self.live.add(f"s{self.begun}")
        info = {"name": "odd", "version": "1"}
        return {"protocolVersion": "2025-06-18", "serverInfo": info, **self.about}


def _json(message: dict[str, Any]) -> Http:
    return Http(200, json.dumps({"jsonrpc": "2.0", **message}).encode(), {"content-type": "application/json"})


def _written(answer: Http, session: str) -> bytes:
    lines = {
        "content-length": str(len(answer.body)),
        "mcp-session-id": session,
        "connection": "close",
        **answer.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {answer.status} x\r\n{head}\r\n".encode() + answer.body
