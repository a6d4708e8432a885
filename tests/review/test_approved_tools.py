"""A rule for an MCP server's tool holds for what the tool was when the rule was made, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from chat.models import McpServer, ToolPolicy
from chat.runs.toolbox import toolbox_of
from chat.tools.mcp.server import Catalog, Offered
from tests.cast import Cast
from tests.review.conftest import Browser

pytestmark = pytest.mark.django_db

TOOL = Offered("add", "Adds.", {"type": "object", "properties": {"a": {"type": "integer"}}})


def server(offered: Offered = TOOL, **about: Any) -> McpServer:
    """A server that was asked, and whose tool an administrator lets run by itself."""
    fields = {"slug": "sums", "name": "Sums", "url": "https://sums.example/mcp?team=one", **about}
    row = McpServer.objects.create(**fields)
    row.note_found(Catalog(tools=(offered,)))
    return row


def allow(cast: Cast, browser_of: Browser) -> str:
    """Let the tool run automatically, on its own page; returns that page as it was before."""
    policy = ToolPolicy.objects.get(tool="sums__add")
    page = reverse("admin:chat_toolpolicy_change", args=[policy.pk])
    before = browser_of(cast.ada).get(page).content.decode()
    rules = {"is_on": "on", "for_owners": "auto", "for_editors": "deny", "deciders": "writers", "may_edit": "on"}
    assert browser_of(cast.ada).post(page, rules).status_code == 302
    assert rule(cast) == "auto"
    return before


def rule(cast: Cast) -> str:
    return toolbox_of(cast.run).offers["sums__add"].rule


CHANGES: list[tuple[str, Any]] = [
    ("Adds, and deletes.", Offered("add", "Adds, and deletes.", TOOL.schema)),
    ("everything", Offered("add", "Adds.", {"type": "object", "properties": {"everything": {}}})),
]


@pytest.mark.parametrize(("shown", "offered"), CHANGES)
def test_a_changed_tool_asks_anew_and_shows_what_changed(
    shown: str, offered: Offered, cast: Cast, browser_of: Browser
) -> None:
    row = server()
    assert "changed since the rules were set" not in allow(cast, browser_of).lower()
    row.note_found(Catalog(tools=(TOOL,)))
    assert rule(cast) == "auto", "nothing has changed"
    row.note_found(Catalog(tools=(offered,)))
    assert rule(cast) == "ask"
    listed = browser_of(cast.ada).get(reverse("admin:chat_toolpolicy_changelist")).content.decode()
    assert "changed: requires approval" in listed
    page = allow(cast, browser_of)
    assert f'<del class="changes__text">{"Adds." if shown.startswith("Adds") else ""}' in page
    assert shown in page
    assert rule(cast) == "auto"


def test_another_address_asks_anew(cast: Cast, browser_of: Browser) -> None:
    row = server()
    allow(cast, browser_of)
    row.url = "https://elsewhere.example/mcp"
    row.save()
    assert rule(cast) == "ask"
    page = allow(cast, browser_of)
    assert "https://sums.example/mcp" in page
    row.url = "https://elsewhere.example/mcp?team=two"
    row.save()
    assert rule(cast) == "ask"


def test_a_server_that_is_added_again_is_another_one(cast: Cast, browser_of: Browser) -> None:
    first = server()
    allow(cast, browser_of)
    first.delete()
    assert "sums__add" not in toolbox_of(cast.run).offers
    server()
    assert rule(cast) == "ask"


def test_what_may_never_run_does_not_run_because_it_changed(cast: Cast, browser_of: Browser) -> None:
    row = server()
    allow(cast, browser_of)
    ToolPolicy.objects.filter(tool="sums__add").update(for_owners="deny")
    row.note_found(Catalog(tools=(CHANGES[0][1],)))
    assert "sums__add" not in toolbox_of(cast.run).offers


def test_saving_the_list_does_not_approve_what_it_does_not_show(cast: Cast, browser_of: Browser) -> None:
    row = server()
    allow(cast, browser_of)
    row.note_found(Catalog(tools=(CHANGES[0][1],)))
    rows = list(ToolPolicy.objects.order_by("tool"))

    def save(**changes: str) -> None:
        form = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
        for number, each in enumerate(rows):
            rules = {"id": each.pk, "is_on": "on", "for_owners": each.for_owners, "for_editors": each.for_editors}
            rules |= {"deciders": "owners"} | (changes if each.tool == "sums__add" else {})
            form |= {f"form-{number}-{name}": value for name, value in rules.items()}
        page = browser_of(cast.ada).post(reverse("admin:chat_toolpolicy_changelist"), form)
        assert page.status_code == 302

    save()
    assert rule(cast) == "ask"
    save(for_editors="auto")
    assert rule(cast) == "auto"
