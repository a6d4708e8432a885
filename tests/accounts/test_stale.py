"""A page from before a sign-in in another tab: it says so, keeps what was typed, and comes back by itself where it can."""

import pytest
from django.test import Client

from chat.models import Invitation, User
from tests.accounts.test_sign_in import LOGIN
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def fresh_token(browser: Client) -> str:
    return str(browser.get("/account/token/").json()["token"])


def signs_in(browser: Client) -> str:
    """Sign in as Alice; returns the token of the pages that were open before."""
    stale = fresh_token(browser)
    form = {"login": "alice", "password": PASSWORD, "csrfmiddlewaretoken": stale}
    assert browser.post(LOGIN, form, **OURS).status_code == 302
    return stale


def test_a_form_from_before_is_offered_again_with_what_was_typed(browser: Client, alice: User) -> None:
    stale = signs_in(browser)
    page = browser.post("/account/logout/", {"next": "/join/a/", "csrfmiddlewaretoken": stale}, **OURS)
    assert page.status_code == 403
    assert page["Cache-Control"] == "no-store"
    assert b'name="next" value="/join/a/"' in page.content
    assert b"DEBUG" not in page.content
    again = page.context["csrf_token"]
    assert browser.post("/account/logout/", {"csrfmiddlewaretoken": str(again)}, **OURS).status_code == 302
    assert "_auth_user_id" not in browser.session


def test_a_second_sign_in_form_leads_to_where_it_would_have_led(browser: Client, alice: User) -> None:
    stale = signs_in(browser)
    form = {"login": "alice", "password": PASSWORD, "csrfmiddlewaretoken": stale}
    assert browser.post(LOGIN, {**form, "next": "/c/1/"}, **OURS)["Location"] == "/c/1/"
    for elsewhere in ("https://evil.example/", "//evil.example/", ""):
        assert browser.post(LOGIN, {**form, "next": elsewhere}, **OURS)["Location"] == "/"


def test_a_form_of_another_site_is_not_offered(browser: Client, alice: User) -> None:
    signs_in(browser)
    for headers in ({}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"}):
        page = browser.post("/account/logout/", {"next": "/evil/"}, **headers)
        assert page.status_code == 403
        assert b"/evil/" not in page.content
        assert b"<form" not in page.content
    assert "_auth_user_id" in browser.session


def test_a_password_is_not_written_into_the_page(browser: Client) -> None:
    _, token = Invitation.issue()
    form = {"username": "dora", "password1": PASSWORD, "password2": PASSWORD, "csrfmiddlewaretoken": "x" * 32}
    page = browser.post(f"/join/{token}/", form, **OURS)
    assert page.status_code == 403
    assert PASSWORD not in page.content.decode()
    assert f'href="/join/{token}/"' in page.content.decode()


def test_an_upload_is_told_in_a_form_that_the_page_understands(browser: Client, alice: User) -> None:
    stale = signs_in(browser)
    body = {"data": b"x", "content_type": "application/octet-stream"}
    refused = browser.post("/files/", **body, headers={"X-CSRFToken": stale, "X-File-Name": "a.txt"})
    assert (refused.status_code, refused.json()["code"]) == (403, "stale_page")
    sent = browser.post("/files/", **body, headers={"X-CSRFToken": fresh_token(browser), "X-File-Name": "a.txt"})
    assert sent.status_code == 201
