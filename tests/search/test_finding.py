"""People's search: it finds their own messages, literally, the newest first, and nobody else's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from chat import search
from chat.models import Attachment, Conversation, IndexedText, Membership, Message, Run, User
from chat.search import candidates, index
from tests.cast import Cast, post

pytestmark = pytest.mark.django_db
Item = dict[str, Any]
Finds = Callable[[User, str], list[int]]


def put(cast: Cast, text: str, **fields: Any) -> Message:
    """Another message in Alice's conversation."""
    about = {"conversation": cast.conversation, "parent": cast.answer, "role": "user", "author": cast.alice}
    message = Message.objects.create(**{**about, "parts": [{"type": "text", "text": text}], **fields})
    IndexedText.keep(message)
    return message


def items(user: User, query: str, **how: int) -> list[Item]:
    found: list[Item] = search.find(user, query, **how)["items"]
    return found


def found(user: User, query: str, **how: int) -> list[int]:
    """The messages that are found, titles aside."""
    return [item["message"] for item in items(user, query, **how) if item["message"] is not None]


@pytest.fixture(params=[candidates.MOST_READ, 0], ids=["read", "index"])
def finds(request: pytest.FixtureRequest) -> Finds:
    """With few messages their texts are read, with many the index is used. Both find the same."""
    return lambda user, query: found(user, query, few=request.param)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("hundred % sure", '"% sure"'),
        ("snake_case", "snake_case"),
        ("back\\slash here", "back\\slash"),
        ("it's said", "it's"),
        ("河はなぜ曲がるのか", "曲がる"),
        ("为什么河流会弯曲", "河流会"),
        ("강은 왜 굽이치는가", "굽이치"),
        ("line\nbreak", "break"),
        ("a OR b NEAR c*", "NEAR c*"),
        ("col:umn -minus ^caret", "col:umn -minus ^caret"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧"),
        ("'; DROP TABLE chat_message; --", "DROP chat_message;"),
        ('she said "never again" twice', '"never again"'),
        ("Concatenate", "CATEN"),
        ("several words in any order", "order several"),
    ],
)
def test_d10_words_are_found_as_they_are_written(cast: Cast, text: str, query: str, finds: Finds) -> None:
    written = put(cast, text)
    assert finds(cast.alice, query) == [written.pk]


@pytest.mark.parametrize(("text", "query"), [("河流", "河"), ("ab", "A"), ("ß", "ß"), ("Ünder", "ün"), ("x % y", "%")])
def test_one_or_two_letters_are_found_too(cast: Cast, text: str, query: str) -> None:
    written = put(cast, text)
    assert written.pk in found(cast.alice, query)


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "_",
        "fol_",
        "f%d",
        "What OR nothing",
        '"fold What"',
        "NOT fold",
        "fold*",
        "par:ts",
        "\\",
        "\0",
        "\ud800",
        '"',
    ],
)
def test_d10_nothing_in_a_query_is_an_operator(cast: Cast, query: str, finds: Finds) -> None:
    assert finds(cast.alice, "fold") == [cast.question.pk]
    assert finds(cast.alice, query) == []


@pytest.mark.parametrize(
    "query", ["x" * 10_240, "word " * 2_048, '"' * 10_240, "'" * 10_240, "% _ \\ " * 1_700, "(" * 9_000]
)
def test_d10_ten_kilobytes_are_a_query_like_any_other(cast: Cast, query: str, finds: Finds) -> None:
    assert finds(cast.alice, query) == []


@pytest.mark.parametrize(
    ("role", "sees"), [("owner", 1), ("editor", 1), ("viewer", 1), ("stranger", 0), ("administrator", 0)]
)
def test_one_finds_only_what_one_may_see(cast: Cast, role: str, sees: int, finds: Finds) -> None:
    Conversation.objects.update(title="Foldings")
    assert len(finds(cast.role(role), "fold")) == sees
    assert len([item for item in items(cast.role(role), "Foldings") if item["message"] is None]) == sees


def test_somebody_removed_or_deactivated_finds_nothing_any_more(cast: Cast) -> None:
    assert found(cast.bob, "fold")
    cast.conversation.dismiss(cast.bob)
    assert not items(cast.bob, "fold")
    assert found(cast.alice, "fold")
    cast.alice.is_active = False
    assert not items(cast.alice, "fold")


def test_a_question_is_found_from_when_it_is_posted_and_a_title_from_when_it_is_given(cast: Cast) -> None:
    posted = post(cast.alice, "Who was Ampère?", "c-lient-2")
    (title, question) = items(cast.alice, "ampère")
    assert (title["conversation"], title["message"]) == (str(posted.conversation), None)
    assert (question["message"], question["role"], question["author"]) == (posted.message, "user", "alice")
    assert ["Ampère", True] in [list(piece) for piece in question["snippet"]]
    Conversation.objects.get(pk=posted.conversation).rename("ÜBER STRÖME")
    assert [item["title"] for item in items(cast.alice, "ströme")] == ["ÜBER STRÖME"]


def test_the_trash_is_not_searched_and_what_comes_back_is(cast: Cast) -> None:
    below = put(cast, "unfolding")
    assert found(cast.alice, "unfolding") == [below.pk]
    Message.objects.filter(pk__gte=cast.answer.pk).update(trashed_at=timezone.now())
    assert found(cast.alice, "unfolding") == []
    assert found(cast.alice, "fold") == [cast.question.pk]
    Message.objects.update(trashed_at=None)
    assert found(cast.alice, "unfolding") == [below.pk]
    Conversation.objects.update(trashed_at=timezone.now())
    assert items(cast.alice, "fold") == []


