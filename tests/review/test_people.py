"""People and invitations in the administration."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from chat.models import AuditEntry, Invitation, User
from tests.conftest import PASSWORD
from tests.review.conftest import Browser

USERS = "/admin/chat/user/"
INVITATIONS = "/admin/chat/invitation/"


def save(client: Client, user: User, **changes: Any) -> Any:
    data = {"username": user.username, "first_name": "", "last_name": "", "email": "", "is_active": "on"}
    if user.is_superuser:
        data |= {"is_staff": "on", "is_superuser": "on"}
    data |= changes
    return client.post(f"{USERS}{user.pk}/change/", {name: value for name, value in data.items() if value is not None})


def test_the_list_shows_the_standing_of_each_person(ada: User, alice: User, ada_browser: Client) -> None:
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "JBSWY3DP"})
    User.objects.filter(pk=alice.pk).update(is_active=False)
    page = ada_browser.get(USERS).content.decode()
    assert "authenticator app" in page
    assert "deactivated" in page
    assert "JBSWY3DP" not in page


def test_deactivating_is_noted_and_deleting_is_not_there(alice: User, ada_browser: Client) -> None:
    assert save(ada_browser, alice, is_active=None).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    assert AuditEntry.objects.get(action="user.changed").detail["fields"] == ["Active"]
    assert ada_browser.post(f"{USERS}{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    ada_browser.post(USERS, {"action": "delete_selected", "index": "0", "_selected_action": alice.pk, "post": "yes"})
    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.parametrize("right", ["is_active", "is_staff", "is_superuser"])
def test_nobody_locks_themselves_out(ada: User, ada_browser: Client, right: str) -> None:
    response = save(ada_browser, ada, **{right: None})
    assert "You cannot remove this from yourself" in response.content.decode()
    ada.refresh_from_db()
    assert ada.is_active
    assert ada.is_superuser


def test_a_name_in_another_case_is_taken(alice: User, charlie: User, ada_browser: Client) -> None:
    assert "This name is already taken" in save(ada_browser, charlie, username="ALICE").content.decode()


def test_a_new_name_has_the_letters_of_one_alphabet(charlie: User, ada_browser: Client) -> None:
    words = "Use the letters of one alphabet only."
    assert words in save(ada_browser, charlie, username="\u0430lice").content.decode()
    new = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert words in ada_browser.post(f"{USERS}add/", {**new, "username": "\u0430lice"}).content.decode()
    assert ada_browser.post(f"{USERS}add/", {**new, "username": "eve"}).status_code == 302
    User.objects.filter(pk=charlie.pk).update(username="\u0430lice")
    charlie.refresh_from_db()
    assert save(ada_browser, charlie, first_name="Charlie").status_code == 302, "an old name does not stand in the way"


def test_passwords_have_a_page_of_their_own(alice: User, ada_browser: Client) -> None:
    page = ada_browser.get(f"{USERS}{alice.pk}/change/").content.decode()
    assert alice.password not in page
    assert "md5" not in page
    door = reverse("admin:auth_user_password_change", args=[alice.pk])
    new = "an entirely new phrase"
    assert ada_browser.post(door, {"password1": new, "password2": new, "usable_password": "true"}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert AuditEntry.objects.filter(action="user.changed").exists()


def test_staff_give_nobody_powers_and_do_not_touch_administrators(
    ada: User, alice: User, sam: User, browser_of: Browser
) -> None:
    sam.user_permissions.set(Permission.objects.filter(content_type__app_label="chat", content_type__model="user"))
    client = browser_of(sam)
    assert save(client, alice, is_superuser="on", is_staff="on", first_name="Al").status_code == 302
    alice.refresh_from_db()
    assert alice.first_name == "Al"
    assert not alice.is_superuser
    assert not alice.is_staff
    for target in (ada, sam):
        assert save(client, target, username="gone").status_code == 403
        assert client.get(reverse("admin:auth_user_password_change", args=[target.pk])).status_code == 403
    assert save(client, sam, is_superuser="on").status_code == 403


def test_staff_neither_set_a_members_password_nor_change_the_address_that_a_reset_goes_to(
    alice: User, sam: User, ada_browser: Client, browser_of: Browser
) -> None:
    sam.user_permissions.set(Permission.objects.filter(content_type__app_label="chat", content_type__model="user"))
    door, new = reverse("admin:auth_user_password_change", args=[alice.pk]), "an entirely new phrase"
    form = {"password1": new, "password2": new, "usable_password": "true"}
    assert browser_of(sam).get(door).status_code == browser_of(sam).post(door, form).status_code == 403
    page = browser_of(sam).get(f"{USERS}{alice.pk}/change/")
    assert page.status_code == 200
    assert door not in page.content.decode()
    save(browser_of(sam), alice, email="sam@example.org")
    alice.refresh_from_db()
    assert not alice.email
    assert not alice.check_password(new)
    save(ada_browser, alice, email="alice@example.org")
    ada_browser.post(door, form)
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    assert alice.check_password(new)


def test_an_address_belongs_to_one_person(alice: User, charlie: User, ada_browser: Client) -> None:
    save(ada_browser, alice, email="alice@example.org")
    assert "Another person has this address" in save(ada_browser, charlie, email="Alice@example.org").content.decode()
    EmailAddress.objects.create(user=alice, email="al@example.org", verified=True)
    assert "Another person has this address" in save(ada_browser, charlie, email="al@example.org").content.decode()
    assert save(ada_browser, alice, email="al@example.org").status_code == 302
    assert save(ada_browser, charlie, email="charlie@example.org").status_code == 302


@pytest.mark.parametrize(
    "change", [{"is_active": None}, {"is_superuser": None}, {"is_superuser": None, "is_staff": None}]
)
def test_the_links_of_somebody_who_may_no_longer_invite_are_withdrawn(
    person: Callable[[str], User], ada_browser: Client, change: dict[str, Any]
) -> None:
    eve = person("eve")
    User.objects.filter(pk=eve.pk).update(is_staff=True, is_superuser=True)
    eve.refresh_from_db()
    for_member, for_administrator = (
        Invitation.issue(created_by=eve, is_administrator=power)[0] for power in (False, True)
    )
    assert save(ada_browser, eve, first_name="Eve").status_code == 302
    assert Invitation.objects.count() == 2
    save(ada_browser, eve, **change)
    assert Invitation.objects.count() == 0
    withdrawn = {entry.detail["object"] for entry in AuditEntry.objects.filter(action="invitation.deleted")}
    assert withdrawn == {str(for_member.pk), str(for_administrator.pk)}


def test_a_lost_second_factor_is_removed_by_administrators_only(
    alice: User, sam: User, ada_browser: Client, browser_of: Browser
) -> None:
    Authenticator.objects.create(user=alice, type="totp", data={})
    action = {"action": "remove_second_factor", "index": "0", "_selected_action": alice.pk}
    sam.user_permissions.set(Permission.objects.filter(content_type__app_label="chat", content_type__model="user"))
    browser_of(sam).post(USERS, action)
    assert Authenticator.objects.filter(user=alice).exists()
    ada_browser.post(USERS, action)
    assert not Authenticator.objects.filter(user=alice).exists()
    assert AuditEntry.objects.get(action="user.second_factor_removed").detail["name"] == "alice"


def test_an_invitations_link_is_shown_once_and_opens(ada: User, ada_browser: Client) -> None:
    response = ada_browser.post(f"{INVITATIONS}add/", {"note": "Grace", "valid_days": "1"})
    page = response.content.decode()
    assert response["Cache-Control"].count("no-store") == 1
    token = page.split("/join/")[1].split("/")[0]
    invitation = Invitation.objects.get()
    assert Invitation.find(token) == invitation
    assert (invitation.created_by, invitation.note, invitation.is_administrator) == (ada, "Grace", False)
    for address in (INVITATIONS, f"{INVITATIONS}{invitation.pk}/change/", "/admin/"):
        page = ada_browser.get(address).content.decode()
        assert token not in page
        assert invitation.token_hash not in page
    assert token not in str(list(AuditEntry.objects.values()))
    assert Client().get(f"/join/{token}/").status_code == 200


def test_staff_do_not_invite_administrators(sam: User, browser_of: Browser) -> None:
    sam.user_permissions.set(
        Permission.objects.filter(content_type__app_label="chat", content_type__model="invitation")
    )
    client = browser_of(sam)
    client.post(f"{INVITATIONS}add/", {"note": "x", "valid_days": "7", "is_administrator": "on"})
    assert not Invitation.objects.get().is_administrator


def test_an_invitation_is_withdrawn_until_it_is_used(ada: User, alice: User, ada_browser: Client) -> None:
    fresh, token = Invitation.issue(created_by=ada)
    used, _ = Invitation.issue(created_by=ada)
    assert used.redeem(alice)
    page = ada_browser.get(INVITATIONS).content.decode()
    assert "used by <bdi>alice</bdi>" in page
    ada_browser.post(f"{INVITATIONS}{fresh.pk}/delete/", {"post": "yes"})
    assert Invitation.find(token) is None
    assert ada_browser.post(f"{INVITATIONS}{used.pk}/delete/", {"post": "yes"}).status_code == 403
