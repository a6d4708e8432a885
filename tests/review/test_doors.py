"""Every page of the administration for every kind of visitor; pages are found from the URL patterns, so new ones count."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from chat.models import AuditEntry, Invitation, McpServer, ToolCall, ToolPolicy, Upstream, User
from tests.cast import Cast
from tests.review.conftest import Browser

SECRETS = ("What is a fold?", "Of course.")


@pytest.fixture
def doors(cast: Cast, browser_of: Browser) -> list[str]:
    """The address of each page, with existing rows in it."""
    upstream = Upstream.objects.create(slug="far", name="Far", format="openai", base_url="https://far.example")
    invitation, _ = Invitation.issue(created_by=cast.ada)
    entry = AuditEntry.objects.create(actor=cast.ada, action="conversation.read", conversation=cast.conversation.pk)
    call = ToolCall.objects.create(
        message=cast.answer, index=0, tool="calculator", arguments="What is a fold?", status="done"
    )
    server = McpServer.objects.create(slug="far", name="Far", url="https://far.example/mcp")
    behind = {
        "conversation": cast.conversation.pk, "message": cast.answer.pk, "run": cast.run.pk, "user": cast.alice.pk,
        "toolpolicy": ToolPolicy.objects.get(tool="calculator").pk, "toolcall": call.pk,
        "mcpserver": server.pk, "upstream": upstream.pk, "invitation": invitation.pk, "auditentry": entry.pk,
    }  # fmt: skip
    values = {"source": "row", "slug": "far", "app_label": "chat", "content_type_id": 1, "url": "nowhere"}
    return [address(pattern, behind, values) for pattern in patterns(admin.site.get_urls())]


def patterns(urls: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    """The (address with placeholders, name) of every pattern."""
    for each in urls:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns, here)
        else:
            yield here, each.name or ""


def address(pattern: tuple[str, str], behind: dict[str, object], values: dict[str, object]) -> str:
    path, _ = pattern
    if "(?P<" in path:  # the two that Django writes as regular expressions
        return reverse("admin:index") + ("chat/" if "app_label" in path else "nowhere")
    model = path.split("/")[1] if path.count("/") > 1 else ""
    for gap in ("<path:object_id>", "<id>"):
        path = path.replace(gap, str(behind.get(model, 1)))
    for name, value in values.items():
        for kind in ("str:", "slug:", "int:", "path:", ""):
            path = path.replace(f"<{kind}{name}>", str(value))
    return reverse("admin:index") + path


def test_there_are_doors(doors: list[str]) -> None:
    assert len(doors) > 40
    assert not [door for door in doors if "<" in door or "(" in door]


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_comes_in_without_signing_in(doors: list[str], method: str) -> None:
    client = Client()
    for door in doors:
        response = getattr(client, method)(door)
        assert response.status_code == 302, door
        assert response["Location"].startswith(("/admin/login/?next=", "/account/login/?next=", "/admin/")), door
        followed = client.get(door, follow=True)
        assert followed.redirect_chain[-1][0].startswith("/account/login/"), door


@pytest.mark.parametrize("method", ["get", "post"])
def test_charlie_finds_nothing(doors: list[str], charlie: User, browser_of: Browser, method: str) -> None:
    client = browser_of(charlie)
    for door in doors:
        assert getattr(client, method)(door).status_code == 404, door
    assert not AuditEntry.objects.filter(actor=charlie).exists()


def test_a_member_finds_nothing_either(doors: list[str], alice: User, browser_of: Browser) -> None:
    assert {browser_of(alice).get(door).status_code for door in doors} == {404}


def test_ada_comes_in(doors: list[str], ada: User, browser_of: Browser) -> None:
    client = browser_of(ada)
    answers = {door: client.get(door).status_code for door in doors}
    assert {door: code for door, code in answers.items() if code >= 500} == {}
    assert answers["/admin/"] == answers["/admin/chat/conversation/"] == 200
    # The rest is closed to her, too: nobody edits or deletes the record.
    refused = {door for door, code in answers.items() if code == 403}
    for model in ("conversation", "message", "run", "auditentry"):
        assert f"/admin/chat/{model}/add/" in refused
        assert any(door.startswith(f"/admin/chat/{model}/") and door.endswith("/delete/") for door in refused)


def test_staff_without_permissions_see_an_empty_hall(
    doors: list[str], cast: Cast, sam: User, browser_of: Browser
) -> None:
    client = browser_of(sam)
    assert client.get("/admin/").status_code == 200
    for door in doors:
        if not door.startswith("/admin/chat/"):
            continue
        response = client.get(door)
        assert response.status_code in (302, 403, 404), door
        assert not any(secret in response.content.decode() for secret in SECRETS), door
    assert not AuditEntry.objects.filter(actor=sam).exists()


def test_a_deactivated_administrator_is_out(ada: User, ada_browser: Client) -> None:
    assert ada_browser.get("/admin/").status_code == 200
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert ada_browser.get("/admin/").status_code == 302


def test_signing_in_leads_back_to_the_door_and_nowhere_else(client: Client) -> None:
    wanted = client.get("/admin/login/?next=/admin/chat/run/")
    assert wanted["Location"] == "/account/login/?next=/admin/chat/run/"
    assert client.get("/admin/login/?next=https://evil.example/")["Location"] == "/account/login/?next=/admin/"


def test_pages_that_print_secrets_are_closed() -> None:
    labels = {model._meta.app_label for model in admin.site._registry}
    assert labels <= {"chat", "auth"}
