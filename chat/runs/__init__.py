"""What happens now: `start`, `stop` and `watch` runs. The other files of this room say how.

A run belongs to the server, not to a socket. There is one Running for each event loop, and so for each process.
"""

import asyncio
import weakref
from collections.abc import AsyncGenerator

from django.conf import settings

from chat.models import Run
from chat.runs.feed import Patch, Paused
from chat.runs.running import Running

_running: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Running] = weakref.WeakKeyDictionary()


def this_process() -> Running:
    """The runs of the current event loop's process."""
    loop = asyncio.get_running_loop()
    found = _running.get(loop)
    if found is None:
        found = _running[loop] = Running()
    return found


async def begin() -> None:
    """Make this process one that works on runs, and take over what others left. Safe to call again."""
    await this_process().life.begin()


async def start(run: Run) -> None:
    """Work on a run that was stored as this process's; returns at once."""
    await begin()
    this_process().start(run)


async def stop(run_id: int) -> None:
    """Stop a run at any phase; its text so far is kept. Harmless when it has ended."""
    await this_process().stop(run_id)


async def decided(run_id: int) -> None:
    """Tell a run that somebody has decided about one of its tool calls."""
    await this_process().decided(run_id)


def watch(run_id: int, after: int) -> AsyncGenerator[Patch | Paused, None]:
    """The run's changes after position `after`, as patches, to its end. Raises NoSuchRunError at the first step."""
    return this_process().feeds.watch(run_id, after)


def begin_nothing_new() -> None:
    """Refuse new runs from now on: `drain` follows."""
    this_process().life.is_draining = True


async def drain() -> None:
    """Before the process stops: no new runs, a grace period for those at work, the rest is handed over."""
    await this_process().drain(settings.DRAIN_SECONDS)


def hurry() -> None:
    """End the grace period of `drain` now."""
    this_process().life.hurry.set()
