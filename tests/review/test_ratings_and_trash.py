"""Administrators read what members deleted and how they rated answers."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Feedback
from chat.models.trash import trash
from tests.cast import Cast
from tests.review.conftest import body_of
from tests.review.test_reading import say, transcript

REASON = "It <b>folds</b> the wrong way."


def test_a_transcript_shows_what_is_in_the_trash_and_marks_it(cast: Cast, ada_browser: Client) -> None:
    assert "in the trash" not in ada_browser.get(transcript(cast.conversation)).content.decode()
    trash(cast.alice, cast.answer, with_others=False)
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert "Of course." in page
    assert page.count("in the trash") == 1


def test_a_transcript_shows_each_persons_rating_of_an_answer_and_its_reason(cast: Cast, ada_browser: Client) -> None:
    Feedback.give(cast.answer, cast.bob, -1, REASON)
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert "Thumbs down by <bdi>bob</bdi>" in page
    assert "It &lt;b&gt;folds&lt;/b&gt; the wrong way." in page


@pytest.mark.parametrize(
    ("choice", "count"), [("", 3), ("good", 1), ("bad", 1), ("reason", 1), ("'; DROP TABLE chat_feedback; --", 3)]
)
def test_answers_are_found_by_their_rating(choice: str, count: int, cast: Cast, ada_browser: Client) -> None:
    good = say(cast.conversation, cast.question, "Better.", "assistant")
    Feedback.give(cast.answer, cast.bob, -1, REASON)
    Feedback.give(good, cast.bob, 1, "")
    page = ada_browser.get(reverse("admin:chat_message_changelist"), {"rating": choice} if choice else {})
    assert page.context["cl"].result_count == count


def test_an_export_has_both(cast: Cast, ada_browser: Client) -> None:
    Feedback.give(cast.answer, cast.bob, -1, REASON)
    trash(cast.alice, cast.answer, with_others=False)
    chosen = {"action": "export_jsonl", "_selected_action": [str(cast.conversation.pk)]}
    line = json.loads(body_of(ada_browser.post(reverse("admin:chat_conversation_changelist"), chosen)))
    question, answer = line["messages"]
    assert (question["trashed_at"], question["feedback"]) == (None, [])
    assert answer["trashed_by"]["name"] == "alice"
    assert [(given["user"]["name"], given["value"], given["reason"]) for given in answer["feedback"]] == [
        ("bob", -1, REASON)
    ]
