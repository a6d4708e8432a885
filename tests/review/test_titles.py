"""A title is the first words of a conversation: only who may read sees it, and each page of a list is in the audit trail."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from chat.models import AuditEntry, Run, ToolCall, User
from tests.cast import Cast
from tests.review.conftest import Browser

LISTS = ("conversation", "message", "run", "toolcall")
TITLE = "On black sheep"


@pytest.fixture(autouse=True)
def _titled(cast: Cast) -> None:
    cast.conversation.rename(TITLE)
    ToolCall.objects.create(message=cast.answer, index=0, tool="calculator", arguments="1", status="done")


def pages(cast: Cast) -> list[str]:
    """The four lists, a run, and the history of everything that has a title."""
    return [
        *(reverse(f"admin:chat_{name}_changelist") for name in LISTS),
        reverse("admin:chat_run_change", args=[Run.objects.get().pk]),
        *(
            reverse(f"admin:chat_{name}_history", args=[pk])
            for name, pk in (("conversation", cast.conversation.pk), ("run", cast.run.pk))
        ),
    ]


def test_staff_who_may_not_read_see_no_title(cast: Cast, sam: User, browser_of: Browser, ada_browser: Client) -> None:
    views = [f"view_{name}" for name in LISTS if name != "message"]
    sam.user_permissions.set(Permission.objects.filter(codename__in=views, content_type__app_label="chat"))
    client, opened = browser_of(sam), 0
    for address in pages(cast):
        answer = client.get(address)
        opened += answer.status_code == 200
        assert TITLE not in answer.content.decode(), address
    assert opened >= 4
    assert str(cast.conversation.pk)[:8] in client.get(pages(cast)[0]).content.decode()
    assert not AuditEntry.objects.filter(actor=sam).exists()
    assert TITLE in ada_browser.get(pages(cast)[0]).content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_a_page_of_titles_is_noted_once_with_the_conversations_on_it(
    cast: Cast, ada_browser: Client, name: str
) -> None:
    page = ada_browser.get(reverse(f"admin:chat_{name}_changelist"))
    assert TITLE in page.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (cast.ada, "conversation.listed")
    assert entry.detail["list"] == name
    assert entry.detail["conversations"] == [str(cast.conversation.pk)]


def test_ones_own_titles_are_not_noted(cast: Cast, browser_of: Browser) -> None:
    User.objects.filter(pk=cast.alice.pk).update(is_staff=True, is_superuser=True)
    cast.alice.refresh_from_db()
    assert TITLE in browser_of(cast.alice).get(reverse("admin:chat_conversation_changelist")).content.decode()
    assert not AuditEntry.objects.exists()
