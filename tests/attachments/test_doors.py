"""The views of files: who may upload one, who may see one, and what a browser may do with it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from chat import policy, search
from chat.attachments import files
from chat.models import Attachment, AuditEntry, Conversation, Message, QueuedMessage, User, queueing
from chat.models.post import Post, Posted, Queued, usable
from chat.models.refusal import RefusalError
from chat.models.storing import CPU_SECONDS_AN_HOUR
from chat.uploads.views import UPLOADS_A_MINUTE
from tests.attachments.conftest import Browser, Upload, post
from tests.cast import ASKED, Cast, answered
from tests.cast import send as send_post
from tests.files import document, picture
from tests.review.conftest import body_of

pytestmark = pytest.mark.django_db


TEXT = b"Notes of Tuesday.\n"


def send(user: User, client_id: str, text: str, *, attachments: list[uuid.UUID], **where: Any) -> Posted | Queued:
    """Post a message with files, as the command does."""
    files = usable(user, client_id, attachments, where.get("conversation"))
    return send_post(Post(user, client_id, text, ASKED, files), **where)


def post_with(user: User, client_id: str, text: str, *, attachments: list[uuid.UUID], **where: Any) -> Posted:
    """Post a message with files that is not queued."""
    posted = send(user, client_id, text, attachments=attachments, **where)
    assert isinstance(posted, Posted)
    return posted


def shared(cast: Cast, attachment: Attachment) -> Attachment:
    """Make it part of a message in the cast's conversation."""
    where = {"conversation": cast.conversation.pk, "parent": cast.answer.pk}
    send(cast.alice, uuid.uuid4().hex, "See this.", attachments=[attachment.pk], **where)
    attachment.refresh_from_db()
    return attachment


def stored() -> list[str]:
    """Every file in the storage."""
    root = Path(default_storage.path("."))
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_file_comes_in_under_an_id_and_its_name_is_only_text(alice: User, browser_of: Browser) -> None:
    response = post(browser_of(alice), picture("JPEG"), "..\\con <b>ü.jpg")
    assert response.status_code == 201
    part = json.loads(response.content)
    assert part | {"id": "", "size_bytes": 0} == {
        "type": "attachment", "id": "", "name": "con <b>ü.jpg", "media_type": "image/jpeg", "kind": "image",
        "size_bytes": 0, "width": 60, "height": 40, "note": "",
    }  # fmt: skip
    id = uuid.UUID(part["id"]).hex
    assert stored() == [f"attachments/{id[:2]}/{id}.small", f"attachments/{id[:2]}/{id}.whole"]


def test_what_cannot_be_read_is_refused_and_nothing_stays(alice: User, browser_of: Browser) -> None:
    response = post(browser_of(alice), b"PK\x03\x04" + bytes(400), "report.docx")
    assert response.status_code == 422
    assert json.loads(response.content)["code"] == "broken_file"
    assert (Attachment.objects.count(), stored()) == (0, [])


def test_a_file_may_be_so_large_and_not_larger(alice: User, browser_of: Browser, settings: Any) -> None:
    settings.MAX_ATTACHMENT_BYTES = 100_000
    assert post(browser_of(alice), b"x" * 100_000, "a.txt").status_code == 201
    response = post(browser_of(alice), b"x" * 100_001, "b.txt")
    assert (response.status_code, json.loads(response.content)["message"]) == (413, "A file may have at most 0.1 MB.")


def test_a_day_has_a_largest_share(alice: User, bob: User, browser_of: Browser, settings: Any) -> None:
    settings.MAX_ATTACHMENT_BYTES_PER_DAY = 1000
    assert post(browser_of(alice), b"x" * 600).status_code == 201
    assert json.loads(post(browser_of(alice), b"x" * 600).content)["code"] == "day_full"
    assert post(browser_of(bob), b"x" * 600).status_code == 201
    Attachment.objects.filter(uploader=alice).update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert post(browser_of(alice), b"x" * 600).status_code == 201


