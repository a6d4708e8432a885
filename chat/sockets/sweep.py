"""The open sockets of this process, and the one task that keeps asking whether each may still see what it sees.

Announcements are only doorbells; this sweep is why a lost one costs a second and not a secret: sign-out, deactivation,
a changed role and an unheard revision are all found here, for all sockets together, in a few queries.
"""

import asyncio
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat import metrics
from chat.database import DATABASE_TROUBLE, fresh
from chat.models import Conversation, Membership, User
from chat.shown.conversation import PRESENT_FOR

log = structlog.get_logger(__name__)

# A change of rights takes effect within 2 s: the pause of the sweep, its queries, and a margin.
SWEEP_SECONDS = 1.0
SEEN_EVERY_SWEEPS = 15
# Not a database thread: while the searches of others kept all of those busy, a removed member read on for 6.6 s.
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep")


@dataclass(slots=True)
class Snapshot:
    """The database's state of everything that the open sockets depend on; `asked`: the conversations covered."""

    asked: frozenset[UUID] = frozenset()
    sessions: set[str] = field(default_factory=set)
    passwords: dict[int, str] = field(default_factory=dict)
    roles: dict[tuple[int, UUID], str] = field(default_factory=dict)
    revisions: dict[UUID, int] = field(default_factory=dict)
    present: dict[UUID, frozenset[int]] = field(default_factory=dict)


class Socket(Protocol):
    """An open connection, as the sweep sees it."""

    user: User
    session_key: str

    def conversations(self) -> set[UUID]:
        """The conversations of which it shows something."""

    def was_used(self) -> bool:
        """Whether a command came since this was asked last."""

    async def compare(self, stored: Snapshot) -> None:
        """Compare what it shows with what the database says, and correct it."""

    async def close(self, code: int, reason: str) -> None:
        """Tell the reader why, then close."""


class Sockets:
    """The open sockets of one event loop."""

    def __init__(self) -> None:
        self._open: set[Socket] = set()
        self._task: asyncio.Task[None] | None = None
        self._sweeps = 0

    def add(self, socket: Socket) -> None:
        """Count a socket in; the first one starts the sweep."""
        self._open.add(socket)
        metrics.SOCKETS.set(len(self._open))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_sweeping(), name="socket sweep")

    def discard(self, socket: Socket) -> None:
        """Count a socket out; the last one ends the sweep."""
        self._open.discard(socket)
        metrics.SOCKETS.set(len(self._open))

    def have_room_for(self, person: int) -> bool:
        """Whether this person may open one more."""
        return sum(socket.user.pk == person for socket in self._open) < settings.MAX_SOCKETS_PER_PERSON

    async def close_all(self, code: int, reason: str) -> None:
        """Close every socket, and tell each reader why."""
        await asyncio.gather(*(socket.close(code, reason) for socket in list(self._open)))

    async def sweep(self) -> None:
        """Compare every open socket with the database, once."""
        sockets = list(self._open)
        try:
            loop, watched = asyncio.get_running_loop(), conversations_on(sockets)
            stored = await loop.run_in_executor(_thread, fresh, self._ask, sockets, watched)
        except DATABASE_TROUBLE as error:
            log.warning("sockets.sweep_failed", error=str(error)[:200])
            return
        for socket in sockets:
            try:
                await socket.compare(stored)
            except Exception:  # One socket in trouble must not leave all others with what they may not see any more.
                log.exception("socket.not_compared", person=socket.user.pk)

    async def _keep_sweeping(self) -> None:
        await asyncio.sleep(SWEEP_SECONDS)
        while self._open:
            await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    def _ask(self, sockets: list[Socket], watched: frozenset[UUID]) -> Snapshot:
        users = {socket.user.pk for socket in sockets}
        if self._sweeps % SEEN_EVERY_SWEEPS == 0:
            User.objects.filter(pk__in=users).update(last_seen_at=timezone.now())
            _prolong({socket.session_key for socket in sockets if socket.was_used()})
        self._sweeps += 1
        keys = {socket.session_key for socket in sockets}
        stored = Snapshot(
            asked=watched,
            sessions=set(
                Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
                    "session_key", flat=True
                )
            ),
            passwords=dict(User.objects.filter(pk__in=users, is_active=True).values_list("pk", "password")),
            revisions=dict(Conversation.objects.filter(pk__in=watched).values_list("pk", "revision")),
        )
        since, present = timezone.now() - PRESENT_FOR, defaultdict(set)
        rows = Membership.objects.filter(conversation__in=watched, conversation__trashed_at=None).values_list(
            "user_id", "conversation_id", "role", "user__last_seen_at"
        )
        for user, conversation, role, seen in rows:
            stored.roles[user, conversation] = role
            if seen is not None and seen > since:
                present[conversation].add(user)
        stored.present = {conversation: frozenset(people) for conversation, people in present.items()}
        return stored


def _prolong(sessions: set[str]) -> None:
    """Commands keep a session alive as requests do, where sessions end that nobody uses (SESSION_IDLE_MINUTES)."""
    if settings.SESSION_IDLE_MINUTES and sessions:
        until = timezone.now() + timedelta(minutes=settings.SESSION_IDLE_MINUTES)
        Session.objects.filter(session_key__in=sessions, expire_date__gt=timezone.now()).update(expire_date=until)


def conversations_on(sockets: list[Socket]) -> frozenset[UUID]:
    """Every conversation of which one of these sockets shows something."""
    return frozenset(conversation for socket in sockets for conversation in socket.conversations())


_sockets = Sockets()


def open_sockets() -> Sockets:
    """The sockets of this process."""
    return _sockets
