"""A reader: a client of the socket, written from the protocol alone. It folds, acknowledges, reconnects and checks.

Text that it has received must never shrink; `losses` lists where it did.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import uuid
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chat import wire
from chat.transcript import State, empty_state, fold

from .machine import PATIENCE_SECONDS

if TYPE_CHECKING:
    from .server import Server

Frame = dict[str, Any]
# As chat.runs.overlap has it, which needs Django's settings; this is used outside of pytest, too.
MIN_OVERLAP_CHARS = 12
ACK_FRAMES = 16
ACK_BYTES = 32 * 1024
ACK_SECONDS = 1.0


class Refused(AssertionError):
    """The server answered a command with an error."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(f"{frame['code']}: {frame['message']}")
        self.code = str(frame["code"])
        self.message = str(frame["message"])


class Followed:
    """A run as one reader sees it."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.state: State = empty_state()
        self.seq = 0
        self.done = False
        self.patches = 0
        self.gaps = 0
        self.paused: list[str] = []
        self.phases: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(part["text"] for part in self.state["parts"] if part["type"] == "text")

    @property
    def status(self) -> str:
        """The run's status, "" before the first patch."""
        return str(self.state["run"].get("status", ""))

    @property
    def error(self) -> dict[str, Any]:
        """Why it ended, if it ended badly."""
        return self.state["run"].get("error") or {}

    def texts(self) -> dict[int, str]:
        """The texts of its parts of text, each by its index."""
        return {index: part["text"] for index, part in enumerate(self.state["parts"]) if part["type"] == "text"}

    def kinds(self) -> list[str]:
        """The types of its parts."""
        return [part["type"] for part in self.state["parts"]]


def _is_lost(before: dict[int, str], after: dict[int, str]) -> bool:
    """Whether text that was shown is gone. The first words of a round may be: an answer that broke off there begins anew."""
    return any(
        not after.get(index, "").startswith(text) and len(text.strip()) >= MIN_OVERLAP_CHARS
        for index, text in before.items()
    )


