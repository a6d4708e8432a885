"""The sessions of one process with MCP servers: one for each conversation and server, ended when nobody uses it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any, TypeVar

from chat.tools.mcp.offer import call
from chat.tools.mcp.server import Server
from chat.tools.mcp.session import Session
from chat.tools.mcp.trouble import SessionGoneError
from chat.tools.tool import Result

# A program of a server takes 20 to 100 MB.
MAX_SESSIONS = 50

T = TypeVar("T")


class Sessions:
    """`idle_seconds`: a session that nobody has used for this long is ended."""

    def __init__(self, idle_seconds: float, max_sessions: int = MAX_SESSIONS) -> None:
        self._idle_seconds = idle_seconds
        self._max_sessions = max_sessions
        # By the identity of the server and the conversation, the least recently used first.
        self._open: dict[tuple[str, str], Session] = {}
        self._closing: set[asyncio.Task[None]] = set()
        # The slugs of servers whose lists have changed since `take_changed`.
        self._changed: set[str] = set()

    async def call(
        self, server: Server, conversation: str, tool: str, arguments: dict[str, Any], *, may_repeat: bool
    ) -> Result:
        """Call a tool in the conversation's session. `may_repeat`: also where the server may have begun it. Raises ToolError."""
        return await self.ask(
            server, conversation, lambda client: call(server, client, tool, arguments), may_repeat=may_repeat
        )

    async def ask(
        self, server: Server, conversation: str, verb: Callable[[Any], Awaitable[T]], *, may_repeat: bool
    ) -> T:
        """Do something with the client of the conversation's session; once more in a new session if the old one has gone."""
        session = self._session(server, conversation)
        try:
            return await session.ask(verb)
        except SessionGoneError as gone:
            self._drop(session)
            if gone.was_heard and not may_repeat:
                raise
        finally:
            if not session.is_open:
                self._drop(session)
        return await self._session(server, conversation).ask(verb)

    def sweep(self) -> None:
        """End the sessions that nobody has used for a while, and forget those that have ended by themselves."""
        before = time.monotonic() - self._idle_seconds
        for session in list(self._open.values()):
            if not session.is_open or (session.used_at < before and not session.asking):
                self._drop(session)

    def conversations(self) -> set[str]:
        """The conversations that have a session."""
        return {conversation for _, conversation in self._open}

    def retain(self, identities: Collection[str], conversations: Collection[str]) -> None:
        """End the sessions of all other servers and conversations: they were changed, switched off or deleted."""
        for (identity, conversation), session in list(self._open.items()):
            if identity not in identities or conversation not in conversations:
                self._drop(session)

    def take_changed(self) -> set[str]:
        """The slugs of the servers that have said that their lists changed; each is given once."""
        changed, self._changed = self._changed, set()
        return changed

    async def close(self) -> None:
        """End all sessions and their programs."""
        for session in list(self._open.values()):
            self._drop(session)
        if self._closing:
            await asyncio.wait(self._closing)

    def _session(self, server: Server, conversation: str) -> Session:
        key = server.identity, conversation
        session = self._open.pop(key, None)
        if session is not None and not session.is_open:
            self._close(session)
            session = None
        self._open[key] = session or Session(server, self._note_change)
        self._make_room()
        return self._open[key]

    def _make_room(self) -> None:
        idle = [session for session in self._open.values() if not session.asking]
        # The last one is the one that was asked for.
        for session in idle[: len(self._open) - self._max_sessions]:
            if session is not next(reversed(self._open.values())):
                self._drop(session)

    def _drop(self, session: Session) -> None:
        for key, each in list(self._open.items()):
            if each is session:
                del self._open[key]
                self._close(session)

    def _close(self, session: Session) -> None:
        task = asyncio.create_task(session.close(), name=f"end of the MCP session with {session.server.slug}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _note_change(self, server: Server) -> None:
        self._changed.add(server.slug)
