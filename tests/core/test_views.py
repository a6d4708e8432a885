"""The page: a shell for members, 404 for everybody else, and no view that changes anything on GET (C14)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chat.models import User
from tests.cast import Cast
from tests.environment import set_upstream

pytestmark = pytest.mark.django_db
BrowserOf = Callable[[User], Client]


def page_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.mark.parametrize("role", ["owner", "editor", "viewer"])
def test_a_member_gets_the_page_of_a_conversation(role: str, cast: Cast, browser_of: BrowserOf) -> None:
    response = browser_of(cast.role(role)).get(f"/c/{cast.conversation.pk}/")
    assert response.status_code == 200
    data = page_data(response.content.decode())
    assert data["conversation"] == str(cast.conversation.pk)
    assert data["user"]["id"] == cast.role(role).pk
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("role", ["stranger", "administrator"])
def test_nobody_else_finds_it_and_missing_looks_the_same(role: str, cast: Cast, browser_of: BrowserOf) -> None:
    browser = browser_of(cast.role(role))
    # What is new in every page: the nonce, the token, and the address that was asked for.
    once = re.compile(rb'(?:nonce|csrfmiddlewaretoken" value|name="next" value)="[^"]*"')
    foreign, missing = browser.get(f"/c/{cast.conversation.pk}/"), browser.get(f"/c/{uuid.uuid4()}/")
    assert foreign.status_code == missing.status_code == 404
    assert once.sub(b"", foreign.content) == once.sub(b"", missing.content)
    assert "fold" not in foreign.content.decode()


def test_charlies_own_page_says_nothing_of_the_others(cast: Cast, browser_of: BrowserOf) -> None:
    html = browser_of(cast.charlie).get("/").content.decode()
    assert page_data(html)["conversation"] is None
    for secret in ("a fold", str(cast.conversation.pk), "alice"):
        assert secret not in html


@pytest.mark.parametrize("path", ["/", "/c/{}/"])
def test_visitors_without_an_account_sign_in_first(path: str, cast: Cast, client: Client) -> None:
    response = client.get(path.format(cast.conversation.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=/")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_page_takes_no_other_method(method: str, cast: Cast, browser_of: BrowserOf) -> None:
    assert getattr(browser_of(cast.alice), method)(f"/c/{cast.conversation.pk}/").status_code == 405


@pytest.mark.parametrize("pk", ["null", "1", "../admin", "0" * 36, "%00", "[]"])
def test_what_is_no_id_is_not_found(pk: str, cast: Cast, browser_of: BrowserOf) -> None:
    assert browser_of(cast.alice).get(f"/c/{pk}/").status_code == 404


def test_a_title_full_of_script_is_text(cast: Cast, browser_of: BrowserOf) -> None:
    cast.conversation.rename("</script><script>alert(1)</script><img src=x onerror=alert(2)>")
    html = browser_of(cast.alice).get(f"/c/{cast.conversation.pk}/").content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html


def test_no_key_is_in_the_page(cast: Cast, browser_of: BrowserOf, settings: Any) -> None:
    set_upstream(settings, "openai", key="sk-very-secret-key", models=("m",))
    html = browser_of(cast.ada).get("/").content.decode()
    assert [model["model"] for model in page_data(html)["models"]] == ["m"]
    assert "very-secret" not in html


def test_while_only_the_demo_answers_the_first_page_says_so_and_an_administrator_finds_the_way_out(
    cast: Cast, browser_of: BrowserOf, settings: Any
) -> None:
    settings.DEMO = "on"
    said, way_out = "You are talking to a demo", "/admin/chat/upstream/add/"
    ada, bob = (browser_of(person).get("/").content.decode() for person in (cast.ada, cast.bob))
    assert said in ada
    assert way_out in ada
    assert said in bob
    assert way_out not in bob
    set_upstream(settings, "openai", key="sk-key", models=("m",))
    assert said not in browser_of(cast.ada).get("/").content.decode()
