"""How many frames one person may send: a bucket that fills by the second, shared by all their sockets of this process."""

import time
from collections.abc import Callable

# A burst is a reconnect with dozens of watched runs, or a page opened in three tabs.
BURST_SECONDS = 6
FORGET_AFTER = 10_000


class Rate:
    """A token bucket for each person; `per_second` is asked at each frame."""

    def __init__(self, per_second: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._buckets: dict[int, tuple[float, float]] = {}

    def allows(self, person: int) -> bool:
        """Take one frame from the person's bucket; False when it is empty."""
        now, per_second = self._clock(), self._per_second()
        most = per_second * BURST_SECONDS
        level, at = self._buckets.get(person, (most, now))
        level = min(most, level + (now - at) * per_second)
        if len(self._buckets) > FORGET_AFTER:
            self._buckets.clear()
        self._buckets[person] = (max(0.0, level - 1), now)
        return level >= 1
