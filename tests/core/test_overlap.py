"""The overlap cutter: what is said twice is cut, and no character is ever lost to a coincidence."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chat.runs.overlap import MIN_OVERLAP_CHARS, OverlapCutter, overlap_chars

texts = st.text("ab \n", max_size=60)


def cut(before: str, after: str, at: list[int] | None = None) -> str:
    """What the cutter gives for a continuation that comes in pieces, split at these places."""
    cutter = OverlapCutter(before)
    places = sorted({0, len(after), *(place % (len(after) + 1) for place in at or [])})
    pieces = [after[start:end] for start, end in itertools.pairwise(places)]
    return "".join(map(cutter.feed, pieces)) + cutter.end()


def longest_repetition(before: str, after: str) -> int:
    return max(n for n in range(min(len(before), len(after)) + 1) if before.endswith(after[:n]))


@given(texts, texts, st.lists(st.integers(0, 60)))
def test_no_character_is_lost_where_nothing_long_is_repeated(before: str, after: str, at: list[int]) -> None:
    assume(longest_repetition(before, after) < MIN_OVERLAP_CHARS)
    assume(before.strip())
    assert cut(before, after, at) == after


@given(
    st.text(max_size=80),
    st.integers(MIN_OVERLAP_CHARS, 60),
    st.text(min_size=1, max_size=40),
    st.lists(st.integers(0, 99)),
)
def test_a_repeated_ending_is_cut_exactly(start: str, length: int, more: str, at: list[int]) -> None:
    before = start + "the quick brown fox jumps over the lazy dog, and so on; " * 2
    repeated = before[-length:]
    assume(longest_repetition(before, repeated + more) == length)
    assert cut(before, repeated + more, at) == more


@given(st.text("ab", max_size=80), st.text("ab", max_size=80))
def test_the_longest_overlap_is_found(before: str, after: str) -> None:
    longest = longest_repetition(before, after)
    assert overlap_chars(before, after) == (longest if longest >= MIN_OVERLAP_CHARS else 0)


@given(texts, texts, st.lists(st.integers(0, 60)))
def test_text_is_held_back_exactly_while_it_is_a_passage(before: str, after: str, at: list[int]) -> None:
    assume(before.strip())
    cutter, heard = OverlapCutter(before), ""
    for char in after:
        heard += char
        shown = cutter.feed(char)
        if heard not in before:
            assert heard.endswith(shown)
            break
        assert shown == ""


@pytest.mark.parametrize("unit", ["a", "ab", "a" * 999 + "b", "".join(random.Random(7).choices("abcd ", k=5000))])
def test_the_work_of_a_long_repetition_is_linear(unit: str) -> None:
    def seconds(chars: int) -> float:
        before = (unit * (chars // len(unit) + 1))[:chars]
        cutter = OverlapCutter(before)
        # Of this thread alone: whatever else the machine does is no work of the cutter.
        started = time.thread_time()
        for place in range(0, chars, 20):
            cutter.feed(before[place : place + 20])
        cutter.feed("\N{SNOWMAN}")
        return time.thread_time() - started

    small = min(seconds(12_500) for _ in range(3))
    large = min(seconds(100_000) for _ in range(2))
    assert large < small * 8 * 4  # eight times the text; quadratic work takes 64 times as long


@given(st.lists(st.integers(0, 200)))
def test_an_answer_that_begins_anew_is_cut_to_what_is_new(at: list[int]) -> None:
    before = "Once upon a time there was a model that began anew"
    assert cut(before, before + ", and again.", at) == ", and again."


@pytest.mark.parametrize("after", ["", " ", "the", "\n\n", "a fold"])
def test_short_coincidences_pass(after: str) -> None:
    assert cut("This is a fold, the\n\n a fold", after) == after


def test_what_repeats_nothing_passes_at_once() -> None:
    cutter = OverlapCutter("Something entirely different")
    assert cutter.feed("Quite new ") == "Quite new "
    assert cutter.feed("words") == "words"


def test_without_a_beginning_all_passes_at_once() -> None:
    assert OverlapCutter("").feed("S") == "S"
