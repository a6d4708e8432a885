"""A session with a server: one connection that lasts over many calls, so that the server remembers what it was told.

One task opens the connection, waits, and closes it, because the package requires the same task to do all three.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from chat.text import clean
from chat.tools.mcp.connection import Ended, connected, noting
from chat.tools.mcp.server import Server
from chat.tools.mcp.trouble import SessionGoneError, Trouble, current, sentence
from chat.tools.tool import ToolError
from chat.upstreams.errors import UpstreamError

log = structlog.get_logger(__name__)

# A program is given this long to end before it is killed by the package, which waits 2 s at each of three steps.
CLOSE_SECONDS = 7.0

T = TypeVar("T")


class Session:
    """A server's session; it is opened at once, and `ask` waits for that. `on_change`: the server's lists have changed."""

    def __init__(self, server: Server, on_change: Callable[[Server], None]) -> None:
        self.server = server
        self.used_at = time.monotonic()
        self.asking = 0
        self._on_change = on_change
        self._ended = Ended()
        self._trouble = Trouble()
        self._end = asyncio.Event()
        self._opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(), name=f"MCP session with {server.slug}")

    @property
    def is_open(self) -> bool:
        return not (self._task.done() or self._ended.happened or self._end.is_set())

    async def ask(self, verb: Callable[[Any], Awaitable[T]]) -> T:
        """What the verb does with the package's client, within the server's timeout.

        Raises ToolError, and SessionGoneError where a new session may do better.
        """
        trouble = Trouble()
        token = current.set(trouble)
        self.asking += 1
        try:
            async with asyncio.timeout(self.server.timeout_seconds):
                client = await asyncio.shield(self._opened)
                return await verb(client)
        except ToolError:
            raise
        except TimeoutError:
            raise ToolError(self._timeout_words(trouble)) from None
        except Exception as error:
            raise await self._explained(error, trouble) from error
        finally:
            current.reset(token)
            self.asking -= 1
            self.used_at = time.monotonic()

    async def close(self) -> None:
        """End the session, and its program; waits for that, but not for ever."""
        self._end.set()
        await asyncio.wait([self._task], timeout=CLOSE_SECONDS)
        self._task.cancel()

    async def _live(self) -> None:
        noting(self._trouble)
        try:
            async with connected(self.server, self._ended, self._heard) as client:
                if not self._opened.done():
                    self._opened.set_result(client)
                listener = asyncio.create_task(self._listen(client), name=f"changes of {self.server.slug}")
                try:
                    await self._end.wait()
                finally:
                    listener.cancel()
        except Exception as error:
            # Also an ExceptionGroup of the package's tasks. Whoever waits for the session is told; nobody else need be.
            error = _cause(error)
            if self._opened.done():
                log.info("mcp.session_ended", server=self.server.slug, error=self._said(error))
            else:
                self._opened.set_exception(ToolError(self._opening_words(error)))
                self._opened.exception()
        finally:
            if not self._opened.done():
                self._opened.cancel()

    async def _heard(self, message: Any) -> None:
        if str(getattr(message, "method", "")).endswith("/list_changed"):
            self._on_change(self.server)

    async def _listen(self, client: Any) -> None:
        """Servers of the newest protocol tell of changes only those who ask for it."""
        from mcp import MCPError
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        tools = getattr(client.server_capabilities, "tools", None)
        if not getattr(tools, "list_changed", None):
            return
        try:
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._on_change(self.server)
        except (ListenNotSupportedError, SubscriptionLost, MCPError, TimeoutError):
            # The timer finds what is missed.
            return

    async def _explained(self, error: Exception, trouble: Trouble) -> ToolError:
        error = _cause(error)
        words = sentence(self.server, trouble, self._said(error))
        if trouble.session_is_gone:
            return SessionGoneError(words, was_heard=False)
        if self._ended.happened or self._task.done():
            # The program's last words arrive beside its end.
            await asyncio.sleep(0)
            return SessionGoneError(self._opening_words(error, "while it worked on this"), was_heard=True)
        return ToolError(words)

    def _opening_words(self, error: Exception, when: str = "before it was ready") -> str:
        name = self.server.name
        if not self.server.command:
            return sentence(self.server, self._trouble, self._said(error))
        program = self.server.command[0]
        if isinstance(error, FileNotFoundError):
            return f"The MCP server {name} cannot be used: there is no program {program!r} on this machine. Install it."
        if isinstance(error, PermissionError):
            return f"The MCP server {name} cannot be used: the program {program!r} may not be run by Parley."
        last = clean(self.server.scrubbed(self._ended.last_words.decode("utf-8", "replace"))).strip()[-300:]
        quoted = (
            f" Its last words: {' '.join(last.split())}" if last else " It has written nothing on its error output."
        )
        return f"The MCP server {name} cannot be used: its program ended {when}.{quoted}"

    def _timeout_words(self, trouble: Trouble) -> str:
        if trouble.said or trouble.status:
            return sentence(self.server, trouble)
        name, seconds = self.server.name, self.server.timeout_seconds
        return f"The MCP server {name} did not answer within {seconds:g} seconds."

    def _said(self, error: Exception) -> str:
        if isinstance(error, UpstreamError):
            return str(error)
        kind = type(error).__module__.partition(".")[0]
        if kind == "pydantic_core":
            return "its answer does not follow the protocol"
        return self.server.scrubbed(str(error)) or type(error).__name__


def _cause(error: Exception) -> Exception:
    """The first error in nested groups: the package uses task groups."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
