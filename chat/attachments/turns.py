"""Fair turns for work that is limited to a few at once: one place for each person; the longest since a last turn goes first."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count


class BusyError(Exception):
    """No turn came in time."""


class Turns:
    """`places` turns at once, at most one for each person; further ones of a person wait behind everybody else's."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._changed = threading.Condition()
        self._numbers = count(1)
        self._waiting: dict[int, int] = {}  # ticket -> person, in the order of arrival
        self._working: set[int] = set()
        self._last: dict[int, int] = {}  # person -> number of the last turn

    @contextmanager
    def turn(self, person: int, wait_seconds: float) -> Iterator[None]:
        """Wait for a turn, and hold it. Raises BusyError."""
        self._begin(person, wait_seconds)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._working.discard(person)
                self._changed.notify_all()

    def waiting(self) -> int:
        """How many wait at the moment."""
        with self._changed:
            return len(self._waiting)

    def _begin(self, person: int, wait_seconds: float) -> None:
        until = time.monotonic() + wait_seconds
        with self._changed:
            ticket = next(self._numbers)
            self._waiting[ticket] = person
            try:
                while self._next() != ticket:
                    left = until - time.monotonic()
                    if left <= 0 or not self._changed.wait(left):
                        raise BusyError
            finally:
                del self._waiting[ticket]
                self._changed.notify_all()
            self._free -= 1
            self._working.add(person)
            self._last[person] = next(self._numbers)
            if not self._waiting:
                # Nobody has waited longer than anybody else, so nothing needs to be remembered.
                self._last = {each: self._last[each] for each in self._working}

    def _next(self) -> int | None:
        """The ticket whose turn it is."""
        if not self._free:
            return None
        able = [ticket for ticket, person in self._waiting.items() if person not in self._working]
        return min(able, key=lambda ticket: (self._last.get(self._waiting[ticket], 0), ticket), default=None)
