"""The other ways in and around an account: allauth's pages in our templates, behind our rules."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from chat.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"


def test_a_person_signs_in_with_name_and_password(client: Client, alice: User) -> None:
    response = client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: Client, alice: User) -> None:
    wrong = client.post(LOGIN, {"login": "alice", "password": "not this one"})
    unknown = client.post(LOGIN, {"login": "nobody", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert "_auth_user_id" not in client.session


def test_a_deactivated_account_does_not_get_in(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_sign_in_leads_back_to_where_one_came_from_but_never_off_the_site(client: Client, alice: User) -> None:
    inside = client.post(f"{LOGIN}?next=/account/sessions/", {"login": "alice", "password": PASSWORD})
    assert inside["Location"] == "/account/sessions/"
    for hostile in ("https://evil.example/", "//evil.example/", r"\\evil.example", "javascript:alert(1)"):
        response = Client().post(LOGIN, {"login": "alice", "password": PASSWORD, "next": hostile})
        assert response.status_code == 302
        assert response["Location"] == "/"


def test_guessing_passwords_is_limited(alice: User) -> None:
    client = Client()
    for _ in range(5):
        client.post(LOGIN, {"login": "alice", "password": "not this one"})
    response = client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert response.status_code in (200, 429)


def test_sign_up_is_closed_unless_opened(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    form = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    settings.ENABLE_SIGNUP = True
    assert client.post("/account/signup/", form).status_code == 302
    settings.ENABLE_SIGNUP = False
    closed = Client().post("/account/signup/", {**form, "username": "mallory"})
    assert b"by invitation" in closed.content
    assert not User.objects.filter(username="mallory").exists()


def test_signing_out_needs_a_post(client: Client, alice: User) -> None:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/account/logout/")
    assert "_auth_user_id" in client.session
    client.post("/account/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", ["login/", "signup/", "password/reset/"])
def test_the_pages_before_signing_in_are_ours(client: Client, path: str) -> None:
    page = client.get(f"/account/{path}")
    assert page.status_code == 200
    assert b'class="wordmark"' in page.content
    assert b"require-trusted-types-for" in page["Content-Security-Policy"].encode()


@pytest.mark.parametrize(
    "path",
    ["password/change/", "2fa/", "2fa/webauthn/", "2fa/recovery-codes/generate/", "sessions/", "logout/", ""],
)
def test_the_pages_of_an_account_are_ours_and_only_for_its_owner(client: Client, alice: User, path: str) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    page = client.get(f"/account/{path}", follow=True)
    assert page.status_code == 200
    assert b'class="wordmark"' in page.content
    stranger = Client().get(f"/account/{path}")
    assert stranger.status_code == 302


def test_a_security_change_asks_for_the_password_again(client: Client, alice: User) -> None:
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/account/2fa/totp/activate/")
    assert response.status_code == 302
    assert response["Location"].startswith("/account/reauthenticate/")


def test_the_authenticator_app_page_shows_its_code(client: Client, alice: User) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/")
    assert page.status_code == 200
    assert b"data:image/svg+xml" in page.content


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_an_authenticator_app_is_asked_for_at_sign_in_and_its_secret_is_sealed(client: Client, alice: User) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    assert client.post("/account/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    # A code counts once, also for the one who just typed it; the cache remembers which.
    cache.clear()
    elsewhere = Client()
    halfway = elsewhere.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert halfway["Location"].startswith("/account/2fa/authenticate/")
    assert "_auth_user_id" not in elsewhere.session
    assert elsewhere.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in elsewhere.session
    elsewhere.post("/account/2fa/authenticate/", {"code": code_of(secret)})
    assert elsewhere.session["_auth_user_id"] == str(alice.pk)


def test_session_ends_are_for_ones_own_sessions(alice: User, bob: User) -> None:
    here, there, bobs = Client(), Client(), Client()
    for client, name in ((here, "alice"), (there, "alice"), (bobs, "bob")):
        client.post(LOGIN, {"login": name, "password": PASSWORD})
        client.get("/account/sessions/")
    here.post("/account/sessions/")
    assert there.get("/account/sessions/").status_code == 302
    assert bobs.get("/account/sessions/").status_code == 200
    assert here.get("/account/sessions/").status_code == 200


def test_a_forgotten_password_where_no_mail_can_be_sent_goes_to_a_person(client: Client, alice: User) -> None:
    page = client.get("/account/password/reset/")
    assert b"An administrator can set a new password" in page.content
    assert client.post("/account/password/reset/", {"email": "alice@example.org"}).status_code == 405
