"""The join of a continued answer with the existing text: no character is lost or doubled."""

from __future__ import annotations

import pytest

from chat.runs.overlap import OverlapCutter


def joined(before: str, continuation: list[str], *, is_prefilled: bool = False) -> str:
    cutter = OverlapCutter(before, is_prefilled=is_prefilled)
    return before + "".join(cutter.feed(piece) for piece in continuation) + cutter.end()


@pytest.mark.parametrize("blanks", [" ", "\n", "\n\n", " \t ", "\u2028", "  \n"])
@pytest.mark.parametrize("size", [1, 2, 50])
def test_blanks_that_a_prefilled_answer_was_sent_without_are_not_doubled(blanks: str, size: int) -> None:
    whole = f"One{blanks}two three"
    continuation = f"{blanks}two three"
    pieces = [continuation[at : at + size] for at in range(0, len(continuation), size)]
    assert joined(f"One{blanks}", pieces, is_prefilled=True) == whole


def test_a_prefilled_answer_may_go_on_without_repeating_its_blanks() -> None:
    assert joined("One ", ["two"], is_prefilled=True) == "One two"


def test_further_blanks_of_a_prefilled_answer_are_kept() -> None:
    assert joined("One\n", ["\n", "\n", "two"], is_prefilled=True) == "One\n\ntwo"


def test_an_answer_of_blanks_alone_is_asked_for_anew_and_not_doubled() -> None:
    assert joined("\n\n", ["\n", "\nOne two"]) == "\n\nOne two"


def test_a_repetition_is_cut_and_a_coincidence_is_not() -> None:
    assert joined("The quick brown fox", ["quick brown", " fox jumps"]) == "The quick brown fox jumps"
    assert joined("The fox and the fox", ["fox and the fox", "es"]) == "The fox and the foxes"
    assert joined("Ha ha ha", [" ha", " ha!"]) == "Ha ha ha ha ha!"