def test_a_full_disk_is_said_and_leaves_nothing_behind(
    alice: User, browser_of: Browser, settings: Any, tmp_path: Path
) -> None:
    assert post(browser_of(alice), TEXT).status_code == 201
    # A folder that cannot be created simulates a full disk, even for root.
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file"
    response = post(browser_of(alice), TEXT)
    assert (response.status_code, json.loads(response.content)["code"]) == (507, "disk_full")
    assert Attachment.objects.count() == 1


def test_nobody_brings_files_too_fast(alice: User, browser_of: Browser) -> None:
    client = browser_of(alice)
    for before, status in ((UPLOADS_A_MINUTE - 1, 422), (UPLOADS_A_MINUTE, 429)):
        minute = int(time.time()) // 60
        for number in (minute, minute + 1):  # the next may begin before the request comes
            cache.set(f"uploads.{alice.pk}.{number}", before)
        assert post(client, b"").status_code == status


def test_a_stranger_brings_nothing_and_a_foreign_page_neither(alice: User, client: Client) -> None:
    assert post(client, TEXT).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert post(strict, TEXT).status_code == 403
    page = strict.get("/").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert post(strict, TEXT, headers={"X-CSRFToken": token}).status_code == 201
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("which", ["", "small/"])
def test_before_it_is_sent_only_its_owner_sees_it_then_all_members_and_never_charlie(
    which: str, cast: Cast, browser_of: Browser, upload: Upload
) -> None:
    attachment = upload(cast.alice)
    door = f"/files/{attachment.pk}/{which}"

    def seen() -> list[int]:
        people = (cast.alice, cast.bob, cast.vera, cast.charlie)
        return [browser_of(each).get(door).status_code for each in people]

    assert seen() == [200, 404, 404, 404]
    shared(cast, attachment)
    assert seen() == [200, 200, 200, 404]
    Conversation.objects.get(pk=cast.conversation.pk).dismiss(cast.bob)
    assert seen() == [200, 404, 200, 404]
    assert Client().get(door).status_code == 302
    assert browser_of(cast.charlie).get(f"/files/{uuid.uuid4()}/{which}").status_code == 404


def test_ada_sees_it_as_a_reviewer_and_that_is_noted(cast: Cast, browser_of: Browser, upload: Upload) -> None:
    attachment = upload(cast.alice, TEXT, "notes.txt")
    door = f"/files/{attachment.pk}/"
    assert browser_of(cast.ada).get(door).status_code == 404
    shared(cast, attachment)
    assert browser_of(cast.alice).get(door).status_code == 200
    assert not AuditEntry.objects.exists()
    assert body_of(browser_of(cast.ada).get(door)).encode() == TEXT
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.conversation) == (cast.ada, "conversation.read", cast.conversation.pk)
    assert entry.detail["attachment"] == str(attachment.pk)


@pytest.mark.parametrize(
    ("data", "name", "kind", "begins"),
    [
        (picture(), "photo.png", "image/png", "inline"),
        (b"<script>alert(1)</script>", "page.html", "text/plain; charset=utf-8", "attachment"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "x.svg", "text/plain; charset=utf-8", "attachment"),
        (document("Words"), "report.pdf", "application/pdf", "attachment"),
    ],
)  # fmt: skip
def test_a_browser_makes_no_page_of_it(
    data: bytes, name: str, kind: str, begins: str, alice: User, browser_of: Browser, upload: Upload
) -> None:
    attachment = upload(alice, data, name)
    for method in ("get", "head"):
        response = getattr(browser_of(alice), method)(f"/files/{attachment.pk}/")
        assert response.status_code == 200
        assert response["Content-Type"] == kind
        assert response["Content-Disposition"].startswith(begins)
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"].startswith("private")
        assert int(response["Content-Length"]) == attachment.size_bytes


def test_a_name_breaks_out_of_no_header(alice: User, browser_of: Browser, upload: Upload) -> None:
    attachment = upload(alice, TEXT, 'x".html\r\nSet-Cookie: a=b; ü.txt')
    said = browser_of(alice).get(f"/files/{attachment.pk}/")["Content-Disposition"]
    assert "\n" not in said
    assert said.startswith("attachment; filename*=utf-8''x%22.html")


