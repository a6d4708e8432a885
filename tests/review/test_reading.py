"""Reading stored conversations: the whole tree, noted, safe, and a page at a time."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import AuditEntry, Conversation, JournalEntry, Message, Run, User, emptying
from chat.review import reading
from tests.cast import Cast

SHEEP = "0b9f4f0e-94a4-4c05-8d33-6b7c2f0f9a11"
HOSTILE = "<script>alert(1)</script>\u202egnp.exe <img src=x onerror=alert(1)> {{7*7}} %s ../../ </div>"


def transcript(conversation: Conversation) -> str:
    return reverse("admin:chat_conversation_change", args=[conversation.pk])


def say(conversation: Conversation, parent: Message | None, text: str, role: str = "user", **fields: object) -> Message:
    return Message.objects.create(
        conversation=conversation, parent=parent, role=role, parts=[{"type": "text", "text": text}], **fields
    )


def test_reading_what_is_not_ones_own_is_noted(cast: Cast, ada_browser: Client) -> None:
    page = ada_browser.get(transcript(cast.conversation), HTTP_HOST="localhost")
    assert "What is a fold?" in page.content.decode()
    assert "your reading of it is recorded" in page.content.decode()
    row = AuditEntry.objects.get()
    assert (row.actor, row.action, row.conversation) == (cast.ada, "conversation.read", cast.conversation.pk)
    assert row.detail == {"page": 1, "ip": "127.0.0.1", "path": transcript(cast.conversation)}


def test_reading_one_message_is_reading(cast: Cast, ada_browser: Client) -> None:
    page = ada_browser.get(reverse("admin:chat_message_change", args=[cast.question.pk]))
    assert "What is a fold?" in page.content.decode()
    assert AuditEntry.objects.get().detail["message"] == cast.question.pk


def test_ones_own_conversation_is_not_noted(cast: Cast, ada_browser: Client) -> None:
    cast.conversation.admit(cast.ada, "viewer")
    assert "What is a fold?" in ada_browser.get(transcript(cast.conversation)).content.decode()
    assert not AuditEntry.objects.exists()


def test_what_cannot_be_noted_is_not_shown(cast: Cast, ada_browser: Client) -> None:
    def full(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and AuditEntry._meta.db_table in sql:
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    ada_browser.raise_request_exception = False
    with connection.execute_wrapper(full):
        response = ada_browser.get(transcript(cast.conversation))
    assert response.status_code == 500
    assert "What is a fold?" not in response.content.decode()


def test_what_is_in_the_trash_is_marked_and_what_has_left_it_for_good_is_gone(cast: Cast, ada_browser: Client) -> None:
    listed = reverse("admin:chat_conversation_changelist")
    assert "in the trash)" not in ada_browser.get(listed).content.decode()
    cast.conversation.trash(cast.alice)
    assert "in the trash)" in ada_browser.get(listed).content.decode()
    assert "What is a fold?" not in ada_browser.get(f"{listed}?trash=out").content.decode()
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert "<dt>In the trash</dt>" in page
    emptying.delete(cast.conversation, cast.alice)
    assert ada_browser.get(transcript(cast.conversation)).status_code == 404
    trail = ada_browser.get(reverse("admin:chat_auditentry_changelist")).content.decode()
    assert "conversation.deleted" in trail


def test_lists_show_no_words_of_messages(cast: Cast, ada_browser: Client) -> None:
    cast.conversation.rename("A title")
    for model in ("conversation", "message", "run"):
        page = ada_browser.get(reverse(f"admin:chat_{model}_changelist")).content.decode()
        assert "A title" in page
        assert "What is a fold?" not in page
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"conversation.listed"}


def test_the_whole_tree_with_every_run(cast: Cast, ada_browser: Client) -> None:
    second = say(cast.conversation, cast.question, "Another answer.", "assistant", model="m2", upstream="u2")
    old = Run.objects.create(
        message=second, upstream="u2", model="m2", status="interrupted", requested_by=cast.bob,
        state={"error": {"code": "broken_off", "message": "The provider closed the connection."}},
    )  # fmt: skip
    second.run = Run.objects.create(
        message=second, upstream="u2", model="m2", status="done", input_tokens=1200, output_tokens=34, ttft_seconds=0.5,
        elapsed_seconds=3.0, state={"finish_reason": "length", "usage": {"cached_input_tokens": 1000}},
    )  # fmt: skip
    second.save()
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert "Of course." in page
    assert "Another answer." in page
    assert "Version 2 of 2" in page
    assert "stopped at the length limit · 1,200 tokens in (1,000 cached) · 34 tokens out · first token 0.50 s" in page
    assert f"run {old.pk}" in page
    assert "The provider closed the connection. (broken_off)" in page


def test_every_kind_of_part_is_shown(cast: Cast, ada_browser: Client) -> None:
    Message.objects.filter(pk=cast.answer.pk).update(
        parts=[
            {"type": "reasoning", "text": "let me think"},
            {"type": "tool_call", "id": "1", "name": "search", "arguments": '{"query":"fold"}'},
            {"type": "tool_result", "id": "1", "name": "search", "text": "three sheep", "is_error": True},
            {"type": "seam", "attempt": 2, "of": 3, "why": "silence"},
            {"type": "refusal", "text": "I would rather not."},
            {"type": "attachment", "id": SHEEP, "name": "sheep.png", "media_type": "image/png", "size_bytes": 12_000},
            {"type": "hologram", "depth": 3},
        ]
    )
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    for words in ("let me think", "&quot;query&quot;: &quot;fold&quot;", "three sheep", "continued (2 of 3): silence",
                  "I would rather not.", f'<a href="/files/{SHEEP}/"', "sheep.png", "11.7\xa0KB", "hologram"):  # fmt: skip
        assert words in page, words


def test_d7_hostile_words_are_words(cast: Cast, ada_browser: Client) -> None:
    cast.conversation.rename(HOSTILE)
    User.objects.filter(pk=cast.alice.pk).update(first_name="<b>Al", last_name="ice</b>")
    say(cast.conversation, cast.answer, HOSTILE, author=cast.alice)
    Run.objects.filter(pk=cast.run.pk).update(state={"error": {"message": HOSTILE, "code": "<i>"}}, model=HOSTILE[:50])
    pages = [transcript(cast.conversation), reverse("admin:chat_message_change", args=[cast.answer.pk])]
    pages += [
        reverse(f"admin:chat_{model}_changelist") for model in ("conversation", "message", "run", "user", "auditentry")
    ]
    pages.append(reverse("admin:chat_run_change", args=[cast.run.pk]))
    for address in pages:
        page = ada_browser.get(address).content.decode()
        for tag in ("<script>alert", "<img src=x", "<b>Al", "<i>"):
            assert tag not in page, (address, tag)
    assert "{{7*7}}" in ada_browser.get(pages[0]).content.decode()


def test_pages_carry_the_sites_policy_whole(cast: Cast, ada_browser: Client) -> None:
    for page in (transcript(cast.conversation), reverse("admin:chat_message_change", args=[cast.answer.pk])):
        policy = ada_browser.get(page)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "trusted-types app" in policy
        assert "unsafe" not in policy


def test_a_live_answer_shows_what_is_stored_so_far(cast: Cast, ada_browser: Client) -> None:
    Run.objects.filter(pk=cast.run.pk).update(status="running", seq=1)
    Message.objects.filter(pk=cast.answer.pk).update(parts=[])
    JournalEntry.objects.filter(run=cast.run).delete()
    JournalEntry.objects.create(run=cast.run, seq=1, changes='[["add",0,{"type":"text","text":"half an ans"}]]')
    assert "half an ans" in ada_browser.get(transcript(cast.conversation)).content.decode()


def test_a_long_message_is_cut_on_the_page_and_whole_on_its_own(cast: Cast, ada_browser: Client) -> None:
    long = say(cast.conversation, cast.answer, "x" * 50_000 + " the very end")
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert "Read all of it" in page
    assert "the very end" not in page
    whole = ada_browser.get(reverse("admin:chat_message_change", args=[long.pk])).content.decode()
    assert "the very end" in whole


def test_d5_a_conversation_of_10000_messages_opens_a_page_at_a_time(cast: Cast, ada_browser: Client) -> None:
    first = cast.answer.pk + 1
    Message.objects.bulk_create(
        Message(
            pk=first + at, conversation=cast.conversation, parent_id=first + at - 1, role="user",
            parts=[{"type": "text", "text": f"number {at};"}],
        )
        for at in range(9_998)
    )  # fmt: skip
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert "Page 1 of 100" in page
    assert page.count("<article") == reading.MESSAGES_A_PAGE
    assert len(queries) < 25
    last = ada_browser.get(f"{transcript(cast.conversation)}?page=100").content.decode()
    assert "number 9997;" in last
    around = ada_browser.get(f"{transcript(cast.conversation)}?message={first + 5_000}").content.decode()
    assert "number 5000;" in around


@pytest.mark.parametrize("odd", ["0", "-1", "9" * 30, "x", "2"])
def test_a_page_that_is_not_there_shows_one_that_is(odd: str, cast: Cast, ada_browser: Client) -> None:
    page = ada_browser.get(f"{transcript(cast.conversation)}?page={odd}").content.decode()
    assert page.count("<article") == 2


@pytest.mark.parametrize(
    "pk", ["null", "00000000-0000-0000-0000-000000000000", "9223372036854775808", "x" * 300, "%00"]
)
def test_c14_what_is_not_there_is_not_found(ada_browser: Client, pk: str) -> None:
    assert ada_browser.get(f"/admin/chat/conversation/{pk}/change/").status_code == 404
    assert ada_browser.get(f"/admin/chat/message/{pk}/change/").status_code in (404, 302)


def test_nobody_edits_the_record(cast: Cast, ada_browser: Client) -> None:
    for address in (transcript(cast.conversation), reverse("admin:chat_message_change", args=[cast.answer.pk])):
        ada_browser.post(address, {"title": "mine", "parts": "[]"})
    cast.conversation.refresh_from_db()
    cast.answer.refresh_from_db()
    assert cast.conversation.title != "mine"
    assert cast.answer.parts


def test_files_sources_and_tools_of_the_provider_are_shown_and_lead_only_to_the_web(
    cast: Cast, ada_browser: Client
) -> None:
    trap = {"type": "source", "number": 2, "title": "Trap", "url": "javascript:alert(1)"}
    parts = [
        {"type": "text", "text": "In May[1][2]."},
        {"type": "source", "number": 1, "title": f"Law {HOSTILE}", "url": "https://example.org/law"},
        trap,
        {"type": "attachment", "id": "", "name": "cat.png", "media_type": "image/png", "problem": "broken_image"},
        {
            "type": "provider_call",
            "id": "s",
            "name": "web_search",
            "arguments": '{"query": "law"}',
            "text": "",
            "contents": [{"type": "attachment", "id": SHEEP, "name": "map.png", "size_bytes": 7}, trap],
        },
    ]
    answer = say(cast.conversation, cast.question, "", "assistant")
    Message.objects.filter(pk=answer.pk).update(parts=parts)
    page = ada_browser.get(transcript(cast.conversation)).content.decode()
    assert 'href="https://example.org/law"' in page
    assert 'data-number="1"' in page
    assert "javascript:" not in page.replace(">javascript:alert(1)<", "")
    assert "<script>alert(1)" not in page
    assert "not kept" in page
    assert "done by the provider" in page
    assert reverse("file", args=[SHEEP]) in page
    table = ada_browser.get(reverse("admin:chat_message_change", args=[answer.pk])).content.decode()
    assert "example.org" in table