def test_what_is_deleted_leaves_nothing_behind(cast: Cast, finds: Finds) -> None:
    gone = put(cast, "ephemeral")
    assert finds(cast.alice, "ephemeral") == [gone.pk]
    gone.delete()
    assert finds(cast.alice, "ephemeral") == []
    cast.conversation.delete()
    assert not IndexedText.objects.exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO chat_indexedtext_fts(chat_indexedtext_fts, rank) VALUES ('integrity-check', 1)")


def test_a_text_that_changes_is_found_by_its_new_words_only(cast: Cast, finds: Finds) -> None:
    message = put(cast, "first version")
    message.parts = [{"type": "text", "text": "second attempt"}]
    IndexedText.keep(message)
    assert finds(cast.alice, "version") == []
    assert finds(cast.alice, "attempt") == [message.pk]


def test_what_files_say_is_found_and_reasoning_is_not(cast: Cast) -> None:
    message = Message.objects.create(
        conversation=cast.conversation,
        role="user",
        author=cast.alice,
        parts=[{"type": "reasoning", "text": "pondering"}, {"type": "attachment"}, {"type": "text", "text": "look"}],
    )
    Attachment.objects.create(message=message, name="report.pdf", kind="pdf", size_bytes=1, text="meander wavelength")
    IndexedText.keep(message)
    assert found(cast.alice, "wavelength look") == [message.pk]
    assert found(cast.alice, "report.pdf") == [message.pk]
    assert found(cast.alice, "pondering") == []


def test_words_that_stand_alone_come_before_those_inside_of_others_and_the_newest_first(
    cast: Cast, finds: Finds
) -> None:
    texts = ["the cat", "a cat again", "concatenated", "scattered"]
    alone, newer, inside, newest = (put(cast, text).pk for text in texts)
    assert finds(cast.alice, "cat") == [newer, alone, newest, inside]


def test_pages_follow_each_other_without_a_gap(cast: Cast) -> None:
    written = [put(cast, f"page me {number}").pk for number in range(45)]
    pages = [search.find(cast.alice, "page", number) for number in range(3)]
    assert [page["more"] for page in pages] == [True, True, False]
    assert [item["message"] for page in pages for item in page["items"]] == written[::-1]


def test_what_others_write_does_not_hide_ones_own(cast: Cast, person: Any, finds: Finds) -> None:
    mine = put(cast, "common words")
    loud = person("loud")
    other = Conversation.start(loud)
    rows = [Message(conversation=other, role="user", parts=[{"type": "text", "text": "common"}]) for _ in range(300)]
    for message in Message.objects.bulk_create(rows):
        IndexedText.keep(message)
    assert finds(cast.alice, "common") == [mine.pk]
    Membership.objects.create(conversation=other, user=cast.alice, role="viewer")
    assert len(finds(cast.alice, "common")) == 20


def test_the_index_can_be_made_anew(cast: Cast, capsys: pytest.CaptureFixture[str], finds: Finds) -> None:
    live = Run.objects.create(message=cast.answer, upstream="u", model="m", status=Run.Status.RUNNING)
    Message.objects.filter(pk=cast.answer.pk).update(run=live)
    IndexedText.objects.all().delete()
    assert finds(cast.alice, "fold") == []
    call_command("search_index")
    assert index.exists()
    assert finds(cast.alice, "fold") == [cast.question.pk]
    assert list(IndexedText.objects.values_list("pk", flat=True)) == [cast.question.pk]
    assert "1 texts were written." in capsys.readouterr().out


@pytest.fixture
def _no_index() -> Iterator[None]:
    index.drop()
    yield
    index.create()


@pytest.mark.usefixtures("_no_index")
def test_without_an_index_the_operator_is_told(cast: Cast) -> None:
    from chat.checks import quick_search

    (finding,) = quick_search(None)
    assert finding.id == "parley.W004"
    if connection.vendor == "postgresql":
        assert found(cast.alice, "fold") == [cast.question.pk]
    index.create()
    assert quick_search(None) == []
    index.drop()


def test_no_words_find_nothing(cast: Cast) -> None:
    assert search.find(cast.alice, '  "" ')["items"] == []
    assert str(uuid.UUID(items(cast.alice, "fold")[0]["conversation"])) == str(cast.conversation.pk)


def test_an_answer_is_found_by_the_titles_of_its_sources_and_of_what_its_tools_gave(cast: Cast, finds: Finds) -> None:
    parts = [
        {"type": "text", "text": "It changed[1]."},
        {"type": "source", "number": 1, "title": "The springs act", "url": "https://example.org/law"},
        {"type": "provider_call", "id": "s", "name": "web_search", "arguments": "", "text": "", "contents": []},
        {
            "type": "tool_result",
            "id": "t",
            "name": "camera",
            "text": "",
            "contents": [
                {"type": "attachment", "id": str(uuid.uuid4()), "name": "courtyard.png"},
                {"type": "source", "title": "The webcam", "url": "https://example.org/cam"},
            ],
        },
    ]
    answer = put(cast, "", role="assistant", author=None, parts=parts)
    for query in ("springs act", "courtyard", "webcam"):
        assert finds(cast.alice, query) == [answer.pk]
        assert finds(cast.charlie, query) == []
