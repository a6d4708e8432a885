"""The server's first and last moments: takes over what others left, and hands over what is not done when Daphne stops."""

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
# The loop itself keeps no strong reference to its tasks.
_tasks: set["asyncio.Task[None]"] = set()


def attend() -> None:
    """Begin when Twisted's reactor runs, and make it wait for the end of our own work before it stops.

    ASGI's lifespan is unknown to Daphne, and at SIGTERM it cancels everything at once; a "before shutdown" trigger that
    returns a Deferred is the one place it waits for. Outside Daphne (tests, manage.py) no reactor is loaded, and
    nothing happens.
    """
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is not None:
        reactor.callWhenRunning(_begin)
        reactor.addSystemEventTrigger("before", "shutdown", _end)


def _begin() -> None:
    _spawn(_begin_runs(), "first moments")


def _end() -> "Deferred[None]":
    return Deferred.fromFuture(_spawn(_end_runs(), "last moments"))


async def _begin_runs() -> None:
    # After a reboot the database may come up later than this process.
    while True:
        try:
            return await runs.begin()
        except DATABASE_TROUBLE as error:
            log.warning("lifespan.database_is_away", error=str(error)[:200])
        await asyncio.sleep(AGAIN_SECONDS)


async def _end_runs() -> None:
    # Twisted ignores a second signal; here it ends the grace period.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, runs.hurry)
    try:
        await runs.drain()
    finally:
        await open_sockets().close_all(wire.Close.SERVER_STOPPING, "The server is restarting.")


def _spawn(work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    # The reactor calls outside the loop's own callbacks, where asyncio.create_task finds no running loop.
    task = asyncio.get_event_loop().create_task(_guarded(work), name=name)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:  # Whatever fails here, the process must still start or stop: what readers saw is committed.
        log.exception("lifespan.failed")
