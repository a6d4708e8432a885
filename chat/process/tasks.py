"""Tasks with an owner: each has a name, and what it fails with is logged."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from chat.database import DATABASE_TROUBLE
from chat.process.recovery import FencedError

log = structlog.get_logger(__name__)


def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Begin `work` as a task. The caller owns it: asyncio keeps no strong reference to a task, and only its owner ends it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_log_trouble)
    return task


class Tasks:
    """The tasks of one owner that it need not tell apart. Each is kept until it ends."""

    def __init__(self) -> None:
        self.pending: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin `work` as a task of this owner."""
        task = spawn(work, name)
        self.pending.add(task)
        task.add_done_callback(self.pending.discard)

    def cancel(self) -> None:
        """End all of them."""
        for task in self.pending:
            task.cancel()


def _log_trouble(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, DATABASE_TROUBLE):
        log.warning("task.ended", task=task.get_name(), error=str(error)[:200])
    elif error is not None and not isinstance(error, FencedError):
        log.error("task.failed", task=task.get_name(), exc_info=error)
