"""Exports: complete, equal to the rows, without formulas, audited, and never in memory as a whole."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from chat.models import AuditEntry, Conversation, Membership, Message, Run, User
from chat.review import export
from tests.cast import Cast
from tests.review.conftest import body_of

LIST = "/admin/chat/conversation/"


def take(client: Client, form: str, *conversations: Conversation, across: bool = False) -> Any:
    chosen = [str(each.pk) for each in conversations]
    return client.post(
        LIST,
        {"action": f"export_{form}", "index": "0", "select_across": "1" if across else "0", "_selected_action": chosen},
    )


def silent(conversations: object) -> None:
    """Notes for an export that is not audited."""


def lines(selection: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in "".join(export.as_json_lines(selection, silent)).split("\n") if line]


def test_d9_json_lines_equal_the_rows_and_can_be_read_in_again(cast: Cast) -> None:
    Run.objects.filter(pk=cast.run.pk).update(
        input_tokens=7, output_tokens=3, ttft_seconds=0.25, state={"usage": {"input_tokens": 7}}
    )
    Run.objects.create(message=cast.answer, upstream="fake", model="old", status="interrupted", requested_by=cast.bob)
    Message.objects.create(
        conversation=cast.conversation, parent=cast.question, role="user", author=cast.bob, client_id="c-1",
        parts=[{"type": "text", "text": "\u2028 line\nnew \u202e \x85 \"quoted\" \\ 👩‍👩‍👧 =1+1"}],
    )  # fmt: skip
    (line,) = lines(Conversation.objects.all())
    assert line["members"][0]["user"]["name"] == "alice"
    assert [member["role"] for member in line["members"]] == ["owner", "editor", "viewer"]
    before = line
    Conversation.objects.all().delete()
    read_in(line)
    (after,) = lines(Conversation.objects.all())
    assert after == before


def read_in(line: dict[str, Any]) -> None:
    """Do what an import would do: make rows from a line and nothing else."""

    def who(person: dict[str, Any] | None) -> User | None:
        return User.objects.get(username=person["name"]) if person else None

    own = {name: line[name] for name in ("id", "title", "title_is_automatic", "upstream", "model", "revision")}
    conversation = Conversation.objects.create(created_by=who(line["created_by"]), **own)
    stamp(Conversation, conversation.pk, line, "created_at", "updated_at")
    for member in line["members"]:
        row = Membership.objects.create(
            conversation=conversation,
            user=who(member["user"]),
            role=member["role"],
            read_revision=member["read_revision"],
        )
        stamp(Membership, row.pk, member, "created_at")
    for each in line["messages"]:
        own = {name: each[name] for name in ("id", "role", "parts", "client_id", "upstream", "model", "revision")}
        Message.objects.create(conversation=conversation, parent_id=each["parent"], author=who(each["author"]), **own)
        for run in each["runs"]:
            own = {name: value for name, value in run.items() if name not in ("requested_by", "created_at", "ended_at")}
            Run.objects.create(message_id=each["id"], requested_by=who(run["requested_by"]), **own)
            stamp(Run, run["id"], run, "created_at", "ended_at")
        Message.objects.filter(pk=each["id"]).update(run_id=each["run"])
        stamp(Message, each["id"], each, "created_at")


def stamp(model: Any, pk: Any, values: dict[str, Any], *names: str) -> None:
    moments = {name: parse_datetime(values[name]) if values[name] else None for name in names}
    model.objects.filter(pk=pk).update(**moments)


def test_a_line_is_a_line_for_every_reader_of_lines(cast: Cast) -> None:
    Message.objects.filter(pk=cast.answer.pk).update(parts=[{"type": "text", "text": "a\u2028b\u2029c\x85d\re\x0b"}])
    assert len("".join(export.as_json_lines(Conversation.objects.all(), silent)).splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1+1", "%0A"]
)
def test_d9_formulas_are_inert_in_the_table(cast: Cast, text: str) -> None:
    Message.objects.filter(pk=cast.question.pk).update(parts=[{"type": "text", "text": text}])
    Conversation.objects.update(title=text)
    rows = list(
        csv.DictReader(
            io.StringIO("".join(export.as_table(Conversation.objects.all(), silent)).removeprefix("\ufeff"), newline="")
        )
    )
    assert rows[0]["text"] == rows[0]["title"] == f"'{text}"


def test_d9_the_table_keeps_quotes_and_line_breaks(cast: Cast) -> None:
    text = 'He said "no",\nthen; left'
    Message.objects.filter(pk=cast.question.pk).update(parts=[{"type": "text", "text": text}])
    table = "".join(export.as_table(Conversation.objects.all(), silent))
    assert table.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
    assert [row["role"] for row in rows] == ["user", "assistant"]
    assert rows[0]["text"] == text
    assert export.harmless("a\0b") == "a\ufffdb"
    assert (rows[1]["status"], rows[1]["model"], rows[1]["parent"]) == ("done", "text-n5", str(cast.question.pk))


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_streams_as_a_file_and_each_conversation_in_it_is_noted(
    cast: Cast, ada_browser: Client, form: str
) -> None:
    other = Conversation.start(cast.charlie)
    Conversation.start(cast.charlie)
    response = take(ada_browser, form, cast.conversation, other)
    assert isinstance(response, StreamingHttpResponse)
    assert response["Content-Disposition"].startswith('attachment; filename="parley-conversations-')
    assert response["X-Content-Type-Options"] == "nosniff"
    body = body_of(response)
    assert "What is a fold?" in body
    rows = AuditEntry.objects.filter(action="conversation.export")
    assert {row.conversation for row in rows} == {cast.conversation.pk, other.pk}
    assert {(row.detail["count"], row.detail["format"], row.actor) for row in rows} == {(2, form, cast.ada)}
    assert len({row.detail["export"] for row in rows}) == 1


def test_everything_can_be_selected(cast: Cast, ada_browser: Client) -> None:
    for _ in range(120):
        Conversation.start(cast.charlie)
    response = take(ada_browser, "jsonl", cast.conversation, across=True)
    assert body_of(response).count('"type":"parley.conversation"') == 121
    assert AuditEntry.objects.filter(action="conversation.export").count() == 121


def test_what_cannot_be_noted_does_not_go_out(cast: Cast) -> None:
    def full(conversations: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        next(export.as_json_lines(Conversation.objects.all(), full))


def test_memory_stays_small_however_long_the_conversation(cast: Cast) -> None:
    Message.objects.bulk_create(
        Message(
            conversation=cast.conversation, parent=cast.answer, role="user", parts=[{"type": "text", "text": "x" * 100}]
        )
        for _ in range(2_000)
    )
    with CaptureQueriesContext(connection) as queries:
        pieces = [len(piece) for piece in export.as_json_lines(Conversation.objects.all(), silent)]
    assert max(pieces) < 200_000 < sum(pieces)
    messages = [query["sql"] for query in queries if 'FROM "chat_message"' in query["sql"]]
    assert messages
    assert all(f"LIMIT {export.MESSAGES_AT_A_TIME}" in query for query in messages)


def test_charlie_takes_nothing(cast: Cast, charlie_browser: Client) -> None:
    assert take(charlie_browser, "jsonl", cast.conversation).status_code == 404
    assert not AuditEntry.objects.exists()


def test_an_export_is_asked_for_by_post_and_with_the_token(cast: Cast, ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    assert take(strict, "jsonl", cast.conversation).status_code == 403
    assert not AuditEntry.objects.exists()


def test_files_are_named_in_both_forms(cast: Cast, ada_browser: Client) -> None:
    part = {"type": "attachment", "id": "a", "name": "=plan.pdf", "media_type": "application/pdf", "kind": "pdf"}
    Message.objects.filter(pk=cast.question.pk).update(parts=[part, {"type": "text", "text": "See."}])
    selection = Conversation.objects.filter(pk=cast.conversation.pk)
    lines = "".join(export.as_json_lines(selection, lambda _: None))
    assert json.loads(lines)["messages"][0]["parts"][0] == part
    assert '"[File =plan.pdf]\nSee."' in "".join(export.as_table(selection, lambda _: None))
