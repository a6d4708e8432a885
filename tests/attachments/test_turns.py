"""Whose file is read next: everybody's in turn, one at a time for each person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chat.attachments.turns import BusyError, Turns

LONG = 30.0


class Bench:
    """People in threads who want a turn, and end theirs when told."""

    def __init__(self, places: int) -> None:
        self.turns = Turns(places)
        self.began: list[str] = []
        self._changed = threading.Condition()
        self._ends: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def wants(self, name: str) -> None:
        """Somebody asks for a turn; the first letter of the name is the person. Returns once they wait or have it."""
        self._ends[name] = threading.Event()
        before = len(self.began) + self.turns.waiting()
        thread = threading.Thread(target=self._work, args=(name,))
        self._threads.append(thread)
        thread.start()
        self.until(lambda: len(self.began) + self.turns.waiting() > before)

    def ends(self, name: str, then: int) -> None:
        """Somebody's turn ends; returns once `then` turns have begun."""
        self._ends[name].set()
        self.until(lambda: len(self.began) >= then)

    def until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            while not holds():
                # A person who begins to wait tells nobody, so look again now and then.
                self._changed.wait(0.005)

    def _work(self, name: str) -> None:
        with self.turns.turn(ord(name[0]), LONG):
            with self._changed:
                self.began.append(name)
                self._changed.notify_all()
            self._ends[name].wait(LONG)

    def close(self) -> None:
        for end in self._ends.values():
            end.set()
        for thread in self._threads:
            thread.join(LONG)


@contextmanager
def bench(places: int) -> Iterator[Bench]:
    made = Bench(places)
    try:
        yield made
    finally:
        made.close()


def test_a_person_with_ten_files_has_one_place_and_others_come_before_the_second() -> None:
    with bench(2) as files:
        for number in range(10):
            files.wants(f"m{number}")
        files.wants("b0")
        files.wants("c0")
        assert files.began == ["m0", "b0"]
        files.ends("m0", then=3)
        assert files.began == ["m0", "b0", "c0"]
        files.ends("b0", then=4)
        assert files.began[3] == "m1"


def test_people_who_all_wait_take_turns() -> None:
    with bench(1) as files:
        for name in ("a0", "a1", "a2", "b0", "b1", "c0"):
            files.wants(name)
        for number in range(5):
            files.ends(files.began[number], then=number + 2)
        assert files.began == ["a0", "b0", "c0", "a1", "b1", "a2"]


def test_who_waits_in_vain_is_told_and_blocks_nobody() -> None:
    turns = Turns(1)
    with turns.turn(1, LONG):
        with pytest.raises(BusyError), turns.turn(2, 0):
            pass
        assert turns.waiting() == 0
    with turns.turn(3, 0):
        pass


def test_a_turn_that_fails_is_given_back() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="broken"), turns.turn(1, LONG):
        raise ValueError("broken")
    with turns.turn(1, 0):
        pass
