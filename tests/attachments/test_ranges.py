"""The part of a file that a player asks for."""

import pytest

from chat.uploads.ranges import wanted


@pytest.mark.parametrize(
    ("header", "right"),
    [
        ("", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-", (2, 8)),
        ("bytes=2-99999", (2, 8)),
        ("bytes=-3", (7, 3)),
        ("bytes=-99", (0, 10)),
    ],
)
def test_one_range_is_a_part_and_everything_else_the_whole(header: str, right: tuple[int, int] | None) -> None:
    assert wanted(header, 10) == right


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=4-2", "bytes=-0"])
def test_a_range_that_is_not_there_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="no such range"):
        wanted(header, 10)
