"""The fake upstream's server: requests in, a player for each, a log of all. See the package's docstring."""

import asyncio
import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import urlsplit

from .named import steps_for
from .play import Player, wire_for

Object = dict[str, Any]


class State:
    """What the server knows: scenarios, what was asked, which models it admits to."""

    def __init__(self) -> None:
        self.scenarios: dict[str, list[list[Object]]] = {}
        self.deciders: dict[str, Callable[[Object], list[Object]]] = {}
        self.attempts: dict[str, int] = {}
        self.requests: list[Object] = []
        self.models: Object = {"ids": ["text-n20", "echo"]}
        self.released = asyncio.Event()

    def reset(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]

    def set_scenario(self, scenario: Object) -> None:
        """Register {"name", "steps"} or {"name", "attempts"}."""
        self.scenarios[scenario["name"]] = scenario.get("attempts") or [scenario["steps"]]
        self.attempts.pop(scenario["name"], None)

    def steps(self, model: str, body: Object) -> tuple[int, list[Object]]:
        """The number of this attempt, and its steps."""
        attempt = self.attempts[model] = self.attempts.get(model, 0) + 1
        if model in self.deciders:
            return attempt, self.deciders[model](body)
        lists = self.scenarios.get(model)
        return attempt, lists[min(attempt, len(lists)) - 1] if lists else steps_for(model, body)


class _Peer(asyncio.Protocol):
    """One client's connection, with one request after the other."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._received = b""
        self._task: asyncio.Task[None] | None = None
        self._entry: Object | None = None
        self._player: Player | None = None
        self._drain = asyncio.Event()
        self._drain.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._take_request()

    def _take_request(self) -> None:
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if self._task is not None or not blank:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(body) >= length:
            method, target, _ = first.split(" ", 2)
            self._received = body[length:]
            answer = self._answer(method, urlsplit(target).path, headers, body[:length])
            self._task = asyncio.create_task(answer, name="fake")

    def connection_lost(self, error: Exception | None) -> None:
        if self._entry is not None and self._entry["ended_at"] is None:
            left = self._player is None or not self._player.finished
            self._entry["disconnected_at" if left else "ended_at"] = time.monotonic()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._drain.clear()

    def resume_writing(self) -> None:
        self._drain.set()

    async def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        asked: Object = json.loads(body) if body else {}
        if method == "POST" and path.endswith(("/messages", "/completions")):
            await self._generate(path, headers, asked)
            self._task = None
            self._take_request()
        else:
            self._reply(*self._control(method, path, asked))

    async def _generate(self, path: str, headers: dict[str, str], asked: Object) -> None:
        state, model = self._state, str(asked.get("model", ""))
        attempt, steps = state.steps(model, asked)
        entry: Object = {"number": len(state.requests), "at": time.monotonic(), "model": model, "path": path}
        entry |= {"headers": headers, "body": asked, "attempt": attempt}
        entry |= {"disconnected_at": None, "ended_at": None, "bytes_sent": 0}
        state.requests.append(entry)
        self._entry = entry
        wire = wire_for(path, model)
        if asked.get("stream") is not True:
            text = "".join("".join(step.get("texts", [])) or step.get("text", "") for step in steps)
            steps = [{"status": 200, "body": wire.whole(text)}]
        player = self._player = Player(self._transport, wire, self._drain, state.released)
        try:
            await player.play(steps)
            entry["ended_at"] = time.monotonic()
        finally:
            entry["bytes_sent"] = player.bytes_sent

    def _control(self, method: str, path: str, asked: Object) -> tuple[int, Object]:
        match method, path:
            case "POST", "/scenario":
                self._state.set_scenario(asked)
            case "POST", "/reset":
                self._state.reset()
            case "POST", "/release":
                self._state.released.set()
            case "POST", "/models":
                self._state.models = asked
            case "GET", "/log":
                return 200, {"requests": self._state.requests, "now": time.monotonic()}
            case "GET", "/v1/models":
                models = self._state.models
                data = [{"id": name, "object": "model"} for name in models.get("ids", [])]
                return models.get("status", 200), models.get("body", {"object": "list", "data": data})
            case _:
                return 404, {"error": {"message": "no such path"}}
        return 200, {}

    def _reply(self, status: int, body: Object) -> None:
        data = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Fake\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\nconnection: close"
        self._transport.write(head.encode() + b"\r\n\r\n" + data)
        self._transport.close()


async def serve(state: State, host: str, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
    """A server that is listening; port 0 takes a free one."""
    return await asyncio.get_running_loop().create_server(lambda: _Peer(state), host, port, ssl=tls, backlog=2048)


class FakeUpstream:
    """The server in a thread with a loop of its own; a context manager."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self._tls, self._host, self._wanted_port = tls, host, port
        self._state = State()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fake-upstream", daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL, without /v1."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self.port}"

    def scenario(
        self, name: str, steps: list[Object] | None = None, *, attempts: list[list[Object]] | None = None
    ) -> str:
        """Register what the model `name` does; gives the name."""
        self._state.set_scenario({"name": name, "steps": steps or [], "attempts": attempts})
        return name

    def answer_by(self, name: str, decide: Callable[[Object], list[Object]]) -> None:
        """Let the model `name` do what `decide` says of each request's body."""
        self._state.deciders[name] = decide

    def models(self, ids: list[str] | None = None, status: int = 200) -> None:
        """What GET /v1/models gives."""
        self._state.models = {"ids": ids or [], "status": status}

    def list_body(self, body: Object) -> None:
        """What GET /v1/models gives, whatever it is."""
        self._state.models = {"body": body}

    def release(self) -> None:
        """Let every answer go on that is held, or that will be until `hold` or `reset`."""
        self._loop.call_soon_threadsafe(self._state.released.set)

    def hold(self) -> None:
        """Hold the answers that come to their `hold` step from now on."""
        self._loop.call_soon_threadsafe(self._state.released.clear)

    def log(self) -> list[Object]:
        """The requests so far; see GET /log."""
        return list(self._state.requests)

    def wait_for_disconnect(self, number: int = -1, timeout_seconds: float = 60.0) -> float:
        """The moment at which the client of that request left. Raises AssertionError if it does not."""
        until = time.monotonic() + timeout_seconds
        while time.monotonic() < until:
            log = self.log()
            if log and log[number]["disconnected_at"] is not None:
                return float(log[number]["disconnected_at"])
            time.sleep(0.002)
        raise AssertionError("the upstream saw no disconnect")

    def reset(self) -> None:
        """Forget scenarios and log."""
        self._state.reset()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(serve(self._state, self._host, self._wanted_port, self._tls))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()