def test_a_text_can_be_read_in_another_encoding_by_its_uploader_until_it_is_sent(
    cast: Cast, browser_of: Browser, upload: Upload
) -> None:
    data = "Дата;Сумма\n2026-01-03;1200,50\n".encode("cp1251")
    mine = upload(cast.alice, data, "report.csv")
    assert mine.as_part()["encoding"] == "cp1251"
    door = f"/files/{mine.pk}/encoding/"

    def status(user: User, encoding: str) -> int:
        status: int = browser_of(user).post(door, {"encoding": encoding}).status_code
        return status

    changed = browser_of(cast.alice).post(door, {"encoding": "koi8-r"})
    part = json.loads(changed.content)
    assert (changed.status_code, part["encoding"], part["id"]) == (200, "koi8-r", str(mine.pk))
    mine.refresh_from_db()
    assert mine.text == data.decode("koi8-r")
    assert [status(cast.charlie, "cp1251"), status(cast.bob, "cp1251"), status(cast.alice, "utf-7")] == [404, 404, 404]
    # The file itself stays as it was given.
    assert b"".join(browser_of(cast.alice).get(f"/files/{mine.pk}/")) == data
    shared(cast, mine)
    assert status(cast.alice, "cp1251") == 404
    mine.refresh_from_db()
    assert mine.encoding == "koi8-r"


def test_what_is_no_text_has_no_encoding(alice: User, browser_of: Browser, upload: Upload) -> None:
    text, photo = upload(alice, TEXT, "a.txt"), upload(alice)
    for row, status in ((text, 200), (photo, 404)):
        answer = browser_of(alice).post(f"/files/{row.pk}/encoding/", {"encoding": "cp1252"})
        assert answer.status_code == status


