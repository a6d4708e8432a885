"""A run's place among those that a process works on at once: left while people decide, so that nobody's silence fills them."""

from __future__ import annotations

import asyncio


class Place:
    """One of `places`, or none; with `async with` it is taken at the beginning and free at the end."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_taken = False

    async def __aenter__(self) -> None:
        await self.take()

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    async def take(self) -> None:
        """Wait for a free one, unless it has one."""
        if not self._is_taken:
            await self._places.acquire()
            self._is_taken = True

    def leave(self) -> None:
        """Let somebody else have it."""
        if self._is_taken:
            self._is_taken = False
            self._places.release()
