"""Markdown as a model writes it, cut into pieces of the size of tokens; every measurement uses the same."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache

WORDS = """the answer grows while somebody reads it and every line stays where it was so that nothing moves under
their eyes even when a table or a listing comes after it because what is finished is never touched again and what
is not finished is small""".split()  # noqa: SIM905 - as prose it can be read
SPLIT = re.compile(r"\s*[^\s\w]|\s*\w{1,6}|\s+")


@cache
def tokens(count: int) -> tuple[str, ...]:
    """The first `count` tokens of an endless document; about four characters each."""
    return tuple(itertools.islice(_tokens(), count))


def _tokens() -> Iterator[str]:
    for number in itertools.count(1):
        yield from SPLIT.findall(_section(number))


def _section(number: int) -> str:
    """A heading, then two or three kinds of blocks; no two sections are alike."""
    parts = [f"## Section {number}: {_say(number, 4)}\n\n", f"{_paragraph(number)}\n\n"]
    if number % 2:
        parts.append("".join(f"- **{_say(number + i, 2)}**: {_say(number * i, 9)}\n" for i in range(1, 5)) + "\n")
    if number % 3 == 1:
        lines = "".join(f"    total += step({i}, depth={number})  # {_say(i, 4)}\n" for i in range(4 + number % 20))
        parts.append(f"```python\ndef section_{number}(total: int) -> int:\n{lines}    return total\n```\n\n")
    if number % 4 == 2:
        rows = "".join(f"| {_say(i, 2)} | `{i * number}` | {_say(i + 3, 4)} |\n" for i in range(3 + number % 6))
        parts.append(f"| what | how many | why |\n|---|---:|---|\n{rows}\n")
    if number % 5 == 3:
        steps = "".join(f"{i}. {_say(number + i, 8)}\n" for i in range(1, 5))
        parts.append(f"> {_say(number, 18)}\n\n{steps}\n")
    parts.append(f"{_paragraph(number + 7)}\n\n")
    return "".join(parts)


def _paragraph(number: int) -> str:
    link = f"[{_say(number, 2)}](https://example.org/{number})"
    return (
        f"{_say(number, 24).capitalize()}, *{_say(number, 3)}*, `{_say(number, 1)}` and {link}. {_say(number + 5, 30)}."
    )


def _say(start: int, count: int) -> str:
    return " ".join(WORDS[(start * 7 + step * (1 + start % 3)) % len(WORDS)] for step in range(count))
