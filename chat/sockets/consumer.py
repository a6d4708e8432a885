"""One WebSocket: it is let in or refused, its frames are obeyed, the sweep compares it with the database, and it ends.

It holds no truth: what it sends comes from `chat.shown` and from its pumps.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_noop

from chat import announce, runs, wire
from chat.database import in_thread
from chat.language import language_of_socket
from chat.models import User
from chat.policy import needs_second_factor
from chat.sockets.connection import Connection
from chat.sockets.inbox import Inbox
from chat.sockets.news import News
from chat.sockets.sweep import Snapshot, open_sockets
from chat.sockets.watches import Watches

Scope = dict[str, Any]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

SIGNED_OUT = gettext_noop("You are signed out. Sign in again to continue.")


async def chat(scope: Scope, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """The ASGI application at the one WebSocket address.

    Not one of Channels' consumers: those join the channel layer first, so that no socket could open while Redis is away,
    and before every message they wait for Django's shared thread.
    """
    consumer: ChatConsumer | None = None
    try:
        while True:
            message = await receive()
            match message["type"]:
                case "websocket.connect":
                    await send({"type": "websocket.accept"})
                    consumer = await _open(scope, send)
                case "websocket.receive" if consumer is not None:
                    await consumer.receive(message.get("text"))
                case "websocket.disconnect":
                    return
            # A client whose frames are all here already must not hold up the other sockets.
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        # At SIGTERM Daphne cancels this task at once; readers follow their answers until `Sockets.close_all` says goodbye.
        if runs.this_process().life.is_draining:
            consumer = None
        raise
    finally:
        if consumer is not None:
            consumer.end()


async def _open(scope: Scope, send: Send) -> ChatConsumer | None:
    # For this task, which handles every frame, and for the tasks it starts.
    language = language_of_socket(scope)
    translation.activate(language)
    protocol = _protocol(scope)
    refusal = _refusal(scope, protocol) or await in_thread(missing_factor, scope)
    if refusal is not None:
        code, reason = refusal
        connection = Connection(send, language)
        await connection.close(code, reason, reload=code is wire.Close.WRONG_PROTOCOL and protocol < wire.PREVIOUS)
        return None
    consumer = ChatConsumer(scope["user"], scope["session"].session_key or "", Connection(send, language, protocol))
    await consumer.welcome()
    return consumer


def _protocol(scope: Scope) -> int:
    """The version that the page speaks; 0 for one that does not say it in one number."""
    given = parse_qs(scope["query_string"].decode("ascii", "replace")).get("protocol", [])
    return int(given[0]) if len(given) == 1 and re.fullmatch(r"[0-9]{1,9}", given[0]) else 0


def _refusal(scope: Scope, protocol: int) -> tuple[wire.Close, str] | None:
    """Why this connection may not be used, or None."""
    user, session = scope.get("user"), scope.get("session")
    if user is None or not user.is_authenticated or not user.is_active or session is None:
        return wire.Close.SIGNED_OUT, SIGNED_OUT
    if protocol < wire.PREVIOUS:
        reason = gettext_noop("Parley was updated. Reload the page; what you typed is kept.")
        return wire.Close.WRONG_PROTOCOL, reason
    if protocol > wire.PROTOCOL:
        # The page is newer than this server: another one is being updated beside it, or the update is taken back. To
        # reload could bring the same page again, so the page waits and tries again.
        return wire.Close.WRONG_PROTOCOL, gettext_noop("The server is restarting.")
    if runs.this_process().life.is_draining:
        return wire.Close.SERVER_STOPPING, gettext_noop("The server is restarting.")
    if not open_sockets().have_room_for(user.pk):
        return wire.Close.LIMIT_REACHED, gettext_noop("Too many pages are open at once. Close some of them.")
    return None


def missing_factor(scope: Scope) -> tuple[wire.Close, str] | None:
    """The refusal of a person who has to add a second factor before anything else, or None. Asks the database."""
    if needs_second_factor(scope["user"], scope["session"]):
        return wire.Close.SIGNED_OUT, gettext_noop("Add a second factor to your account first.")
    return None


class ChatConsumer:
    """One tab's connection, with any number of conversations on it."""

    def __init__(self, user: User, session_key: str, connection: Connection) -> None:
        self.user = user
        self.session_key = session_key
        self._password = user.password
        self._connection = connection
        self._watches = Watches(user, connection, self._lost)
        self._news = News(user, connection, self._watches)
        self._inbox = Inbox(user, connection, self._watches)

    async def welcome(self) -> None:
        """Count the socket in, send what a page must know, and listen to the person's doorbell."""
        open_sockets().add(self)
        self._connection.on_end = lambda: open_sockets().discard(self)
        await self._connection.send(
            "welcome",
            protocol=self._connection.protocol,
            build=settings.BUILD,
            user={"id": self.user.pk, "name": self.user.display_name, "is_staff": self.user.is_staff},
            heartbeat_seconds=settings.HEARTBEAT_SECONDS,
            window_bytes=settings.WINDOW_BYTES,
            max_frame_bytes=settings.MAX_FRAME_BYTES,
            max_message_chars=settings.MAX_MESSAGE_CHARS,
            flush_interval_ms=settings.FLUSH_INTERVAL_MS,
            preferences=self.user.preferences,
        )
        self._connection.spawn(self._beat(), "heartbeat")
        self._connection.spawn(announce.listen(announce.person(self.user.pk), self.hear), "doorbell")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.HEARTBEAT_SECONDS)
            await self._connection.send("heartbeat")

    async def receive(self, text: str | None) -> None:
        """Obey the command in a frame's text."""
        if self._connection.is_open:
            await self._inbox.receive(text)

    async def hear(self, message: dict[str, Any]) -> None:
        """A doorbell rang: tell the reader what is new."""
        if message["type"] == "own.changed":
            self._news.tell_personal(message["frame"], message["about"])
        elif message["type"] == "conversation.changed":
            conversation = UUID(message["conversation"])
            self._watches.ring(conversation)
            self._news.tell_item(conversation)

    def _lost(self, conversation: UUID) -> None:
        # It may be in the trash, where this person sees it.
        self._news.tell_item(conversation)

    # --- what the sweep over all sockets does ---

    def conversations(self) -> set[UUID]:
        """The conversations of which this socket shows something."""
        return self._watches.conversations()

    def was_used(self) -> bool:
        """Whether a command came since this was asked last."""
        used, self._inbox.is_used = self._inbox.is_used, False
        return used

    async def compare(self, stored: Snapshot) -> None:
        """Compare what this socket shows with what the database says, and correct it."""
        if not self._connection.is_open:
            return
        if self.session_key not in stored.sessions or stored.passwords.get(self.user.pk) != self._password:
            return await self.close(wire.Close.SIGNED_OUT, SIGNED_OUT)
        await self._watches.compare(stored)

    async def close(self, code: int, reason: str) -> None:
        """Tell the reader why, then close."""
        await self._connection.close(code, reason)

    def end(self) -> None:
        """End everything that works for this socket; its connection is gone."""
        self._connection.end()
