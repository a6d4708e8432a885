"""Frames in: parse, check the rate, obey, answer. A frame that cannot be obeyed is answered by an error that names it.

Frames are handled one after the other, so a handler never waits for a generation or for a slow reader: slow queries are
tasks of their own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat import announce, commands, metrics, wire
from chat.database import DATABASE_TROUBLE
from chat.models import User
from chat.sockets.connection import Connection
from chat.sockets.rate import Rate
from chat.sockets.watches import Watches
from chat.wire.commands import (
    Ack,
    Command,
    ConversationAround,
    ConversationHistory,
    ConversationList,
    ConversationUnwatch,
    ConversationWatch,
    FolderList,
    ModelList,
    Ping,
    RunUnwatch,
    RunWatch,
    Search,
    ServerPrompt,
    ServerResource,
)

log = structlog.get_logger(__name__)

MAX_BAD_FRAMES = 20
TOO_FAST = gettext_noop("Too many requests at once. Wait a moment, then try again.")
# At most this many slow queries (lists, history, search, models) may be pending on one socket. A page needs 3. Without a
# cap, a client that sent 700 and read nothing made the server hold 700 answers.
MAX_ASIDE = 16
SLOW = (
    ConversationList,
    ConversationHistory,
    ConversationAround,
    ModelList,
    Search,
    FolderList,
    ServerPrompt,
    ServerResource,
)

# An `ack` or `ping` has at most 60 bytes and a `re`. One of 500 kB costs 1 ms, and is no command.
MAX_LIFE_BYTES = 256
# A page sends a ping every few seconds, so only a flood uses these up.
LIFE_SIGNS_PER_FRAME = 5

_rate = Rate(lambda: settings.MAX_FRAMES_PER_SECOND)
_life_rate = Rate(lambda: settings.MAX_FRAMES_PER_SECOND * LIFE_SIGNS_PER_FRAME)
_announcements: set[asyncio.Task[None]] = set()


class Inbox:
    """The commands of one socket."""

    def __init__(self, user: User, connection: Connection, watches: Watches) -> None:
        self._user = user
        self._connection = connection
        self._watches = watches
        self._aside = 0
        self._turns: defaultdict[type[Command], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._bad_frames = 0
        # Whether a command came since the sweep asked: somebody is at this page.
        self.is_used = False

    async def receive(self, text: str | None) -> None:
        """Obey the command in a frame's text, and answer it."""
        metrics.FRAMES.labels("in").inc()
        try:
            command = self._parse(text)
        except wire.BadFrameError as error:
            return await self._refuse(error)
        if self._connection.is_overrun and not isinstance(command, Ack):
            return await self._connection.close_too_slow()
        await self._answer(command, self._obey)

    def _parse(self, text: str | None) -> Command:
        if not isinstance(text, str) or not text:
            raise wire.BadFrameError("bad_frame", _("A frame must be text."))
        # Characters, not bytes, are counted: cheap, and Daphne has counted the bytes already.
        if len(text) > settings.MAX_FRAME_BYTES:
            raise wire.BadFrameError("too_large", _("That is too long to send at once."))
        command = wire.parse(text, self._connection.protocol)
        if isinstance(command, Ack | Ping):
            if len(text) > MAX_LIFE_BYTES:
                raise wire.BadFrameError("too_large", _("That is too long to send at once."), **_names(command))
        else:
            self.is_used = True
            self._count(command, _rate)
        return command

    def _count(self, command: Command, rate: Rate) -> None:
        if not rate.allows(self._user.pk):
            raise wire.BadFrameError("too_fast", _(TOO_FAST), **_names(command))

    async def _answer(self, command: Command, obey: Callable[[Any], Awaitable[None]]) -> None:
        try:
            await obey(command)
        except wire.BadFrameError as error:
            await self._refuse(error)
        except commands.RefusalError as error:
            await self._connection.send("error", code=error.code, message=str(error), **_names(command))
        except DATABASE_TROUBLE as error:
            log.warning("socket.not_saved", error=str(error)[:200])
            text = _("That was not saved: the database does not answer. Try again in a moment.")
            await self._connection.send("error", code="not_saved", message=text, **_names(command))

    async def _refuse(self, error: wire.BadFrameError) -> None:
        self._bad_frames += 1
        if self._bad_frames >= MAX_BAD_FRAMES:
            reason = gettext_noop("Too many invalid frames.")
            return await self._connection.close(wire.Close.LIMIT_REACHED, reason)
        fields = {"code": error.code, "message": error.message, "re": error.re, "client_id": error.client_id}
        await self._connection.send("error", **fields)

    async def _obey(self, command: Command) -> None:
        match command:
            # A rate of their own: a person who clicked too fast must not seem disconnected as well. An acknowledgement of
            # something new is free, because there are no more of these than events.
            case Ack(frames=frames):
                if not self._connection.acknowledge(frames):
                    self._count(command, _life_rate)
            case Ping():
                self._count(command, _life_rate)
                await self._connection.send("pong", re=command.re)
            case RunWatch():
                await self._watches.watch_run(command.run, command.after)
            case RunUnwatch(run=run):
                self._watches.unwatch_run(run)
            case ConversationWatch():
                await self._watches.watch_conversation(command.conversation, command.after)
            case ConversationUnwatch(conversation=conversation):
                self._watches.unwatch_conversation(conversation)
            case _ if isinstance(command, SLOW):
                self._set_aside(command)
            case _:
                await self._command(command)

    def _set_aside(self, command: Command) -> None:
        if self._aside >= MAX_ASIDE:
            raise wire.BadFrameError("too_fast", _(TOO_FAST), **_names(command))
        self._aside += 1
        task = self._connection.spawn(self._answer(command, self._in_turn), "answer")
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._aside -= 1

    async def _in_turn(self, command: Command) -> None:
        # One of a kind at a time, so that at most one page of each waits for the reader in memory.
        async with self._turns[type(command)]:
            done = await commands.COMMANDS[type(command)](self._user, command)
            await self._connection.wait_for_room()
            await self._connection.send(done.frame, **done.fields, re=command.re)

    async def _command(self, command: Command) -> None:
        done = await commands.COMMANDS[type(command)](self._user, command)
        await self._connection.send(done.frame, **done.fields, re=command.re)
        if done.changed is not None:
            _announce(announce.conversation_changed(done.changed, done.people))
        if done.personal:
            _announce(announce.personal_changed(self._user.pk, done.personal, done.fields.get("conversation")))


def _announce(announcement: Coroutine[Any, Any, None]) -> None:
    # Not awaited, because a layer that does not answer costs 2 s. Not a task of the socket, because what a person wrote
    # is announced also when they leave at once.
    task = asyncio.create_task(announcement, name="announce")
    _announcements.add(task)
    task.add_done_callback(_announcements.discard)


def _names(command: Command) -> dict[str, str | None]:
    return {"re": command.re, "client_id": getattr(command, "client_id", None)}
