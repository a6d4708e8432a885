"""How the event loop uses the database: a few threads of our own, each with its own connection.

On Django's one shared thread a slow query would delay every socket of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import translation

# What a statement raises when the database is away, busy or restarting; trying again later may succeed.
DATABASE_TROUBLE = (DatabaseError, InterfaceError)

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
