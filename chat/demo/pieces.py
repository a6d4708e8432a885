"""Cuts a text into pieces like a model's tokens, and paces them."""

import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

# A word with its space, three digits, one or two signs, or a run of line ends: about what tokenizers make of English.
_PIECE = re.compile(r"\n+| ?[A-Za-z]{1,9}| ?\d{1,3}| ?[^\sA-Za-z\d]{1,2}|[^\S\n]+")


def pieces(text: str) -> list[str]:
    """The text in pieces, of which each counts as one token."""
    return _PIECE.findall(text)


@dataclass(frozen=True, slots=True)
class Pace:
    """The delays before the first piece and before each of the next: 50 pieces per second, with some jitter."""

    first_seconds: Callable[[], float] = lambda: random.uniform(0.25, 0.45)
    piece_seconds: Callable[[], float] = lambda: random.uniform(0.010, 0.030)

    def walk(self, things: Iterable[T]) -> Iterator[T]:
        """Yield each thing at its time; late ones follow at once, so that the average pace is right."""
        due = time.monotonic() + self.first_seconds()
        for thing in things:
            time.sleep(max(0.0, due - time.monotonic()))
            yield thing
            due += self.piece_seconds()


AT_ONCE = Pace(lambda: 0.0, lambda: 0.0)
