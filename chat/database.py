"""How the event loop uses the database: a few threads of our own, each with its own connection.

On Django's one shared thread a slow query would delay every socket of the process.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, close_old_connections
from django.utils import translation

log = structlog.get_logger(__name__)

# What a statement raises when the database is away, busy or restarting; trying again later may succeed.
DATABASE_TROUBLE = (DatabaseError, InterfaceError)

# Between two tries: a restart of PostgreSQL takes seconds, and a reader waits no longer than it takes and this.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

P = ParamSpec("P")
T = TypeVar("T")

# SQLite has one writer anyway, and PostgreSQL pays for each connection; with four, quick reads do not wait for a slow one.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` on a database thread. A call that has begun is not undone when the caller is cancelled."""
    # The threads of a pool do not know the language of the person who asked; a refusal is written in that language.
    language = translation.get_language()

    def spoken() -> T:
        with translation.override(language):
            return fresh(function, *args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_pool, spoken)


async def in_thread_at_last(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Like in_thread, and again for as long as the database is away: `function` must be one that may be repeated."""
    return await until_it_works(lambda: in_thread(function, *args, **kwargs))


async def until_it_works(ask: Callable[[], Awaitable[T]], patience_seconds: float = math.inf) -> T:
    """Await `ask()`, again and again while the database is away, at most for `patience_seconds`.

    A connection may break after a commit and before the database says so: what `ask` does must be harmless when repeated.
    Raises one of DATABASE_TROUBLE when patience ends, and at once where another try would be refused as well.
    """
    until, pause = time.monotonic() + patience_seconds, FIRST_PAUSE_SECONDS
    while True:
        try:
            return await ask()
        except (IntegrityError, DataError):
            raise
        except DATABASE_TROUBLE as error:
            if time.monotonic() + pause > until:
                raise
            log.warning("database.is_away", error=str(error)[:200])
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def threaded(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same function for the event loop: each call runs on a database thread, as in_thread() does."""

    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return await in_thread(function, *args, **kwargs)

    return call


def fresh(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` with a connection that is neither broken nor too old."""
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()
