"""The words of a query, and the excerpt around a match."""

import time

import pytest

from chat.search.snippet import marked, snippet
from chat.search.words import LONGEST_WORD_CHARS, MOST_WORDS, words_of


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("two words", ["two", "words"]),
        ('"two words" more', ["two words", "more"]),
        ("“two words”", ["two words"]),
        ("„zwei Wörter“ «deux mots»", ["zwei Wörter", "deux mots"]),
        ("don't can't", ["don't", "can't"]),
        ('a "never closed', ["a", '"never', "closed"]),
        ('"" "  "', []),
        ("same same", ["same"]),
        ("nul\0here half\ud800", ["nul", "here", "half"]),
        ("100% _ \\ NEAR( a* -b col:c", ["100%", "_", "\\", "NEAR(", "a*", "-b", "col:c"]),
    ],
)
def test_words_are_taken_as_they_are_written(query: str, words: list[str]) -> None:
    assert words_of(query) == words


def test_a_page_of_text_is_cut_to_a_few_words() -> None:
    words = words_of(" ".join(f"word{number}" for number in range(2000)))
    assert len(words) == MOST_WORDS
    assert words_of("x" * 10_000) == ["x" * LONGEST_WORD_CHARS]


@pytest.mark.parametrize("query", ['"' * 10_000, '" ' * 5_000, "'" * 10_000, '"a ' * 4_000, "„" * 10_000, "« " * 5_000])
def test_d10_no_query_takes_long(query: str) -> None:
    began = time.perf_counter()
    words_of(query)
    assert time.perf_counter() - began < 0.5


def test_the_words_are_marked_and_the_pieces_are_the_text() -> None:
    pieces = snippet("Rivers bend.\n\nThe RIVER bends because water is faster outside.", ["river", "bend"])
    assert [text for text, is_match in pieces if is_match] == ["River", "bend", "RIVER", "bend"]
    assert "".join(text for text, _ in pieces) == "Rivers bend. The RIVER bends because water is faster outside."


def test_the_place_where_a_word_stands_alone_is_shown_rather_than_one_inside_of_another() -> None:
    text = "concatenate " * 40 + "and then the cat sat down"
    pieces = snippet(text, ["cat"])
    shown = "".join(piece for piece, _ in pieces)
    assert "the cat sat" in shown
    assert shown.startswith("… ")
    assert len(shown) < 200


def test_a_long_text_without_blanks_is_cut_too() -> None:
    pieces = snippet("河" * 500 + "曲がる" + "川" * 500, ["曲がる"])
    shown = "".join(piece for piece, _ in pieces)
    assert ("曲がる", True) in pieces
    assert len(shown) < 200
    assert shown.startswith("… ")
    assert shown.endswith(" …")


def test_signs_of_patterns_are_only_signs() -> None:
    assert marked("a.c (x) [y] $1 ^", [".", "(x)", "$1"]) == [
        ("a", False), (".", True), ("c ", False), ("(x)", True), (" [y] ", False), ("$1", True), (" ^", False),
    ]  # fmt: skip


def test_a_snippet_reads_as_text_unless_signs_are_looked_for() -> None:
    text = "See `export.py` and [the manual](https://example.com/a/long/address).\n\n- [x] **index** added\n\n| now | paged |\n|:--|--:|"
    assert "".join(piece for piece, _ in snippet(text, ["index"])).strip() == "… and the manual. index added now paged"
    assert ("`export", True) in snippet(text, ["`export"])


@pytest.mark.parametrize("piece", ["\n", " \n", "[](", "![a](b", "[a](b c", "-", "\n- ", "*", ":-"])
def test_a_snippet_of_a_text_made_to_be_slow_is_quick(piece: str) -> None:
    began = time.process_time()
    assert ("word", True) in snippet("a" + piece * (200_000 // len(piece)) + " word", ["word"])
    # With a backtracking pattern 40,000 line breaks took 22 s, in which no frames were sent to anybody.
    assert time.process_time() - began < 1
