"""Labels of the administration: breadcrumbs, one format of dates, words instead of codes."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from chat.models import AuditEntry, User

PAGES = {
    "chat/upstream/": "Upstreams",
    "chat/upstream/add/": "Upstreams",
    "chat/auditentry/": "Audit trail",
    "chat/invitation/add/": "Invitations",
}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_leads_back_to_the_administration(page: str, ada_browser: Client) -> None:
    html = ada_browser.get(f"/admin/{page}").content.decode()
    crumbs = re.search(r'<div class="breadcrumbs">(.*?)</div>', html, re.DOTALL)
    assert crumbs is not None
    words = re.sub("<[^>]+>", "", crumbs[1])
    assert words.startswith(f"Administration &rsaquo; {PAGES[page]}")


def test_the_audit_trail_counts_entries_and_says_in_words_what_was_done(ada: User, ada_browser: Client) -> None:
    for action in ("conversation.export", "something.else"):
        AuditEntry.objects.create(actor=ada, action=action)
    html = ada_browser.get("/admin/chat/auditentry/").content.decode()
    assert "2 entries" in html
    assert '<span title="conversation.export">Exported a conversation</span>' in html
    assert ">something.else</span>" in html


def test_the_audit_trail_says_which_rules_of_a_tool_were_changed(ada: User, ada_browser: Client) -> None:
    changed = {"name": "calculator", "fields": ["For owners", "For editors"]}
    AuditEntry.objects.create(actor=ada, action="toolpolicy.changed", detail=changed)
    html = ada_browser.get("/admin/chat/auditentry/").content.decode()
    assert '<span title="toolpolicy.changed">Changed a tool</span>' in html
    assert "name: calculator, fields: For owners · For editors" in html


def test_an_invitation_is_made_with_a_button_that_says_so_and_its_link_can_be_copied(ada_browser: Client) -> None:
    html = ada_browser.get("/admin/chat/invitation/add/").content.decode()
    assert 'value="Create the link"' in html
    assert 'value="Save"' not in html
    made = ada_browser.post("/admin/chat/invitation/add/", {"note": "Dora", "valid_days": "7"}).content.decode()
    assert 'id="copy-link"' in made
    assert re.search(r"Valid until \d{4}-\d\d-\d\d \d\d:\d\d\.", made)
