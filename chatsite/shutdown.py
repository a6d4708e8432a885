"""Hands running answers over before Daphne stops."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
from twisted.internet.defer import Deferred

log = structlog.get_logger(__name__)


def drain_before_stop() -> None:
    """Makes Twisted's reactor, when it is the one that serves us, wait for `chat.runs.drain()` before it stops.

    At SIGTERM Daphne cancels everything at once; a "before shutdown" trigger that returns a Deferred is the one place
    it waits for. Outside Daphne (tests, manage.py) no reactor is loaded, and nothing happens.
    """
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is not None:
        reactor.addSystemEventTrigger("before", "shutdown", _drain)


def _drain() -> "Deferred[None]":
    return Deferred.fromFuture(asyncio.ensure_future(_guarded(), loop=asyncio.get_event_loop()))


async def _guarded() -> None:
    from chat import runs

    try:
        work: Coroutine[Any, Any, None] = runs.drain()
        await work
    except Exception:  # Whatever fails here, the process must still stop: what readers saw is committed already.
        log.exception("drain.failed")
