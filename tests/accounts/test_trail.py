"""Sign-ins, failed ones and every change to an account's security are in the audit trail, without any secret."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from chat.accounts.trail import ACTIONS
from chat.admin.audit import WORDS
from chat.models import AuditEntry, User
from tests.accounts.test_sign_in import LOGIN, code_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def trail(user: User) -> list[str]:
    return list(AuditEntry.objects.filter(actor=user).order_by("pk").values_list("action", flat=True))


def test_a_sign_in_and_a_failed_one_are_noted(client: Client, alice: User, charlie: User) -> None:
    client.post(LOGIN, {"login": "Alice", "password": "not this one"}, REMOTE_ADDR="192.0.2.7")
    client.post(LOGIN, {"login": "alice", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    assert trail(alice) == ["account.sign_in_failed", "account.signed_in"]
    assert {entry.detail["ip"] for entry in AuditEntry.objects.all()} == {"192.0.2.7"}
    assert trail(charlie) == []


def test_what_is_typed_into_the_field_for_the_name_is_not_kept(client: Client, alice: User) -> None:
    client.post(LOGIN, {"login": "my secret phrase", "password": "not this one"})
    assert not AuditEntry.objects.exists()


def test_changes_of_password_and_second_factor_are_noted(
    client: Client, alice: User, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]]
) -> None:
    client.post(LOGIN, {"login": "alice", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    elsewhere = Client()
    elsewhere.post(LOGIN, {"login": "alice", "password": PASSWORD})
    elsewhere.post("/account/2fa/authenticate/", {"code": "000000"})
    client.post("/account/2fa/totp/deactivate/")
    new = "an entirely new phrase"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert list(dict.fromkeys(trail(alice))) == [
        "account.signed_in",
        "account.factor_added",
        "account.factor_failed",
        "account.factor_removed",
        "account.password_changed",
    ]
    kept = str(list(AuditEntry.objects.values()))
    assert secret not in kept
    assert new not in kept


def test_the_administration_has_words_for_every_action() -> None:
    assert set(ACTIONS) | {"account.sign_in_failed", "invitation.used"} <= set(WORDS)
