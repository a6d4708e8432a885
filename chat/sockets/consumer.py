"""The socket: parse -> permit -> call -> reply. It holds no truth: what it sends comes from `chat.shown` and from its pumps.

Dispatch is serial in Channels, so a handler never waits for a generation or for a slow reader: what may take long is a
task of its own, a pump, which the socket owns and ends.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from autobahn.exception import Disconnected
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chat import announce, commands, metrics, policy, runs, wire
from chat.database import DATABASE_TROUBLE, in_thread
from chat.language import language_of_socket
from chat.models import User
from chat.shown import listing
from chat.shown.personal import PERSONAL
from chat.sockets.pumps import ConversationPump, RunPump
from chat.sockets.rate import Rate
from chat.sockets.sweep import Truth, open_sockets
from chat.sockets.window import ReaderTooSlow, Window
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
)

log = structlog.get_logger(__name__)

MAX_BAD_FRAMES = 20
TOO_FAST = gettext_noop("That was too much at once. Wait a moment, then try again.")
SIGNED_OUT = gettext_noop("You are signed out. Sign in again to continue.")
# A socket may watch what a person can have open; more is a client gone wrong.
MAX_WATCHED = 100
# Of what reads many rows or asks an upstream, so many wait their turn: a page asks for three at once, and a client that
# asked 700 times and read nothing made the server keep 700 answers.
MAX_ASIDE = 16
_rate = Rate(settings.MAX_FRAMES_PER_SECOND)
_announcements: set[asyncio.Task[None]] = set()


class ChatConsumer(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One tab's connection, with any number of conversations on it."""

    # None of Channels' own: with it a socket could not open while Redis is away. `announce.listen` can wait.
    channel_layer_alias = "none"
    user: User

    def __init__(self) -> None:
        self.session_key = ""
        self.watched: dict[UUID, ConversationPump] = {}
        self._password = ""
        self._language = settings.LANGUAGE_CODE
        self._runs: dict[int, RunPump] = {}
        self._rung: set[UUID] = set()
        self._is_telling = False
        self._errands: set[asyncio.Task[None]] = set()
        self._aside: set[asyncio.Task[None]] = set()
        self._turns: defaultdict[type[Command], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._window = Window(settings.WINDOW_BYTES)
        self._bad_frames = 0
        self._is_open = False
        self._handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "websocket.connect": self._connect,
            "websocket.receive": self._receive,
            "websocket.disconnect": self._disconnect,
        }

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Not Channels' own dispatch: that one waits for Django's shared thread before every message.
        handler = self._handlers.get(message["type"])
        if handler is not None:
            await handler(message)

    # --- opening and closing ---

    async def _connect(self, message: dict[str, Any]) -> None:
        await self.base_send({"type": "websocket.accept"})
        self._is_open = True
        # For this task, which handles every frame, and for the tasks it starts.
        self._language = language_of_socket(self.scope)
        translation.activate(self._language)
        user, session = self.scope.get("user"), self.scope.get("session")
        if user is None or not user.is_authenticated or not user.is_active or session is None:
            return await self.say_bye(wire.Close.SIGNED_OUT, SIGNED_OUT)
        self.user, self.session_key, self._password = user, session.session_key or "", user.password
        if parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("protocol") != [str(wire.PROTOCOL)]:
            reason = gettext_noop("Parley was updated. Reload the page; what you typed is kept.")
            return await self.say_bye(wire.Close.WRONG_PROTOCOL, reason, reload=True)
        if runs.this_process().life.is_draining:
            return await self.say_bye(wire.Close.SERVER_STOPPING, gettext_noop("The server is restarting."))
        if not open_sockets().have_room_for(user.pk):
            reason = gettext_noop("Too many pages are open at once. Close some of them.")
            return await self.say_bye(wire.Close.LIMIT_REACHED, reason)
        open_sockets().add(self)
        await self.send(
            "welcome",
            protocol=wire.PROTOCOL,
            build=settings.BUILD,
            user={"id": user.pk, "name": user.display_name, "is_staff": user.is_staff},
            heartbeat_seconds=settings.HEARTBEAT_SECONDS,
            window_bytes=settings.WINDOW_BYTES,
            max_frame_bytes=settings.MAX_FRAME_BYTES,
            max_message_chars=settings.MAX_MESSAGE_CHARS,
            flush_interval_ms=settings.FLUSH_INTERVAL_MS,
            preferences=user.preferences,
        )
        self._own(self._beat(), "heartbeat")
        self._own(announce.listen(announce.person(user.pk), self._heard), "doorbell")

    async def _disconnect(self, message: dict[str, Any]) -> None:
        await self._let_go()
        raise StopConsumer

    async def say_bye(self, code: int, reason: str, *, reload: bool = False) -> None:
        """Tell the reader why, then close. `reason` is English: whoever calls may speak another language."""
        if not self._is_open:
            return
        with translation.override(self._language):
            reason = _(reason)
        await self.send("bye", code=code, reason=reason, reload=reload)
        self._is_open = False
        # Daphne accepts a plain int only, not an enumeration's.
        await self.base_send({"type": "websocket.close", "code": int(code)})
        await self._let_go()

    async def _let_go(self) -> None:
        self._is_open = False
        open_sockets().discard(self)
        tasks = [*self._errands, *(pump.task for pump in self._pumps())]
        current = asyncio.current_task()
        for task in tasks:
            if task is not current:
                task.cancel()
        self._runs.clear()
        self.watched.clear()

    # --- frames in ---

    async def _receive(self, message: dict[str, Any]) -> None:
        if not self._is_open or not self.session_key:
            return
        metrics.FRAMES.labels("in").inc()
        try:
            command = self._parse(message.get("text"))
        except wire.BadFrameError as error:
            return await self._refuse(error)
        if self._window.is_overrun and not isinstance(command, Ack):
            return await self._too_slow()
        await self._answer(command, self._obey)

    async def _answer(self, command: Command, obey: Callable[[Any], Awaitable[None]]) -> None:
        try:
            await obey(command)
        except wire.BadFrameError as error:
            await self._refuse(error)
        except commands.RefusalError as error:
            await self.send("error", code=error.code, message=str(error), **_names(command))
        except DATABASE_TROUBLE as error:
            log.warning("socket.not_saved", error=str(error)[:200])
            text = _("That was not saved: the database does not answer. Try again in a moment.")
            await self.send("error", code="not_saved", message=text, **_names(command))

    def _parse(self, text: str | None) -> Command:
        if not isinstance(text, str) or not text:
            raise wire.BadFrameError("bad_frame", _("A frame must be text."))
        # Characters, not bytes, are counted: cheap, and Daphne has counted the bytes already.
        if len(text) > settings.MAX_FRAME_BYTES:
            raise wire.BadFrameError("too_large", _("That is too long to send at once."))
        command = wire.parse(text)
        # Not what keeps a connection alive: whoever clicked too fast must not seem dead or deaf as well.
        if not isinstance(command, Ack | Ping) and not _rate.allows(self.user.pk):
            raise wire.BadFrameError("too_fast", _(TOO_FAST), **_names(command))
        return command

    async def _obey(self, command: Command) -> None:
        match command:
            case Ack(frames=frames):
                self._window.acknowledge(frames)
            case Ping():
                await self.send("pong", re=command.re)
            case RunWatch():
                await self._watch_run(command)
            case RunUnwatch(run=run):
                self._end_pump(self._runs.pop(run, None))
            case ConversationWatch():
                await self._watch_conversation(command)
            case ConversationUnwatch(conversation=conversation):
                self._end_pump(self.watched.pop(conversation, None))
            case (
                ConversationList()
                | ConversationHistory()
                | ConversationAround()
                | ModelList()
                | Search()
                | FolderList()
            ):
                self._set_aside(command)
            case _:
                await self._command(command)

    def _set_aside(self, command: Command) -> None:
        if len(self._aside) >= MAX_ASIDE:
            raise wire.BadFrameError("too_fast", _(TOO_FAST), **_names(command))
        task = self._own(self._answer(command, self._in_turn), "answer")
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _in_turn(self, command: Command) -> None:
        # One of a kind at a time, so that at most one page of each waits for the reader in memory.
        async with self._turns[type(command)]:
            done = await commands.COMMANDS[type(command)](self.user, command)
            await self.room()
            await self.send(done.frame, **done.fields, re=command.re)

    async def _command(self, command: Command) -> None:
        done = await commands.COMMANDS[type(command)](self.user, command)
        await self.send(done.frame, **done.fields, re=command.re)
        if done.changed is not None:
            _ring(announce.conversation_changed(done.changed, done.people))
        if done.personal:
            _ring(announce.personal_changed(self.user.pk, done.personal, done.fields.get("conversation")))

    async def _refuse(self, error: wire.BadFrameError) -> None:
        self._bad_frames += 1
        if self._bad_frames >= MAX_BAD_FRAMES:
            reason = gettext_noop("Too many invalid frames.")
            return await self.say_bye(wire.Close.LIMIT_REACHED, reason)
        await self.send("error", code=error.code, message=error.message, re=error.re, client_id=error.client_id)

    # --- runs ---

    async def _watch_run(self, command: RunWatch) -> None:
        if command.run not in self._runs and len(self._runs) >= MAX_WATCHED:
            raise commands.RefusalError(
                "limit", _("One connection watches at most {count} runs.").format(count=MAX_WATCHED)
            )
        conversation = await in_thread(commands.conversation_of_run, self.user, command.run)
        self._end_pump(self._runs.pop(command.run, None))
        pump = self._runs[command.run] = RunPump(self, command.run, command.after, conversation)
        pump.task = self._own(self._pump_run(pump), f"pump run {command.run}")

    async def _pump_run(self, pump: RunPump) -> None:
        await pump.work()
        if self._runs.get(pump.run) is pump:
            self._runs.pop(pump.run)

    # --- conversations ---

    async def _watch_conversation(self, command: ConversationWatch) -> None:
        conversation = command.conversation
        if conversation not in self.watched and len(self.watched) >= MAX_WATCHED:
            raise commands.RefusalError(
                "limit", _("One connection watches at most {count} conversations.").format(count=MAX_WATCHED)
            )
        role = await in_thread(commands.role_in, self.user, conversation)
        self._end_pump(self.watched.pop(conversation, None))
        pump = self.watched[conversation] = ConversationPump(self, conversation, role, command.after)
        pump.task = self._own(self._pump_conversation(pump), f"pump conversation {conversation}")

    async def _pump_conversation(self, pump: ConversationPump) -> None:
        await pump.work()
        await self._lose(pump.conversation)

    async def _lose(self, conversation: UUID) -> None:
        watched = self.watched.pop(conversation, None)
        for run in [run for run, pump in self._runs.items() if pump.conversation == conversation]:
            self._end_pump(self._runs.pop(run))
        await self.send("conversation.gone", conversation=str(conversation))
        if watched is not None and policy.may(watched.role, policy.MANAGE):
            self._conversation_changed(conversation)  # it may be in the trash, where this person sees it
        self._end_pump(watched)

    # --- doorbells and the sweep ---

    async def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "personal.changed":
            self._own(self._tell_personal(message["frame"], message["about"]), message["frame"])
        else:
            self._conversation_changed(UUID(message["conversation"]))

    async def _tell_personal(self, frame: str, about: str | None) -> None:
        try:
            fields = await in_thread(PERSONAL[frame], self.user, about)
        except DATABASE_TROUBLE as error:
            log.warning("socket.personal_not_read", frame=frame, error=str(error)[:200])
            return
        await self.room()
        await self.send(frame, **fields)

    def _conversation_changed(self, conversation: UUID) -> None:
        if conversation in self.watched:
            self.watched[conversation].ring.set()
        # One task tells of all that changed meanwhile: a person with many tabs and busy conversations rings often.
        self._rung.add(conversation)
        if not self._is_telling:
            self._is_telling = True
            self._own(self._tell_items(), "items")

    async def _tell_items(self) -> None:
        try:
            while self._rung:
                # What rings while the database is asked is asked again.
                asked, self._rung = self._rung, set()
                items = await in_thread(listing.conversation_items, self.user, asked)
                for conversation in asked:
                    await self.room()
                    if conversation in items:
                        # What this reader is shown is read, also when the page of it is still on its way.
                        unread = items[conversation]["unread"] and conversation not in self.watched
                        await self.send("conversation.listed", item={**items[conversation], "unread": unread})
                    else:
                        await self.send("conversation.gone", conversation=str(conversation))
        except DATABASE_TROUBLE as error:
            log.warning("socket.items_not_read", error=str(error)[:200])
        finally:
            self._is_telling = False

    async def face(self, truth: Truth) -> None:
        """Compare what this socket shows with what the database says, and mend it."""
        if not self._is_open:
            return
        if self.session_key not in truth.sessions or truth.passwords.get(self.user.pk) != self._password:
            return await self.say_bye(wire.Close.SIGNED_OUT, SIGNED_OUT)
        # What was opened while the sweep asked is for the next one.
        for conversation in self.shown() & truth.asked:
            role = truth.roles.get((self.user.pk, conversation))
            watched = self.watched.get(conversation)
            if not policy.may(role, policy.READ):
                await self._lose(conversation)
            elif watched is not None and watched.differs(
                truth.revisions.get(conversation, 0), role, truth.here.get(conversation, frozenset())
            ):
                watched.ring.set()

    def shown(self) -> set[UUID]:
        """The conversations of which this socket shows something: as a whole, or one of their runs."""
        return {pump.conversation for pump in self._pumps()}

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(settings.HEARTBEAT_SECONDS)
            await self.send("heartbeat")

    # --- frames out ---

    async def room(self) -> None:
        """Wait until more may be sent; who never makes room is shown out, and the waiting task ends."""
        try:
            await self._window.room()
        except ReaderTooSlow:
            await self._too_slow()
            raise asyncio.CancelledError from None

    async def _too_slow(self) -> None:
        reason = gettext_noop("This connection reads too slowly. The answers go on; reconnect to see them.")
        await self.say_bye(wire.Close.READER_TOO_SLOW, reason)

    async def send(self, type: str, **fields: Any) -> None:
        """Send a frame."""
        await self.send_text(wire.frame(type, **fields))

    async def send_text(self, text: str) -> None:
        """Send a frame that is encoded already."""
        if self._is_open:
            metrics.FRAMES.labels("out").inc()
            self._window.sent(len(text))
            try:
                await self.base_send({"type": "websocket.send", "text": text})
            except Disconnected:
                self._is_open = False  # the connection has just broken; that we are told of it is on its way

    # --- tasks ---

    def _own(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._errands.add(task)
        task.add_done_callback(self._dropped)
        return task

    def _dropped(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("socket.task_failed", task=task.get_name(), exc_info=task.exception())

    def _pumps(self) -> list[RunPump | ConversationPump]:
        return [*self.watched.values(), *self._runs.values()]

    def _end_pump(self, pump: RunPump | ConversationPump | None) -> None:
        if pump is not None and pump.task is not asyncio.current_task():
            pump.task.cancel()


def _ring(announcement: Coroutine[Any, Any, None]) -> None:
    # Not awaited: a layer that does not answer costs 2 s. Not the socket's own: who writes and leaves is heard all the same.
    task = asyncio.create_task(announcement, name="announce")
    _announcements.add(task)
    task.add_done_callback(_announcements.discard)


def _names(command: Command) -> dict[str, str | None]:
    return {"re": command.re, "client_id": getattr(command, "client_id", None)}