class Reader:
    """One person's connection to one server."""

    def __init__(self, server: Server, who: str, *, acknowledges: bool = True, cookie: str | None = None) -> None:
        self.server = server
        self.who = who
        self.cookie = cookie if cookie is not None else server.cookie(who)
        self.runs: dict[int, Followed] = {}
        self.conversations: dict[str, Frame] = {}
        self.messages: dict[int, Frame] = {}
        self.frames: deque[Frame] = deque(maxlen=2000)
        self.losses: list[str] = []
        self.welcome: Frame = {}
        self.bye: Frame | None = None
        self.close_code: int | None = None
        self._acknowledges = acknowledges
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()
        self._received = self._unacknowledged_frames = self._unacknowledged_bytes = 0

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- the connection ---

    @property
    def is_open(self) -> bool:
        """Whether frames can be sent."""
        return self._socket is not None and self.close_code is None

    async def connect(self, *, protocol: int = wire.PROTOCOL, **headers: str) -> None:
        """Open a connection and wait for the welcome (or the goodbye)."""
        self._socket, self.bye, self.close_code, self.welcome = None, None, None, {}
        self._received = self._unacknowledged_frames = self._unacknowledged_bytes = 0
        sent = {"Cookie": f"parley={self.cookie}", "Origin": self.server.url, **headers}
        self._socket = await connect(
            f"ws://127.0.0.1:{self.server.port}/ws/?protocol={protocol}",
            additional_headers=sent,
            max_size=None,
            compression=None,
            open_timeout=20,
            ping_interval=None,
            close_timeout=1,
        )
        self._tasks = [asyncio.create_task(self._receive(self._socket)), asyncio.create_task(self._acknowledge())]
        await self.until(lambda: self.welcome or self.bye or self.close_code is not None, "a welcome", 20)

    async def close(self) -> None:
        """Close the connection with a close frame."""
        if self._socket is not None:
            await self._socket.close()
        await self._end()

    async def drop(self) -> None:
        """Drop the connection without a close frame, like a cut cable."""
        if self._socket is not None:
            self._socket.transport.abort()
        await self._end()

    async def reconnect(self, server: Server | None = None) -> None:
        """Connect again, to another server if given, and continue at the same positions."""
        await self.drop()
        self.server = server or self.server
        await self.connect()
        for conversation, patch in self.conversations.items():
            await self.send("conversation.watch", conversation=conversation, after=patch["revision"])
        for followed in self.runs.values():
            if not followed.done:
                await self.send("run.watch", run=followed.run, after=followed.seq)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.close_code = self.close_code if self.close_code is not None else 1006
        self._fail_answers()

    # --- commands ---

    async def send_text(self, text: str | bytes) -> None:
        """Send a frame as it is."""
        assert self._socket is not None
        await self._socket.send(text)

    async def send(self, type: str, **fields: Any) -> None:
        """Send a command; nothing when the connection is gone."""
        with contextlib.suppress(ConnectionClosed):
            await self.send_text(json.dumps({"type": type, **fields}, ensure_ascii=False))

    async def ask(self, type: str, *, seconds: float = PATIENCE_SECONDS, **fields: Any) -> Frame:
        """Send a command and wait for its answer. Raises Refused, or ConnectionError when the connection ends."""
        number = f"n{next(self._numbers)}"
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self.send(type, **fields, re=number)
        if self.close_code is not None:
            self._fail_answers()
        try:
            async with asyncio.timeout(seconds):
                frame: Frame = await answer
        finally:
            self._answers.pop(number, None)
        if frame["type"] == "error":
            raise Refused(frame)
        return frame

    async def post(self, text: str, model: str = "echo", **fields: Any) -> Frame:
        """Post a message, in a new conversation unless one is given."""
        fields = {"client_id": new_id(), "upstream": "openai", "conversation": None, "parent": None, **fields}
        return await self.ask("message.post", text=text, model=model, **fields)

    async def follow(self, run: int, after: int = 0) -> Followed:
        """Watch a run."""
        followed = self.runs.setdefault(run, Followed(run))
        await self.send("run.watch", run=run, after=after or followed.seq)
        return followed

    async def start(self, model: str, text: str = "Go", **fields: Any) -> Followed:
        """Post in a new conversation, and watch the answer."""
        return await self.follow((await self.post(text, model, **fields))["run"])

    async def watch(self, conversation: str, after: int = 0) -> Frame:
        """Watch a conversation; its first patch."""
        self.conversations.pop(conversation, None)
        await self.send("conversation.watch", conversation=conversation, after=after)
        await self.until(lambda: conversation in self.conversations, "a conversation")
        return self.conversations[conversation]

    # --- waiting ---

    async def until(self, question: Callable[[], Any], what: str = "", seconds: float = PATIENCE_SECONDS) -> Any:
        """The first true answer to `question`, asked after each frame. Raises AssertionError when it stays false."""
        async with self._news:
            try:
                async with asyncio.timeout(seconds):
                    return await self._news.wait_for(question)
            except TimeoutError:
                runs = {
                    run: (f.seq, f.status, len(f.text), f.state["run"].get("phase")) for run, f in self.runs.items()
                }
                last = [str(frame)[:200] for frame in list(self.frames)[-4:]]
                raise AssertionError(
                    f"{self.who}: not within {seconds} s: {what}; closed {self.close_code}; runs {runs}; {last}"
                ) from None

    async def ended(self, followed: Followed, seconds: float = PATIENCE_SECONDS) -> Followed:
        """Wait for the end of a run."""
        await self.until(lambda: followed.done, f"the end of run {followed.run}", seconds)
        return followed

    async def said(self, followed: Followed, chars: int = 1, seconds: float = PATIENCE_SECONDS) -> Followed:
        """Wait until at least `chars` characters of the answer have arrived."""
        await self.until(lambda: len(followed.text) >= chars or followed.done, f"{chars} characters", seconds)
        return followed

    async def frame(self, type: str, seconds: float = PATIENCE_SECONDS, **fields: Any) -> Frame:
        """A frame that has come or will come, with these fields."""

        def found() -> Frame | None:
            for frame in reversed(self.frames):
                if frame["type"] == type and all(frame.get(name) == value for name, value in fields.items()):
                    return frame
            return None

        frame: Frame = await self.until(found, f"a frame {type} {fields}", seconds)
        return frame

    # --- frames in ---

    async def _receive(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                text = data if isinstance(data, str) else data.decode()
                await self._take(json.loads(text), len(text))
        except ConnectionClosed:
            pass
        self.close_code = socket.close_code or 1006
        self._fail_answers()
        async with self._news:
            self._news.notify_all()

    async def _take(self, frame: Frame, size: int) -> None:
        self._received += 1
        self._unacknowledged_frames += 1
        self._unacknowledged_bytes += size
        if frame["type"] != "run.patch":
            self.frames.append(frame)
        answer = self._answers.get(frame.get("re", ""))
        if answer is not None and not answer.done():
            answer.set_result(frame)
        match frame["type"]:
            case "welcome":
                self.welcome = frame
            case "bye":
                self.bye = frame
            case "run.patch":
                await self._take_run_patch(frame)
            case "run.paused":
                self.runs[frame["run"]].paused.append(frame["why"])
            case "conversation.patch":
                self._take_conversation_patch(frame)
            case "conversation.history":
                self.messages.update({message["id"]: message for message in frame["messages"]})
        if self._unacknowledged_frames >= ACK_FRAMES or self._unacknowledged_bytes >= ACK_BYTES:
            await self._send_ack()
        async with self._news:
            self._news.notify_all()

    async def _take_run_patch(self, frame: Frame) -> None:
        followed = self.runs.get(frame["run"])
        if followed is None:
            return
        if frame["after"] not in (0, followed.seq):
            followed.gaps += 1
            await self.send("run.watch", run=followed.run, after=followed.seq)
            return
        before, texts = followed.text, followed.texts()
        state = empty_state() if frame["after"] == 0 else followed.state
        followed.state = fold(state, frame["changes"])
        followed.seq, followed.patches = frame["seq"], followed.patches + 1
        followed.phases += [
            dict(change[1]) for change in frame["changes"] if change[0] == "run" and "phase" in change[1]
        ]
        followed.done = followed.done or bool(frame.get("done"))
        if _is_lost(texts, followed.texts()):
            self.losses.append(f"run {followed.run}: {before[-40:]!r} became {followed.text[-40:]!r}")

    def _take_conversation_patch(self, frame: Frame) -> None:
        self.conversations[frame["conversation"]] = frame
        if frame["after"] == 0:
            self.messages.clear()
        self.messages.update({message["id"]: message for message in frame["messages"]})

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_SECONDS)
            if self._unacknowledged_frames:
                await self._send_ack()

    async def _send_ack(self) -> None:
        if self._acknowledges:
            self._unacknowledged_frames = self._unacknowledged_bytes = 0
            await self.send("ack", frames=self._received)

    def _fail_answers(self) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the connection ended before the answer came"))


def new_id() -> str:
    """A client id."""
    return uuid.uuid4().hex