def test_reading_time_of_an_hour_has_a_limit_for_each_person(
    alice: User, bob: User, browser_of: Browser, upload: Upload
) -> None:
    upload(alice, TEXT, "a.txt")
    hours = [int(time.time()) // 3600 + ahead for ahead in (0, 1)]  # the next may begin before the request comes
    spent = [cache.get(f"reading.{alice.pk}.{hour}") for hour in hours]
    assert any(milliseconds and milliseconds > 0 for milliseconds in spent)
    for hour in hours:
        cache.set(f"reading.{alice.pk}.{hour}", CPU_SECONDS_AN_HOUR * 1000 + 1)
    refused = post(browser_of(alice), TEXT, "b.txt")
    assert (refused.status_code, json.loads(refused.content)["code"]) == (429, "hour_full")
    assert post(browser_of(bob), TEXT, "b.txt").status_code == 201


def test_scanned_pages_are_shown_to_members_stored_with_the_file_and_gone_with_it(
    cast: Cast, browser_of: Browser, upload: Upload
) -> None:
    scan = shared(cast, upload(cast.alice, document("Words", "", ""), "scan.pdf"))
    assert scan.as_part() | {"id": "", "size_bytes": 0} == {
        "type": "attachment", "id": "", "name": "scan.pdf", "media_type": "application/pdf", "kind": "pdf", "size_bytes": 0,
        "width": None, "height": None, "count": 3, "scans": [2, 3],
    }  # fmt: skip
    assert scan.scan_bytes > 0

    def seen(door: str) -> list[int]:
        people = (cast.alice, cast.bob, cast.vera, cast.charlie)
        return [browser_of(each).get(f"/files/{scan.pk}/{door}").status_code for each in people]

    assert seen("page/2/") == seen("text/") == [200, 200, 200, 404]
    assert seen("page/1/") == seen("page/4/") == [404, 404, 404, 404]
    page = browser_of(cast.bob).get(f"/files/{scan.pk}/page/3/")
    assert (page["Content-Type"], b"".join(page)[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    text = browser_of(cast.bob).get(f"/files/{scan.pk}/text/")
    assert (text["Content-Type"], text.content.decode()) == ("text/plain; charset=utf-8", scan.text)
    twin = scan._copy_for(cast.alice)
    assert browser_of(cast.alice).get(f"/files/{twin.pk}/page/3/").status_code == 200
    names = [name for name in stored() if scan.pk.hex in name]
    assert [name.rpartition(".")[2] for name in names] == ["page2", "page3", "whole"]


def test_one_takes_back_what_one_has_not_sent_and_nothing_else(cast: Cast, browser_of: Browser, upload: Upload) -> None:
    mine, sent = upload(cast.alice), upload(cast.alice)
    shared(cast, sent)
    assert browser_of(cast.charlie).delete(f"/files/{mine.pk}/").status_code == 404
    assert browser_of(cast.alice).delete(f"/files/{sent.pk}/").status_code == 404
    assert Attachment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_with_the_row_go_its_bytes(cast: Cast, browser_of: Browser, upload: Upload) -> None:
    taken_back, sent = upload(cast.alice), upload(cast.alice)
    shared(cast, sent)
    assert len(stored()) == 4
    assert browser_of(cast.alice).delete(f"/files/{taken_back.pk}/").status_code == 204
    assert len(stored()) == 2
    Conversation.objects.get(pk=cast.conversation.pk).delete()
    assert (stored(), Attachment.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_no_message_has_after_a_day_is_cleared_away(cast: Cast, upload: Upload) -> None:
    old, young, sent = upload(cast.alice), upload(cast.alice), upload(cast.alice)
    shared(cast, sent)
    long_ago = timezone.now() - timedelta(hours=25)
    Attachment.objects.filter(pk__in=[old.pk, sent.pk]).update(created_at=long_ago)
    assert Attachment.purge() == 1
    assert set(Attachment.objects.values_list("pk", flat=True)) == {young.pk, sent.pk}
    assert not any(old.pk.hex in name for name in stored())


def test_bytes_that_are_gone_are_not_found(alice: User, browser_of: Browser, upload: Upload) -> None:
    attachment = upload(alice)
    assert browser_of(alice).get(f"/files/{attachment.pk}/").status_code == 200
    files.remove(attachment.pk, attachment.blobs)
    assert browser_of(alice).get(f"/files/{attachment.pk}/").status_code == 404


def parts_of(message: int) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = Message.objects.get(pk=message).parts
    return parts


def test_a_message_has_its_files_before_its_words(cast: Cast, upload: Upload) -> None:
    one, two = upload(cast.alice, name="one.png"), upload(cast.alice, TEXT, "two.txt")
    where: dict[str, Any] = {"conversation": cast.conversation.pk, "parent": cast.answer.pk}
    posted = post_with(cast.alice, "client-a", "Look.", attachments=[two.pk, one.pk], **where)
    kinds = [(part["type"], part.get("name") or part["text"]) for part in parts_of(posted.message)]
    assert kinds == [("attachment", "two.txt"), ("attachment", "one.png"), ("text", "Look.")]
    again = post_with(cast.alice, "client-a", "Look.", attachments=[two.pk, one.pk], **where)
    assert (again.message, again.is_new) == (posted.message, False)


def test_a_file_alone_is_a_message_and_names_the_conversation(alice: User, upload: Upload) -> None:
    attachment = upload(alice, name="floor plan.png")
    posted = post_with(alice, "client-a", "", attachments=[attachment.pk])
    assert [part["type"] for part in parts_of(posted.message)] == ["attachment"]
    assert Conversation.objects.get(pk=posted.conversation).title == "floor plan.png"


def test_nobody_sends_another_ones_file_nor_one_twice(cast: Cast, upload: Upload) -> None:
    alices = upload(cast.alice)

    for conversation in (None, cast.conversation.pk):
        with pytest.raises(RefusalError) as caught:
            send(cast.bob, "client-b", "x", attachments=[alices.pk], conversation=conversation)
        assert caught.value.code == "not_found"
    send(cast.alice, "client-a", "x", attachments=[alices.pk])
    with pytest.raises(RefusalError):
        send(
            cast.alice, "client-2", "x", attachments=[alices.pk]
        )  # an attachment of another conversation cannot be used in a new one
    with pytest.raises(RefusalError):
        send(cast.charlie, "client-c", "x", attachments=[alices.pk])


def test_an_edit_keeps_a_file_as_a_copy_of_its_own(
    cast: Cast, upload: Upload, browser_of: Callable[..., Client]
) -> None:
    attachment = shared(cast, upload(cast.alice))
    where: dict[str, Any] = {"conversation": cast.conversation.pk, "parent": cast.answer.pk}
    edit = post_with(cast.alice, "client-a", "Better.", attachments=[attachment.pk], **where)
    kept = Attachment.objects.get(message=edit.message)
    assert kept.pk != attachment.pk
    assert parts_of(edit.message)[0] == attachment.as_part() | {"id": str(kept.pk)}
    assert files.read_all(kept.pk) == files.read_all(attachment.pk) != b""
    assert browser_of(cast.bob).get(f"/files/{kept.pk}/small/").status_code == 200


def test_an_edit_brings_nothing_back_from_the_trash_and_no_more_than_a_day_allows(
    cast: Cast, upload: Upload, settings: Any
) -> None:
    attachment = shared(cast, upload(cast.alice))
    where: dict[str, Any] = {"conversation": cast.conversation.pk, "parent": cast.answer.pk}
    send(cast.bob, "client-b", "Once.", attachments=[attachment.pk], **where)
    # A copy needs as many bytes on the disk as the file itself.
    settings.MAX_ATTACHMENT_BYTES_PER_DAY = 2 * attachment.size_bytes - 1
    with pytest.raises(RefusalError) as caught:
        send(cast.bob, "client-c", "Twice.", attachments=[attachment.pk], **where)
    assert caught.value.code == "day_full"
    settings.MAX_ATTACHMENT_BYTES_PER_DAY *= 9
    Message.objects.filter(attachments=attachment).update(trashed_at=timezone.now())
    with pytest.raises(RefusalError) as caught:
        send(cast.bob, "client-d", "Back.", attachments=[attachment.pk], **where)
    assert caught.value.code == "not_found"
    assert len(stored()) == 4


def test_what_a_file_says_is_found_from_when_it_is_posted_by_members_alone(cast: Cast, upload: Upload) -> None:
    def found(user: User, words: str) -> list[int]:
        # With 0 the database's index is used, otherwise the texts are read.
        asked = [search.find(user, words, few=few)["items"] for few in (0, 2000)]
        assert asked[0] == asked[1]
        return [item["message"] for item in asked[0] if item["message"]]

    attachment = upload(cast.alice, b"The wombat sleeps.", "zoo-list.txt")
    assert found(cast.alice, "wombat") == []
    shared(cast, attachment)
    message = Attachment.objects.get().message_id
    for words in ("wombat", "zoo-list.txt"):
        assert [found(person, words) for person in (cast.alice, cast.vera, cast.charlie, cast.ada)] == [
            [message],
            [message],
            [],
            [],
        ]
    Message.objects.filter(pk=message).update(trashed_at=timezone.now())
    assert found(cast.alice, "wombat") == []


@pytest.mark.django_db(transaction=True)
def test_files_wait_with_their_message_and_go_out_with_it(cast: Cast, upload: Upload) -> None:
    first, waiting = upload(cast.alice), upload(cast.alice, TEXT, "notes.txt")
    where: dict[str, Any] = {"conversation": cast.conversation.pk}
    running = post_with(cast.alice, "client-a", "One.", attachments=[first.pk], parent=cast.answer.pk, **where)
    queued = send(cast.alice, "client-b", "", attachments=[waiting.pk], parent=running.answer, **where)
    assert isinstance(queued, Queued)
    assert QueuedMessage.objects.get().as_json()["attachments"] == [waiting.as_part()]
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=3))
    Attachment.purge()
    answered(running.run.pk)
    posted = queueing.release(running.answer, "a process", policy.may_write)
    assert posted is not None
    assert [part["name"] for part in parts_of(posted.message)] == ["notes.txt"]
    assert Attachment.objects.get(pk=waiting.pk).message_id == posted.message
