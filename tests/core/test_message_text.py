"""What a person reads of a message, as plain text."""

from chat.models import Message

SEAM = {"type": "seam", "attempt": 2, "of": 3, "why": "it broke"}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def test_a_word_that_broke_in_two_is_one_word() -> None:
    assert Message(parts=[text("one wo"), SEAM, text("rd")]).text == "one word"


def test_also_when_the_model_thought_again_before_it_went_on() -> None:
    thought = {"type": "reasoning", "text": "Where was I?"}
    assert Message(parts=[thought, text("one wo"), SEAM, thought, text("rd")]).text == "one word"


def test_texts_without_a_seam_are_paragraphs() -> None:
    call = {"type": "tool_call", "id": "1", "name": "clock", "arguments": "{}"}
    assert Message(parts=[text("first"), call, text("second")]).text == "first\n\nsecond"
