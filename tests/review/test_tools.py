"""Administrators' rules for tools apply; calls are recorded, and reading them is audited."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chat.models import AuditEntry, ToolCall, ToolPolicy, User
from chat.runs.toolbox import toolbox_of
from chat.tools import TOOLS
from tests.cast import Cast
from tests.review.conftest import Browser

pytestmark = pytest.mark.django_db


def test_every_tool_has_its_row_with_its_own_defaults() -> None:
    rows = {policy.tool: policy for policy in ToolPolicy.objects.all()}
    assert rows.keys() == TOOLS.keys()
    assert {name: row.is_on for name, row in rows.items()} == {name: tool.is_on for name, tool in TOOLS.items()}


def test_a_tool_is_switched_on_in_the_list_and_offered_from_then_on(cast: Cast, browser_of: Browser) -> None:
    assert "read_web_page" not in toolbox_of(cast.run).offers
    rows = list(ToolPolicy.objects.order_by("tool"))
    form = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for number, row in enumerate(rows):
        rules = {"id": row.pk, "is_on": "on", "for_owners": "ask", "for_editors": "deny", "deciders": "owners"}
        form |= {f"form-{number}-{name}": value for name, value in rules.items()}
    assert browser_of(cast.ada).post(reverse("admin:chat_toolpolicy_changelist"), form).status_code == 302
    offer = toolbox_of(cast.run).offers["read_web_page"]
    assert (offer.rule, offer.deciders, offer.may_edit) == ("ask", "owners", False)
    cast.run.requested_by = cast.bob
    assert toolbox_of(cast.run).offers == {}, "what editors may never use is not offered to them"
    assert AuditEntry.objects.filter(actor=cast.ada, action="toolpolicy.changed").count() == len(rows)


def test_a_tool_is_neither_made_nor_deleted_by_hand(cast: Cast, browser_of: Browser) -> None:
    row = ToolPolicy.objects.get(tool="calculator")
    browser = browser_of(cast.ada)
    assert browser.get(reverse("admin:chat_toolpolicy_changelist")).status_code == 200
    assert browser.post(reverse("admin:chat_toolpolicy_add"), {"tool": "shell"}).status_code == 403
    assert browser.post(reverse("admin:chat_toolpolicy_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_a_call_is_listed_without_its_words_and_opening_it_is_noted(
    cast: Cast, browser_of: Browser, charlie: User
) -> None:
    call = ToolCall.objects.create(
        message=cast.answer, index=1, run=cast.run, requested_by=cast.alice, tool="calculator", arguments='{"expression": "1+1"}',
        status="done", decided_by=cast.bob, result_chars=1234,
    )  # fmt: skip
    browser = browser_of(cast.ada)
    listed = browser.get(reverse("admin:chat_toolcall_changelist")).content.decode()
    assert "calculator" in listed
    assert "1,234 characters" in listed
    assert "1+1" not in listed
    assert not AuditEntry.objects.filter(action="conversation.read").exists()
    opened = browser.get(reverse("admin:chat_toolcall_change", args=[call.pk])).content.decode()
    assert "1+1" in opened
    assert AuditEntry.objects.get(action="conversation.read").detail["tool_call"] == call.pk
    assert browser_of(charlie).get(reverse("admin:chat_toolcall_change", args=[call.pk])).status_code == 404
