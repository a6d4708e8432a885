"""The connection itself: it sends frames, waits for a slow reader, closes with a reason, and owns the tasks of its socket."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from autobahn.exception import Disconnected
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat import metrics, wire
from chat.sockets.window import ReaderTooSlowError, Window

log = structlog.get_logger(__name__)


class Connection:
    """What is sent to one reader, and every task that works for them; `on_end` is called when the connection ends."""

    def __init__(
        self, send: Callable[[dict[str, Any]], Awaitable[None]], language: str, protocol: int = wire.PROTOCOL
    ) -> None:
        self.protocol = protocol
        self.is_open = True
        self.on_end: Callable[[], None] = lambda: None
        self._send = send
        self._language = language
        self._window = Window(settings.WINDOW_BYTES)
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, type: str, **fields: Any) -> bool:
        """Send a frame; False where the connection has closed."""
        return await self.send_text(wire.frame(type, self.protocol, **fields))

    async def send_text(self, text: str) -> bool:
        """Send a frame that is encoded already; False where the connection has closed."""
        if self.is_open:
            metrics.FRAMES.labels("out").inc()
            self._window.sent(len(text))
            try:
                await self._send({"type": "websocket.send", "text": text})
            except Disconnected:
                self.is_open = False  # the connection has just broken, and the message that says so follows
        return self.is_open

    def acknowledge(self, frames: int) -> bool:
        """The reader has received this many frames. False if that was known already."""
        return self._window.acknowledge(frames)

    async def wait_for_room(self) -> None:
        """Wait until more may be sent. A reader who never makes room is disconnected, and the waiting task ends."""
        try:
            await self._window.wait_for_room()
        except ReaderTooSlowError:
            await self.close_too_slow()
            raise asyncio.CancelledError from None

    @property
    def is_overrun(self) -> bool:
        """Whether too much was sent that did not wait for room."""
        return self._window.is_overrun

    async def close_too_slow(self) -> None:
        """Close because the reader does not read."""
        reason = gettext_noop("This connection reads too slowly. The answers go on; reconnect to see them.")
        await self.close(wire.Close.READER_TOO_SLOW, reason)

    async def close(self, code: int, reason: str, *, reload: bool = False) -> None:
        """Tell the reader why, then close. `reason` is English: the caller may speak another language than the reader."""
        if not self.is_open:
            return
        with translation.override(self._language):
            reason = _(reason)
        await self.send("bye", code=code, reason=reason, reload=reload)
        self.is_open = False
        # Daphne accepts a plain int only, not an enumeration's.
        await self._send({"type": "websocket.close", "code": int(code)})
        self.end()

    def end(self) -> None:
        """End every task but the one that calls this. Nothing is sent any more."""
        self.is_open = False
        self.on_end()
        current = asyncio.current_task()
        for task in list(self._tasks):
            if task is not current:
                task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start a task that ends with the connection; its failure is logged."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("socket.task_failed", task=task.get_name(), exc_info=task.exception())
