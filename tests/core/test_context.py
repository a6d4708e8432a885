"""What is sent upstream: the path above the answer, with names, cut at turns, and with a stable prefix (invariant 9)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db.models.signals import post_init
from hypothesis import given
from hypothesis import strategies as st

from bench.seed import long_conversation
from chat.models import Conversation, Message, Run, User
from chat.runs.context import context_of, cut_to_fit
from chat.runs.learned import Learned
from chat.upstreams import FORMATS
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.parts import TextPart
from chat.upstreams.request import ToolSpec
from tests.cast import Cast, answered, post

pytestmark = pytest.mark.django_db


def said(user: User, text: str, answer: str, cast: Cast, parent: int | None) -> Run:
    """A turn of `user` and its answer."""
    posted = post(user, text, conversation=cast.conversation.pk, parent=parent)
    answered(posted.run.pk, answer)
    return Run.objects.select_related("message__conversation").get(pk=posted.run.pk)


def said_in(conversation: Conversation, user: User, text: str, parent: int) -> Run:
    """A question of `user` that is not answered yet."""
    posted = post(user, text, conversation=conversation.pk, parent=parent)
    return Run.objects.select_related("message__conversation").get(pk=posted.run.pk)


def request(run: Run, format_name: str, context_tokens: int | None = None) -> bytes:
    """The body that this run would send."""
    endpoint = Endpoint(slug="u", name="U", format=format_name, base_url="http://u", context_tokens=context_tokens)
    return FORMATS[format_name].encode(endpoint, "m", context_of(run, context_tokens).turns).body


def growing(body: bytes) -> bytes:
    """The body up to the end of its last message, without the cache marker, which does not belong to the prefix."""
    mark = b',"cache_control":{"type":"ephemeral"}'
    assert body.endswith(b"]}")
    body = body.replace(mark, b"")
    return body[: body.rindex(b'"}') + 1]


@pytest.mark.parametrize("format_name", FORMATS)
def test_each_request_begins_with_the_one_before_byte_by_byte(format_name: str, cast: Cast) -> None:
    parent, bodies = cast.answer.pk, []
    for number in range(6):
        user = cast.bob if number % 2 else cast.alice
        run = said(user, f"Question {number} 👩‍🚀", f"Answer {number}\n", cast, parent)
        parent = run.message_id
        bodies.append(growing(request(run, format_name)))
    for earlier, later in itertools.pairwise(bodies):
        assert later.startswith(earlier)
        assert len(later) > len(earlier)


@given(st.lists(st.integers(1, 400), min_size=3, max_size=60), st.integers(200, 3000))
def test_a_cut_comes_before_a_question_leaves_the_last_one_and_stays_until_it_is_too_small(
    sizes: list[int], limit: int
) -> None:
    cut = 0
    for turns in range(1, len(sizes) + 1, 2):
        before, cut = cut, cut_to_fit(sizes[:turns], limit, cut)
        assert cut % 2 == 0
        assert before <= cut < turns
        if sum(sizes[before:turns]) <= limit:
            assert cut == before
        elif cut + 2 < turns:
            assert sum(sizes[cut:turns]) <= limit


def test_a_long_conversation_is_cut_and_the_cut_stays(cast: Cast) -> None:
    parent, cuts, bodies = cast.answer.pk, [], []
    for number in range(12):
        run = said(cast.alice, f"Question {number} " + "q " * 10, "a " * 12, cast, parent)
        parent = run.message_id
        context = context_of(run, 130)
        Run.objects.filter(pk=run.pk).update(state={"status": "done", "cut_turns": context.cut_turns})
        cuts.append(context.cut_turns)
        bodies.append([part.text for turn in context.turns for part in turn.parts if isinstance(part, TextPart)])
    assert cuts == sorted(cuts)
    assert cuts[-1] > 0
    assert len(set(cuts)) < len(cuts), "a cut holds for some turns"
    assert all(body[0].startswith(("Question", "What")) for body in bodies)
    assert all(body[-1].startswith(f"Question {number}") for number, body in enumerate(bodies))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.integers(20, 3000), st.integers(0, 20))
def test_what_is_cut_in_any_case_need_not_be_measured(sizes: list[int], limit: int, earlier: int) -> None:
    earlier = min(earlier, len(sizes) - 1)
    chars = read = 0
    for size in reversed(sizes[earlier:]):
        chars, read = chars + size, read + 1
        if chars > limit and read > 1:
            break
    unread = len(sizes) - read
    cut = cut_to_fit(sizes, limit, earlier)
    assert cut_to_fit([0] * unread + sizes[unread:], limit, earlier) == cut
    assert cut >= unread


def test_of_a_conversation_of_thousands_only_what_is_sent_is_read(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    conversation = long_conversation(cast.alice, 3000)
    last = conversation.messages.latest("pk")
    run = said_in(conversation, cast.alice, "And now?", last.pk)
    read: list[int] = []
    post_init.connect(lambda instance, **_: read.append(instance.pk), sender=Message, weak=False, dispatch_uid="read")
    try:
        with django_assert_num_queries(2):
            context = context_of(run, 4000)
    finally:
        post_init.disconnect(sender=Message, dispatch_uid="read")
    assert context.cut_turns > 2900
    assert len(context.turns) == 3001 - context.cut_turns
    assert isinstance(part := context.turns[-1].parts[0], TextPart)
    assert part.text == "And now?"
    assert len(read) < len(context.turns) * 3


SCHEMA = {"type": "object", "properties": {f"field_{number}": {"type": "string"} for number in range(60)}}


def test_tools_the_system_prompt_and_the_room_of_the_answer_count(cast: Cast) -> None:
    parent = cast.answer.pk
    for number in range(8):
        parent = said(cast.alice, f"Question {number} " + "word " * 100, "word " * 100, cast, parent).message_id
    run = said(cast.alice, "Last?", "", cast, parent)
    whole = context_of(run, 100_000)
    assert whole.cut_turns == 0
    assert 1500 < whole.tokens < 2200
    room = round(whole.tokens / 0.75) + 10
    assert context_of(run, room).cut_turns == 0, "with a quarter for the answer it just fits"
    assert context_of(run, room, [ToolSpec("t", "Does it.", SCHEMA)]).cut_turns > 0
    assert context_of(run, room, tokens_per_estimate=1.3).cut_turns > 0
    run.options = {"system": "word " * 300}
    assert context_of(run, room).cut_turns > 0
    run.options = {"max_tokens": 10}
    assert context_of(run, whole.tokens + 20).cut_turns == 0, "an answer that is limited needs no more room"


def test_a_chinese_conversation_is_cut_to_what_the_model_can_take(cast: Cast) -> None:
    parent = cast.answer.pk
    for number in range(12):
        parent = said(cast.alice, f"问题{number}" + "中文内容" * 250, "回答" * 400, cast, parent).message_id
    run = said(cast.alice, "最后一个问题", "", cast, parent)
    run.model = "gpt-4"
    context = context_of(run, 8192)
    chars = sum(len(part.text) for turn in context.turns for part in turn.parts if isinstance(part, TextPart))
    assert context.cut_turns > 0
    assert 2000 < chars < 8192 / 1.1, "more than one token a character"


def test_estimates_follow_what_an_upstream_reports() -> None:
    learned = Learned()
    assert learned.ratio("u", "m") == 1
    learned.saw("u", "m", estimated=1000, reported=1400)
    assert learned.ratio("u", "m") == pytest.approx(1.4)
    learned.saw("u", "m", estimated=1000, reported=1200)
    assert learned.ratio("u", "m") == pytest.approx(1.3)
    for estimated, reported in ((1000, None), (100, 200), (1000, 100), (1000, 5000)):
        learned.saw("u", "m", estimated=estimated, reported=reported)
    assert learned.ratio("u", "m") == pytest.approx(1.3), "these say nothing about the text"
    assert learned.ratio("u", "other") == 1


def test_only_the_path_above_the_answer_is_sent(cast: Cast) -> None:
    left = said(cast.alice, "Left?", "Left.", cast, cast.answer.pk)
    right = said(cast.alice, "Right?", "Right.", cast, cast.answer.pk)
    body = request(right, "openai").decode()
    assert "Right?" in body
    assert "Left" not in body
    assert "Right." not in body, "the answer itself is not in it"
    assert left.message.parent_id != right.message.parent_id


def test_everybody_except_the_first_author_is_named(cast: Cast) -> None:
    first = said(cast.alice, "From Alice", "a", cast, cast.answer.pk)
    second = said(cast.bob, "From Bob", "b", cast, first.message_id)
    turns = context_of(second, None).turns
    assert [turn.name for turn in turns] == [None, None, None, None, "bob"]
    messages = json.loads(request(second, "openai"))["messages"]
    assert "bob" in json.dumps(messages[-1])
    assert "alice" not in json.dumps(messages)


def test_an_answer_without_words_does_not_break_the_next_request(cast: Cast) -> None:
    Message.objects.filter(pk=cast.answer.pk).update(parts=[])
    run = said(cast.alice, "Again?", "Yes.", cast, cast.answer.pk)
    for format_name in FORMATS:
        assert json.loads(request(run, format_name))["messages"]


def test_seams_are_not_sent(cast: Cast) -> None:
    parts = [
        {"type": "text", "text": "One "},
        {"type": "seam", "attempt": 2, "of": 3, "why": "secret reason"},
        {"type": "text", "text": "two"},
    ]
    Message.objects.filter(pk=cast.answer.pk).update(parts=parts)
    run = said(cast.alice, "And?", "Yes.", cast, cast.answer.pk)
    for format_name in FORMATS:
        body = request(run, format_name).decode()
        assert "secret reason" not in body
        assert "One two" in body
