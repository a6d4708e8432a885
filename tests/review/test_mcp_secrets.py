"""An MCP server's headers, environment and key in its address: write-only, sealed, and erased with their address."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.urls import reverse

from chat.models import AuditEntry, McpServer, ToolPolicy, User, sealed
from tests.review.conftest import Browser
from tests.review.test_mcp import connects, form
from tests.tools.conftest import SECRET, mcp_port

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["mcp_port"]

HEADERS = "X-Team: team-of-the-header\nX-Key: key-of-the-header"


def change(ada: User, browser_of: Browser, port: int, **changes: Any) -> str:
    """Save the one server's form with these changes; returns the form as it is afterwards."""
    page = reverse("admin:chat_mcpserver_change", args=[McpServer.objects.get().pk])
    fields = form(port, **{"secret": "", **changes})
    answer = browser_of(ada).post(page, fields, follow=True).content.decode()
    return answer + browser_of(ada).get(page).content.decode()


def test_headers_are_sent_and_never_shown_again(ada: User, browser_of: Browser, mcp_port: int) -> None:
    assert "Sums offers" in connects(ada, browser_of, mcp_port, headers=HEADERS)
    server = McpServer.objects.get()
    sent = {"Authorization": f"Bearer {SECRET}", "X-Team": "team-of-the-header", "X-Key": "key-of-the-header"}
    assert server.server().headers == sent
    assert "of-the-header" not in server.sealed_headers
    page = change(ada, browser_of, mcp_port, headers=f"X-Team: {sealed.KEPT}\nX-Key: another-value")
    assert f"X-Key: {sealed.KEPT}\nX-Team: {sealed.KEPT}" in page
    assert "of-the-header" not in page
    assert "another-value" not in page.split("<title>")[-1]
    assert McpServer.objects.get().server().headers == {**sent, "X-Key": "another-value"}
    change(ada, browser_of, mcp_port, headers="")
    assert McpServer.objects.get().server().headers == {"Authorization": f"Bearer {SECRET}"}


def test_another_address_erases_them_and_says_so(ada: User, browser_of: Browser, mcp_port: int) -> None:
    connects(ada, browser_of, mcp_port, headers=HEADERS)
    kept = f"X-Team: {sealed.KEPT}\nX-Key: {sealed.KEPT}"
    page = change(ada, browser_of, mcp_port, url=f"http://localhost:{mcp_port}/mcp", headers=kept)
    assert "The secrets for the earlier address or command were erased." in page
    assert McpServer.objects.get().server().headers == {}


def test_a_key_in_the_address_is_the_secret(ada: User, browser_of: Browser, mcp_port: int) -> None:
    url = f"http://127.0.0.1:{mcp_port}/mcp?team=a&apiKey="
    assert "Write {secret} in place of the key" in connects(ada, browser_of, mcp_port, url=f"{url}in-the-clear")
    connects(ada, browser_of, mcp_port, url=f"{url}{{secret}}", secret="key/with&signs")
    server = McpServer.objects.get().server()
    assert (server.url, server.headers) == (f"{url}key%2Fwith%26signs", {})
    assert server.source["address"] == f"{url}{{secret}}"


def test_a_program_has_its_environment_and_no_line_of_it_is_shown(
    ada: User, browser_of: Browser, settings: Any
) -> None:
    settings.MCP_STDIO = True
    program = "\n".join((sys.executable, "-m", "tests.tools.mcp_server", "--stdio"))
    fields = {
        "url": "",
        "secret": "",
        "command": program,
        "environment": "TOKEN=token-of-the-program",
        "timeout_seconds": 30,
    }
    assert "Sums offers" in connects(ada, browser_of, 0, **fields)
    server = McpServer.objects.get()
    assert server.server().environment == {"TOKEN": "token-of-the-program"}
    assert "token-of" not in server.sealed_environment
    page = change(ada, browser_of, 0, **{**fields, "environment": f"TOKEN={sealed.KEPT}"})
    assert f"TOKEN={sealed.KEPT}" in page
    assert "token-of" not in page
    assert McpServer.objects.get().server().environment == {"TOKEN": "token-of-the-program"}
    assert "were erased" in change(
        ada, browser_of, 0, **{**fields, "command": f"{program}\n-x", "environment": f"TOKEN={sealed.KEPT}"}
    )
    assert McpServer.objects.get().server().environment == {}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"headers": "no colon-of-the-header"}, "Line 1 is not of the form"),
        ({"headers": "X-Key: value\nbad name: of-the-header"}, "Line 2 is not of the form"),
        ({"headers": "X-Key: ümlaut-of-the-header"}, "The value of X-Key is missing, too long, or cannot be sent."),
        ({"headers": "X-Key:"}, "The value of X-Key is missing"),
        ({"environment": "1A=of-the-header"}, "Line 1 is not of the form"),
    ],
)
def test_what_cannot_be_sent_is_refused(changes: dict[str, Any], why: str, ada: User, browser_of: Browser) -> None:
    assert why in connects(ada, browser_of, 9, **changes)
    assert not McpServer.objects.exists()


def test_the_tools_that_models_are_offered_are_picked_on_its_page(
    ada: User, browser_of: Browser, mcp_port: int
) -> None:
    connects(ada, browser_of, mcp_port)
    page = (
        browser_of(ada).get(reverse("admin:chat_mcpserver_change", args=[McpServer.objects.get().pk])).content.decode()
    )
    assert page.count('name="tools"') == 7
    assert "5 of them are not offered to models." in change(
        ada, browser_of, mcp_port, tools=["sums__add", "sums__fail"]
    )
    on = ToolPolicy.objects.filter(tool__startswith="sums__", is_on=True).values_list("tool", flat=True)
    assert set(on) == {"sums__add", "sums__fail"}


def test_a_test_shows_what_it_offers_and_is_for_administrators(
    ada: User, alice: User, browser_of: Browser, mcp_port: int
) -> None:
    connects(ada, browser_of, mcp_port)
    page = reverse("admin:chat_mcpserver_test", args=["sums"])
    assert "It works." not in browser_of(ada).get(page).content.decode()
    shown = browser_of(ada).post(page).content.decode()
    for words in ("It works.", "7: add", "greet", "today", "Add before you multiply.", "MCP 20"):
        assert words in shown
    assert AuditEntry.objects.filter(action="mcpserver.tested").count() == 1
    McpServer.objects.update(url=f"http://127.0.0.1:{mcp_port}/nowhere")
    shown = browser_of(ada).post(page).content.decode()
    assert "It does not work yet." in shown
    assert "cannot be" in shown
    assert browser_of(alice).post(page).status_code == 404
    assert browser_of(ada).get(reverse("admin:chat_mcpserver_test", args=["other"])).status_code == 404
