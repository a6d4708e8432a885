"""docs/faults.md has a row for every fault id that tests cite, and each row says the right behaviour."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
# U18, "S5-S7" (a range), and u18 between underscores in the name of a test.
CITED = re.compile(r"(?<![A-Za-z0-9+])([UCSD])([1-9]\d?)(?:-[UCSD]([1-9]\d?))?(?![A-Za-z0-9])")
NAMED = re.compile(r"(?<=_)([ucsd])([1-9]\d?)(?=_|\()")
ROW = re.compile(r"\| ([UCSD])([1-9]\d?) \| [^|]+[.:)]? \| [A-Z\"“`U][^|]+\. \|")


def rows() -> list[str]:
    """The rows of the tables, without their headers."""
    return [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| id |")]


def ids(line: str) -> Iterator[str]:
    """Every id that a line of a test cites; a range stands for all of its ids."""
    for letter, first, last in CITED.findall(line):
        yield from (f"{letter}{number}" for number in range(int(first), int(last or first) + 1))
    for letter, number in NAMED.findall(line):
        yield letter.upper() + number


def cited() -> dict[str, str]:
    """Each cited id with the first place that cites it."""
    found: dict[str, str] = {}
    tests = ROOT / "tests"
    for path in sorted(chain(tests.rglob("*.py"), tests.rglob("*.js"), tests.rglob("*.mjs"))):
        if path != Path(__file__):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for id in ids(line):
                    found.setdefault(id, f"{path.relative_to(ROOT)}:{number}")
    return found


def test_every_cited_fault_is_listed() -> None:
    listed = {line.split(" | ")[0].removeprefix("| ") for line in rows()}
    places = cited()
    assert len(places) > 80
    assert {id: place for id, place in places.items() if id not in listed} == {}


def test_every_row_has_an_id_a_fault_and_an_outcome() -> None:
    assert [line for line in rows() if not ROW.fullmatch(line)] == []


def test_the_ids_stand_under_their_letter_and_count_up() -> None:
    for letter, section in re.findall(r"^## ([A-Z]): .*?$\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL):
        listed = re.findall(r"^\| ([A-Z]\d+) \|", section, re.MULTILINE)
        assert listed == [f"{letter}{number}" for number in range(1, len(listed) + 1)]
    assert len(re.findall(r"^## [UCSD]: ", PAGE, re.MULTILINE)) == 4


def test_ids_are_found_in_names_in_prose_and_in_ranges() -> None:
    assert list(ids("def test_u18_a_reset() -> None:  # S5-S7, and C3; not U+2028, not d3adbeef")) == [
        "S5",
        "S6",
        "S7",
        "C3",
        "U18",
    ]
