"""In the administration, what gives or takes the power to sign in asks for a fresh sign-in first."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from chat.models import Invitation, User
from tests.conftest import PASSWORD, sign_in_again
from tests.review.conftest import Browser
from tests.review.test_people import INVITATIONS, USERS, save

AN_HOUR = 3600


@pytest.fixture
def old_browser(ada: User, browser_of: Browser) -> Client:
    """Ada's, who signed in an hour ago."""
    client = browser_of(ada)
    sign_in_again(client, ada, seconds_ago=AN_HOUR)
    return client


def asks(response: object) -> bool:
    return str(getattr(response, "headers", {}).get("Location", "")).startswith(
        "/account/reauthenticate/?next=%2Fadmin%2F"
    )


def test_an_old_sign_in_makes_nobody_an_administrator(alice: User, old_browser: Client, ada_browser: Client) -> None:
    assert asks(old_browser.get(f"{USERS}{alice.pk}/change/"))
    assert asks(save(old_browser, alice, is_superuser="on", is_staff="on"))
    assert asks(old_browser.post(f"{USERS}add/", {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}))
    alice.refresh_from_db()
    assert not alice.is_superuser
    save(ada_browser, alice, is_superuser="on", is_staff="on")
    alice.refresh_from_db()
    assert alice.is_superuser


def test_an_old_sign_in_sets_no_password_and_removes_no_second_factor(
    alice: User, old_browser: Client, ada_browser: Client
) -> None:
    Authenticator.objects.create(user=alice, type="totp", data={})
    door, new = reverse("admin:auth_user_password_change", args=[alice.pk]), "an entirely new phrase"
    form = {"password1": new, "password2": new, "usable_password": "true"}
    action = {"action": "remove_second_factor", "index": "0", "_selected_action": alice.pk}
    assert asks(old_browser.post(door, form))
    assert asks(old_browser.post(USERS, action))
    alice.refresh_from_db()
    assert not alice.check_password(new)
    assert Authenticator.objects.exists()
    ada_browser.post(door, form)
    ada_browser.post(USERS, action)
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert not Authenticator.objects.exists()


def test_an_old_sign_in_invites_nobody(old_browser: Client, ada_browser: Client) -> None:
    form = {"note": "Eve", "valid_days": "7", "is_administrator": "on"}
    assert asks(old_browser.get(f"{INVITATIONS}add/"))
    assert asks(old_browser.post(f"{INVITATIONS}add/", form))
    assert not Invitation.objects.exists()
    ada_browser.post(f"{INVITATIONS}add/", form)
    assert Invitation.objects.get().is_administrator


def test_the_password_leads_back_to_the_page(alice: User, old_browser: Client) -> None:
    page = f"{USERS}{alice.pk}/change/"
    asked = old_browser.get(page)["Location"]
    assert old_browser.post(asked, {"password": PASSWORD})["Location"] == page
    assert old_browser.get(page).status_code == 200


def test_lists_and_records_open_without_it(old_browser: Client) -> None:
    assert old_browser.get(USERS).status_code == 200
    assert old_browser.get("/admin/chat/auditentry/").status_code == 200
