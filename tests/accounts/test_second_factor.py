"""Where a second factor is required, nobody without one sees anything but the page that adds it."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from chat.models import User
from chat.policy import needs_second_factor
from chat.sockets.consumer import missing_factor
from tests.accounts.test_sign_in import LOGIN, code_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
PAGE = "/account/second-factor/"


@pytest.fixture
def everybody(settings) -> None:  # type: ignore[no-untyped-def]
    settings.REQUIRE_SECOND_FACTOR = "everybody"


def test_it_is_required_of_nobody_unless_the_site_says_so(client: Client, alice: User) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert client.get("/").status_code == 200
    assert client.get(PAGE)["Location"] == "/"


def test_a_person_is_led_through_and_then_let_in(client: Client, alice: User, everybody: None) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert client.get("/")["Location"] == PAGE
    page = client.get(PAGE)
    assert page.status_code == 200
    assert b"/account/2fa/totp/activate/" in page.content
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    done = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert done.status_code == 200
    assert client.get("/").status_code == 200
    assert client.get(PAGE)["Location"] == "/"
    client.post("/account/2fa/totp/deactivate/")
    assert client.get("/")["Location"] == PAGE


@pytest.mark.parametrize(
    "door", ["/", "/files/", "/admin/", "/account/email/", "/account/password/change/", "/manifest.webmanifest"]
)
def test_nothing_else_opens(ada: User, client: Client, everybody: None, door: str) -> None:
    client.post(LOGIN, {"login": "ada", "password": PASSWORD})
    for answer in (client.get(door), client.post(door, {"x": "y"})):
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert client.post("/account/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_recovery_codes_alone_are_no_factor(alice: User, everybody: None) -> None:
    RecoveryCodes.activate(alice)
    assert needs_second_factor(alice, {})
    Authenticator.objects.create(user=alice, type="webauthn", data={})
    assert not needs_second_factor(alice, {})


def test_it_can_be_required_of_administrators_and_staff_only(alice: User, ada: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    assert needs_second_factor(ada, {})
    assert not needs_second_factor(alice, {})
    alice.is_staff = True
    assert needs_second_factor(alice, {})


def test_the_provider_asks_those_who_come_by_single_sign_on(alice: User, everybody: None) -> None:
    by_password, by_provider = (
        {"account_authentication_methods": [{"method": way, "at": 1}]} for way in ("password", "socialaccount")
    )
    assert needs_second_factor(alice, by_password)
    assert not needs_second_factor(alice, by_provider)


def test_the_socket_is_refused_too(alice: User, settings) -> None:  # type: ignore[no-untyped-def]
    scope = {"user": alice, "session": {}}
    assert missing_factor(scope) is None
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    refusal = missing_factor(scope)
    assert refusal is not None
    assert refusal[0] == 4001
