"""Where the event loop sends work that waits for the database: a few threads of our own, each with its connection.

Django's shared thread would let one slow query delay every socket of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections
from django.utils import translation

P = ParamSpec("P")
T = TypeVar("T")

# SQLite has one writer anyway, and PostgreSQL pays for each connection; four keep quick reads ahead of a slow one.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` on a database thread. A call that has begun is not undone when the caller is cancelled."""
    # Threads of a pool know nothing of the person who is answered; what is refused there is refused in their language.
    language = translation.get_language()

    def spoken() -> T:
        with translation.override(language):
            return fresh(function, *args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_pool, spoken)


def fresh(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` with no connection that is broken or too old."""
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()
