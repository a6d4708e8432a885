"""Nothing of a signed-in person stays in the browser: no page is stored, and signing out empties it."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chat.models import Invitation, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def plain_addresses(urls: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    """Every address without a placeholder."""
    found = []
    for each in urls:
        here = before + str(each.pattern)
        if "<" in here or "^" in here:
            continue
        found += plain_addresses(each.url_patterns, here) if isinstance(each, URLResolver) else [here]
    return found


def test_no_page_of_somebody_who_is_signed_in_is_stored(client: Client, ada: User) -> None:
    client.post("/account/login/", {"login": "ada", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    pages = 0
    for address in plain_addresses(get_resolver().url_patterns):
        answer = client.get(address)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            pages += 1
            assert answer.headers["Cache-Control"] == "no-store", address
        if not client.session.get("_auth_user_id"):
            client.post("/account/login/", {"login": "ada", "password": PASSWORD})
    assert pages > 25


def test_the_page_of_an_invitation_is_not_stored_either() -> None:
    _, token = Invitation.issue()
    assert "no-store" in Client().get(f"/join/{token}/")["Cache-Control"]


def test_signing_out_empties_the_browser(client: Client, alice: User) -> None:
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    assert "Clear-Site-Data" not in client.get("/account/logout/").headers
    assert client.post("/account/logout/")["Clear-Site-Data"] == '"cache", "storage"'
