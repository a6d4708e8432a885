"""The server's start and stop: takes over abandoned runs at the start, and hands over unfinished ones at the stop."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
from twisted.internet.defer import Deferred

from chat import runs, wire
from chat.database import DATABASE_TROUBLE
from chat.sockets.sweep import open_sockets

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 2
# The event loop itself has no strong reference to its tasks.
_tasks: set["asyncio.Task[None]"] = set()


def attend() -> None:
    """Start our work when Twisted's reactor runs, and make the reactor wait for its end before it stops.

    Daphne has no ASGI lifespan, and at SIGTERM it cancels everything at once; it waits only for a "before shutdown"
    trigger that returns a Deferred. Outside Daphne (tests, manage.py) no reactor is loaded, and nothing happens.
    """
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is not None:
        reactor.callWhenRunning(_begin)
        reactor.addSystemEventTrigger("before", "shutdown", _end)


def _begin() -> None:
    _spawn(_begin_runs(), "begin runs")


def _end() -> "Deferred[None]":
    # Now, not in the task: Daphne cancels every socket's task next, and some of them run before ours.
    runs.begin_nothing_new()
    return Deferred.fromFuture(_spawn(_end_runs(), "end runs"))


async def _begin_runs() -> None:
    # After a reboot the database may start later than this process.
    while True:
        try:
            return await runs.begin()
        except DATABASE_TROUBLE as error:
            log.warning("lifespan.database_is_away", error=str(error)[:200])
        await asyncio.sleep(AGAIN_SECONDS)


async def _end_runs() -> None:
    # A second signal, which Twisted ignores, ends the grace period.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, runs.hurry)
    try:
        await runs.drain()
    finally:
        await open_sockets().close_all(wire.Close.SERVER_STOPPING, "The server is restarting.")


def _spawn(work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    # The reactor calls this outside the loop's callbacks, where asyncio.create_task finds no running loop.
    task = asyncio.get_event_loop().create_task(_guarded(work), name=name)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # The process must start or stop even if this fails; all that readers saw is committed.
        log.exception("lifespan.failed")
