"""One of the slots for runs that a process works on at once; it is free while people decide, so that no silence blocks others."""

import asyncio


class Slot:
    """A slot of `slots`, taken at most once; `async with` takes it and frees it at the end."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._is_taken = False

    async def __aenter__(self) -> None:
        await self.take()

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    async def take(self) -> None:
        """Wait for a free slot, unless one is taken already."""
        if not self._is_taken:
            await self._slots.acquire()
            self._is_taken = True

    def leave(self) -> None:
        """Free the slot for another run."""
        if self._is_taken:
            self._is_taken = False
            self._slots.release()
