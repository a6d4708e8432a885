"""Reasoning and calls that models write into their answer, in both formats, whole and at every split."""

import pytest

from tests.upstreams.everywhere import anthropic, everywhere, openai, said


def both(*pieces: str) -> list[tuple[str, bytes]]:
    """An answer of these pieces in each format."""
    deltas = ({"type": "text_delta", "text": piece} for piece in pieces)
    blocks = ({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas)
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    stop = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
    return [
        ("openai", openai(*map(said, pieces), said("", "stop"))),
        ("anthropic", anthropic(start, *blocks, stop, {"type": "message_stop"})),
    ]


def read(*pieces: str) -> tuple[str, str]:
    """The reasoning and the text of an answer, the same in both formats, at every split, and a letter at a time."""
    found = set()
    for format_name, data in both(*pieces):
        result, code, _ = everywhere(format_name, data)
        assert code == ""
        found.add((result.reasoning, result.text))
        letters = next(body for name, body in both(*"".join(pieces)) if name == format_name)
        result, _, _ = everywhere(format_name, letters, thorough=False)
        found.add((result.reasoning, result.text))
    [only] = found
    return only


# open-webui#9808: the template has opened the tag, so that only its end is in the answer.
def test_what_stands_before_a_bare_close_was_reasoning() -> None:
    pieces = ("The person asks about ", "the weather. I should be brief.\n</th", "ink>\n\nIt is **sunny**.")
    assert read(*pieces) == ("The person asks about the weather. I should be brief.\n", "\n\nIt is **sunny**.")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Brief.</think>Sunny.", ("Brief.", "Sunny.")),
        ("Brief. </think>\nSunny.", ("Brief. ", "\nSunny.")),
        ("</think>\n\nSunny.", ("", "\n\nSunny.")),
        ("\n</think>\nSunny.", ("", "\n\nSunny.")),
        ("`x` and ```\ncode\n``` first.\n</think>\nSunny.", ("`x` and ```\ncode\n``` first.\n", "\nSunny.")),
        ("One.\n</think>\nTwo </think> three.", ("One.\n", "\nTwo </think> three.")),
    ],
)
def test_a_bare_close_wherever_it_stands(text: str, expected: tuple[str, str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The model writes </think> when it is done.",
        "It ends with `</think>`.",
        "It ends with </think>.",
        'The tag "</think>" ends it.',
        "Use <think> and\n</think> for it.",
        "```\nreasoning\n</think>\nanswer\n```",
        "It is `a\n` and `</think>",
        "a < b </thin",
        "</thinking>",
    ],
)
def test_who_talks_about_the_tag_does_not_think(text: str) -> None:
    assert read(text) == ("", text)


@pytest.mark.parametrize(
    "opening, closing",
    [
        ("<think>", "</think>"),
        ("[THINK]", "[/THINK]"),
        ("<thought>", "</thought>"),
        ("<seed:think>", "</seed:think>"),
        ("◁think▷", "◁/think▷"),
        ("<|START_THINKING|>", "<|END_THINKING|>"),
    ],
)
def test_each_familys_tags(opening: str, closing: str) -> None:
    assert read(f"\n{opening}Hm < m{closing}Sunny.") == ("Hm < m", "Sunny.")


# open-webui#16744: the tokens of the template in the answer.
HARMONY = (
    "<|channel|>analysis<|message|>",
    "Two plus two < five.",
    "<|end|><|start|>assistant<|channel|>final<|message|>",
    "Four <|b|>.",
)


@pytest.mark.parametrize("before, after", [("", ""), ("<|start|>assistant", "<|return|>"), ("\n", "<|end|>")])
def test_the_tokens_of_harmony_are_decoded(before: str, after: str) -> None:
    assert read(before, *HARMONY, after) == ("Two plus two < five.", "Four <|b|>.")


def test_a_call_in_harmony_is_a_call() -> None:
    call = "<|start|>assistant<|channel|>commentary to=functions.find <|constrain|>json<|message|>"
    other = "<|start|>assistant to=functions.find<|channel|>commentary json<|message|>"
    text = f'<|channel|>analysis<|message|>Hm<|end|>{call}{{"x":1}}<|call|>{other}{{"x":1}}<|call|>'
    for format_name, data in both(text):
        result, code, _ = everywhere(format_name, data)
        assert (result.calls(), result.reasoning, result.text) == ([("find", '{"x":1}')] * 2, "Hm", "")
        assert (code, result.finish[0].reason) == ("", "tool_calls")


def test_a_preamble_in_harmony_is_text() -> None:
    text = "<|channel|>commentary<|message|>I look it up.<|end|><|start|>assistant<|channel|>final<|message|>Found."
    assert read(text) == ("", "I look it up.Found.")
