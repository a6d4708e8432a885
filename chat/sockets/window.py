"""How much may be on its way to a reader: what was sent and not yet acknowledged, in frames and characters."""

import asyncio
from collections import deque

# A phone in a tunnel comes back within this time; a reader who reads nothing for longer reconnects when they return.
PATIENCE_SECONDS = 60.0


class ReaderTooSlowError(Exception):
    """Nothing was acknowledged for too long."""


class Window:
    """Counts every frame of one connection; `wait_for_room()` waits while more than `limit` characters are on their way."""

    def __init__(self, limit: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._limit = limit
        self._patience_seconds = patience_seconds
        self._sizes: deque[int] = deque()
        self._frames = 0
        self._size = 0
        self._over = 0
        self._moved = asyncio.Event()

    def sent(self, size: int) -> None:
        """One more frame is on its way."""
        if self._size > self._limit:
            self._over += size
        self._frames += 1
        self._size += size
        self._sizes.append(size)

    def acknowledge(self, frames: int) -> bool:
        """The reader has received this many frames since the connection began; a number too high counts as all.

        False if that was known already.
        """
        arrived = max(0, min(frames, self._frames) - (self._frames - len(self._sizes)))
        for _ in range(arrived):
            self._size -= self._sizes.popleft()
        if self._size <= self._limit:
            self._over = 0
        if arrived:
            self._moved.set()
        return arrived > 0

    @property
    def is_overrun(self) -> bool:
        """Whether a further `limit` of frames that do not wait for room was sent: then the client is not reading."""
        return self._over > self._limit

    async def wait_for_room(self) -> None:
        """Wait until more may be sent. Raises ReaderTooSlowError."""
        while self._size > self._limit:
            self._moved.clear()
            try:
                # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with the acknowledgement.
                async with asyncio.timeout(self._patience_seconds):
                    await self._moved.wait()
            except TimeoutError:
                raise ReaderTooSlowError from None
