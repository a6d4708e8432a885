"""A stolen session does not become the account: what signs a person in changes after a fresh sign-in only."""

from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from chat.models import User
from tests.accounts.test_sign_in import LOGIN
from tests.conftest import PASSWORD, sign_in_again

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.with_mail")]
NEW = "an entirely new phrase"
# What a door may be sent: the fields of all forms at once, with each of the buttons of the page of addresses.
FIELDS = {
    "email": "eve@example.org", "password1": NEW, "password2": NEW, "oldpassword": "a guess of the old one", "password": "a guess",
    "code": "000000", "account": "1", "name": "eve's key", "credential": "{}", "login": "eve", "username": "eve",
}  # fmt: skip
BUTTONS = ("action_add", "action_remove", "action_primary", "action_send")


def doors(urls: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for each in urls:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from doors(each.url_patterns, here)
        elif here.startswith("account/"):
            yield here


def address(door: str) -> str:
    """The door with something in its placeholders."""
    for gap, value in (("<int:pk>", "1"), ("^confirm-email/(?P<key>[-:\\w]+)/$", "confirm-email/a/")):
        door = door.replace(gap, value)
    door = door.replace("^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", "password/reset/key/1-a/")
    return "/" + door.replace("^(?P<provider_id>[^/]+)/", "oidc/").replace("<provider_id>", "oidc")


def state(user: User) -> list[object]:
    """Everything that decides who can sign in as this person."""
    user.refresh_from_db()
    return [
        user.password, user.email, user.username,
        list(EmailAddress.objects.order_by("pk").values()),
        list(Authenticator.objects.order_by("pk").values("pk", "type", "data")),
        list(SocialAccount.objects.order_by("pk").values("pk", "uid")),
    ]  # fmt: skip


def with_password(user: User) -> None:
    EmailAddress.objects.create(user=user, email="alice@example.org", primary=True, verified=True)
    EmailAddress.objects.create(user=user, email="eve@example.org")


def with_factor(user: User) -> None:
    with_password(user)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(user)


def with_provider(user: User) -> None:
    with_password(user)
    user.set_unusable_password()
    user.save()
    SocialAccount.objects.create(user=user, provider="oidc", uid="alice")


KINDS: list[Callable[[User], None]] = [with_password, with_factor, with_provider]


@pytest.mark.parametrize("kind", KINDS)
def test_no_door_changes_the_account_with_an_old_sign_in(alice: User, settings, kind: Callable[[User], None]) -> None:  # type: ignore[no-untyped-def]
    settings.OIDC_SERVER_URL = "https://id.example"
    kind(alice)
    found = sorted(set(doors(get_resolver().url_patterns)))
    assert len(found) > 25
    before, client = state(alice), Client()
    for door in found:
        for button in BUTTONS:
            client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
            answer = client.post(address(door), {**FIELDS, button: ""})
            assert answer.status_code < 500, door
            assert state(alice) == before, door


@pytest.mark.parametrize(
    "door", ["account/email/", "account/2fa/totp/activate/", "account/2fa/recovery-codes/generate/"]
)
def test_a_fresh_sign_in_opens_what_an_old_one_does_not(client: Client, alice: User, door: str) -> None:
    with_factor(alice) if "recovery" in door else with_password(alice)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    form = {"email": "new@example.org", "action_add": ""}
    assert client.post(f"/{door}", form)["Location"].startswith("/account/reauthenticate/")
    page = client.get(f"/account/reauthenticate/?next=/{door}")
    assert b"Confirm that it is you" in page.content
    assert (b"/account/2fa/reauthenticate/" in page.content) == ("recovery" in door)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert "reauthenticate" not in client.post(f"/{door}", form).get("Location", "")


def test_somebody_whom_only_the_provider_knows_signs_in_there_again(client: Client, alice: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.OIDC_SERVER_URL = "https://id.example"
    with_provider(alice)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    for door in ("/account/password/set/", "/account/2fa/totp/activate/"):
        assert client.post(door, FIELDS)["Location"].startswith("/account/oidc/oidc/login/?next=%2Faccount%2F")
    sign_in_again(client, alice)
    assert client.get("/account/password/set/").status_code == 200


def test_an_address_that_was_not_confirmed_becomes_neither_primary_nor_the_way_to_a_new_password(
    client: Client, alice: User, charlie: User
) -> None:
    with_password(alice)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    EmailAddress.objects.filter(email="alice@example.org").update(verified=False, primary=False)
    client.post("/account/email/", {"email": "eve@example.org", "action_primary": ""})
    assert not EmailAddress.objects.filter(primary=True).exists()
    Client().post("/account/password/reset/", {"email": "eve@example.org"})
    assert not any("/account/password/reset/key/" in str(sent.body) for sent in mail.outbox)
    EmailAddress.objects.filter(email="eve@example.org").update(verified=True)
    client.post("/account/email/", {"email": "eve@example.org", "action_primary": ""})
    assert EmailAddress.objects.get(primary=True).email == "eve@example.org"
    Client().post("/account/password/reset/", {"email": "eve@example.org"})
    assert "/account/password/reset/key/" in str(mail.outbox[-1].body)


def test_the_old_address_hears_of_a_new_password_and_a_new_address(client: Client, alice: User) -> None:
    with_password(alice)
    EmailAddress.objects.filter(email="eve@example.org").update(verified=True)
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    client.post("/account/reauthenticate/", {"password": NEW})
    client.post("/account/email/", {"email": "eve@example.org", "action_primary": ""})
    heard = [sent.subject for sent in mail.outbox if sent.to == ["alice@example.org"]]
    assert len(heard) == 2
    assert all(subject.startswith("[Parley] ") for subject in heard)


@pytest.mark.urls("chatsite.urls")
def test_without_mail_there_is_no_page_of_addresses(client: Client, alice: User) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    assert client.get("/account/password/change/").status_code == 200
    assert client.get("/account/email/").status_code == 404
    assert client.post("/account/email/", {"email": "eve@example.org", "action_add": ""}).status_code == 404
