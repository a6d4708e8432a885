"""Time and chance behind one seam, so that tests neither wait nor depend on chance."""

import asyncio
import random
import time


class Clock:
    """Time and chance, as a seam for tests."""

    def monotonic(self) -> float:
        """Seconds since some moment, for spans."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970, for dates."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def random(self) -> float:
        """A number between 0 and 1."""
        return random.random()


CLOCK = Clock()
