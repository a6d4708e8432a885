"""The trash, emptied piece by piece beside the runs of a process. Any number of processes may do it at the same time."""

import asyncio

import structlog

from chat.database import DATABASE_TROUBLE, in_thread
from chat.models import emptying

log = structlog.get_logger(__name__)

# Things stay in the trash for days, so a look now and then suffices.
LOOK_SECONDS = 600
# The pause between two pieces, so that other writers get their turn.
PAUSE_SECONDS = 0.2


async def keep_emptying() -> None:
    """Look now and then for what has been in the trash long enough, and delete it."""
    while True:
        try:
            more = True
            while more:
                more = await in_thread(emptying.empty)
                await asyncio.sleep(PAUSE_SECONDS)
        except DATABASE_TROUBLE as error:
            log.warning("trash.not_emptied", error=str(error)[:200])
        await asyncio.sleep(LOOK_SECONDS)
