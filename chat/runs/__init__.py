"""What happens now: `start`, `stop` and `watch` runs. Everything else in this room is how.

A run belongs to the server, not to a socket. There is one Running for each event loop, and so for each process.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from chat.models import Run
    from chat.runs.feed import Patch, Paused
    from chat.runs.running import Running

_running: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Running] = weakref.WeakKeyDictionary()


def here() -> Running:
    """The runs of the current event loop's process."""
    from chat.runs.running import Running

    loop = asyncio.get_running_loop()
    found = _running.get(loop)
    if found is None:
        found = _running[loop] = Running()
    return found


async def begin() -> None:
    """Make this process one that works on runs, and take over what others left. Safe to call again."""
    await here().begin()


async def start(run: Run) -> None:
    """Work on a run that was stored with this process as its owner; returns at once."""
    await begin()
    here().start(run)


async def stop(run_id: int) -> None:
    """Stop a run at any phase; its text so far is kept. Harmless when it has ended."""
    await here().stop(run_id)


async def decided(run_id: int) -> None:
    """Somebody has decided about a tool call of this run."""
    await here().decided(run_id)


def watch(run_id: int, after: int) -> AsyncGenerator[Patch | Paused, None]:
    """The run's changes after position `after`, as patches, to its end. Raises NoSuchRun at the first step."""
    return here().watch(run_id, after)


async def drain() -> None:
    """Before the process stops: no new runs, a grace period for those at work, the rest is handed over."""
    await here().drain(settings.DRAIN_SECONDS)


def hurry() -> None:
    """End the grace period of `drain` now."""
    here().hurry.set()
