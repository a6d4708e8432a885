"""Reviewers' search: literal, audited, and with no way around the audit."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from chat.models import AuditEntry, Conversation, Message, User
from chat.review import search
from tests.cast import Cast
from tests.review.conftest import Browser

CONVERSATIONS = "/admin/chat/conversation/"
MESSAGES = "/admin/chat/message/"


def put(cast: Cast, text: str, kind: str = "text") -> Message:
    return Message.objects.create(
        conversation=cast.conversation,
        parent=cast.answer,
        role="user",
        author=cast.alice,
        parts=[{"type": kind, "text": text}],
    )


def found(query: str) -> set[int]:
    return set(search.messages(Message.objects.all(), query).values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("hundred % sure", "% sure"),
        ("snake_case", "snake_case"),
        ("a \\ b", "\\"),
        ('it\'s "quoted"', "it's"),
        ("Über Flüsse", "Flüsse"),
        ("河はなぜ曲がるのか", "曲がる"),
        ("line\nbreak", "break"),
        ("a OR b NEAR c*", "NEAR"),
        ("tab\there", "here"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("'; DROP TABLE chat_message; --", "DROP"),
    ],
)
def test_d10_words_are_found_as_they_are_written(cast: Cast, text: str, query: str) -> None:
    written = put(cast, text)
    assert found(query) == {written.pk}


@pytest.mark.parametrize("query", ["%", "_", "fol_", "f%d", "What OR nothing", "parts", "type"])
def test_d10_nothing_in_a_query_is_an_operator(cast: Cast, query: str) -> None:
    assert found(query) == set()


def test_words_together_and_apart(cast: Cast) -> None:
    assert found("fold What") == {cast.question.pk}
    assert found('"a fold"') == {cast.question.pk}
    assert found('"fold What"') == set()
    assert put(cast, "deep thought", kind="reasoning").pk in found("THOUGHT")


@pytest.mark.parametrize("query", ["x" * 10_000, "\0", "\ud800", '"', "'", "\\", "%" * 5_000, "( NEAR * ^", " "])
def test_d10_odd_queries_get_a_page(cast: Cast, ada_browser: Client, query: str) -> None:
    for address in (CONVERSATIONS, MESSAGES):
        assert ada_browser.get(address, {"q": query.encode("utf-8", "surrogatepass")}).status_code == 200


def test_conversations_are_found_by_title_person_and_words(cast: Cast) -> None:
    cast.conversation.rename("On sheep")
    everything = Conversation.objects.all()
    for query in ("sheep", "vera", '"a fold"', "sheep alice course"):
        assert search.conversations(everything, query).get() == cast.conversation
    assert not search.conversations(everything, "charlie").exists()


def test_a_search_is_noted_and_shows_titles_only(cast: Cast, ada_browser: Client) -> None:
    cast.conversation.rename("On sheep")
    page = ada_browser.get(CONVERSATIONS, {"q": "course"}).content.decode()
    assert "On sheep" in page
    assert "Of course." not in page
    row = AuditEntry.objects.exclude(action="conversation.listed").get()
    assert (row.action, row.actor, row.detail["query"]) == ("conversation.search", cast.ada, "course")
    ada_browser.get(MESSAGES, {"q": "course"})
    assert AuditEntry.objects.filter(action="conversation.search").count() == 2


def test_staff_who_may_not_read_do_not_search(cast: Cast, sam: User, ada_browser: Client, browser_of: Browser) -> None:
    sam.user_permissions.add(Permission.objects.get(codename="view_conversation"))
    cast.conversation.rename("On sheep")
    assert "On sheep" in ada_browser.get(CONVERSATIONS, {"q": "sheep"}).content.decode()
    assert browser_of(sam).get(CONVERSATIONS).status_code == 200
    assert browser_of(sam).get(CONVERSATIONS, {"q": "sheep"}).status_code == 403
    export = {"action": "export_jsonl", "index": "0", "_selected_action": cast.conversation.pk}
    assert browser_of(sam).post(CONVERSATIONS, export).status_code != 500
    assert not AuditEntry.objects.filter(actor=sam).exists()


@pytest.mark.parametrize(
    "address",
    [
        f"{MESSAGES}?parts__icontains=fold",
        f"{MESSAGES}?parts__0__text__startswith=What",
        f"{MESSAGES}?conversation__messages__parts__icontains=fold",
        f"{CONVERSATIONS}?messages__parts__icontains=fold",
        "/admin/chat/run/?state__icontains=x",
        "/admin/chat/run/?message__parts__icontains=fold",
        "/admin/chat/upstream/?sealed_key__startswith=v1",
        "/admin/chat/upstream/?key_hint__startswith=1",
        "/admin/chat/invitation/?token_hash__startswith=a",
        "/admin/chat/user/?password__startswith=m",
        "/admin/chat/auditentry/?actor__password__startswith=m",
    ],
)
def test_no_list_can_be_asked_for_what_it_does_not_show(ada_browser: Client, address: str) -> None:
    assert ada_browser.get(address).status_code == 400


def test_the_autocomplete_door_is_noted_like_the_list(cast: Cast, ada_browser: Client) -> None:
    ada_browser.get("/admin/autocomplete/?app_label=chat&model_name=message&field_name=conversation&term=course")
    assert AuditEntry.objects.filter(action="conversation.search").count() == 1


def test_filters(cast: Cast, ada_browser: Client) -> None:
    cast.conversation.rename("On sheep")
    cast.run.status = "failed"
    cast.run.save()
    for query in ("person=VERA", "upstream=fake", "model=text-n5", "status=failed"):
        assert "On sheep" in ada_browser.get(f"{CONVERSATIONS}?{query}").content.decode(), query
    for query in ("person=charlie", "upstream=none", "model=none", "status=done", "person=" + "x" * 5_000):
        assert "On sheep" not in ada_browser.get(f"{CONVERSATIONS}?{query}").content.decode(), query
    assert (
        "On sheep"
        in ada_browser.get("/admin/chat/run/?status__exact=failed&person=alice&model=text-n5").content.decode()
    )
    assert "On sheep" in ada_browser.get("/admin/chat/message/?status=failed&upstream=fake").content.decode()
