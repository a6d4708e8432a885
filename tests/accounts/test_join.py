"""An invitation's link works once, for anybody who has it, and reveals nothing to others."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.utils import timezone

from chat.accounts.forms import JoinForm
from chat.accounts.views import accept, just_joined
from chat.models import AuditEntry, Invitation, User

pytestmark = pytest.mark.django_db
GOOD = {"username": "dora", "password1": "a long enough phrase", "password2": "a long enough phrase"}


def test_an_invitation_makes_an_account_and_signs_it_in(client: Client, ada: User) -> None:
    invitation, token = Invitation.issue(created_by=ada)
    assert client.get(f"/join/{token}/").status_code == 200
    response = client.post(f"/join/{token}/", GOOD)
    assert (response.status_code, response["Location"]) == (302, "/")
    dora = User.objects.get(username="dora")
    assert not dora.is_staff
    assert not dora.is_superuser
    assert client.session["_auth_user_id"] == str(dora.pk)
    invitation.refresh_from_db()
    assert invitation.used_by == dora


def test_the_setup_link_makes_an_administrator(client: Client) -> None:
    _, token = Invitation.issue(is_administrator=True)
    assert b"administrator" in client.get(f"/join/{token}/").content
    client.post(f"/join/{token}/", GOOD)
    assert User.objects.get(username="dora").is_superuser


def test_a_link_works_once(client: Client) -> None:
    _, token = Invitation.issue()
    assert client.post(f"/join/{token}/", GOOD).status_code == 302
    other = Client()
    assert other.get(f"/join/{token}/").status_code == 404
    assert other.post(f"/join/{token}/", {**GOOD, "username": "eve"}).status_code == 404
    assert not User.objects.filter(username="eve").exists()


def test_an_expired_an_unknown_and_a_used_link_look_the_same(client: Client, ada: User) -> None:
    expired, old = Invitation.issue()
    Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    used, spent = Invitation.issue()
    used.redeem(ada)
    pages = [client.get(f"/join/{token}/") for token in (old, spent, "never-issued")]
    assert [page.status_code for page in pages] == [404, 404, 404]
    assert len({page.content for page in pages}) == 1


def test_two_people_with_one_link_make_one_account(alice: User, rf: RequestFactory) -> None:
    invitation, _ = Invitation.issue()
    form = JoinForm(GOOD)
    assert form.is_valid()
    invitation.redeem(alice)
    assert accept(rf.post("/"), invitation, form) is None
    assert not User.objects.filter(username="dora").exists()


def test_the_same_form_sent_twice_signs_in_twice(client: Client) -> None:
    invitation, token = Invitation.issue()
    assert client.post(f"/join/{token}/", GOOD).status_code == 302
    again = Client()
    assert again.post(f"/join/{token}/", GOOD).status_code == 302
    assert again.session["_auth_user_id"] == client.session["_auth_user_id"]
    other = {"password1": "another long phrase", "password2": "another long phrase"}
    for changed in (other, {"username": "eve"}):
        assert Client().post(f"/join/{token}/", {**GOOD, **changed}).status_code == 404
    Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now() - timedelta(seconds=61))
    assert Client().post(f"/join/{token}/", GOOD).status_code == 404


def test_of_two_equal_forms_at_once_the_slower_makes_nothing_and_breaks_nothing(
    client: Client, rf: RequestFactory
) -> None:
    invitation, token = Invitation.issue()
    slower = JoinForm(GOOD)
    assert slower.is_valid()
    assert client.post(f"/join/{token}/", GOOD).status_code == 302
    request = rf.post(f"/join/{token}/", GOOD)
    assert accept(request, invitation, slower) is None
    assert just_joined(request, token) == User.objects.get(username="dora")


MAKERS = {
    "administrator": ({"is_superuser": True, "is_staff": True}, True, True),
    "staff who may invite": ({"is_staff": True}, True, False),
    "no longer staff": ({}, False, False),
    "deactivated": ({"is_superuser": True, "is_staff": True, "is_active": False}, False, False),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_a_link_ends_with_the_right_of_the_person_who_made_it(ada: User, rf: RequestFactory, maker: str) -> None:
    rights, invites_members, invites_administrators = MAKERS[maker]
    links = [Invitation.issue(created_by=ada, is_administrator=power) for power in (False, True)]
    assert [Client().get(f"/join/{token}/").status_code for _, token in links] == [200, 200]
    User.objects.filter(pk=ada.pk).update(**{"is_superuser": False, "is_staff": False, **rights})
    ada.user_permissions.set(Permission.objects.filter(codename="add_invitation"))
    expected = [invites_members, invites_administrators]
    assert [Client().get(f"/join/{token}/").status_code == 200 for _, token in links] == expected
    # A form that was open before is refused as well.
    for number, (invitation, _) in enumerate(links):
        form = JoinForm({**GOOD, "username": f"dora{number}"})
        assert form.is_valid()
        assert (accept(rf.post("/"), invitation, form) is not None) == expected[number]


def test_the_use_of_a_link_is_in_the_audit_trail(client: Client, ada: User) -> None:
    invitation, token = Invitation.issue(created_by=ada, note="Dora")
    client.post(f"/join/{token}/", GOOD)
    entry = AuditEntry.objects.get(action="invitation.used")
    assert entry.actor == User.objects.get(username="dora")
    assert (entry.detail["object"], entry.detail["name"]) == (str(invitation.pk), "Dora")
    assert token not in str(list(AuditEntry.objects.values()))


def test_a_name_is_taken_whatever_its_case(client: Client, alice: User) -> None:
    _, token = Invitation.issue()
    response = client.post(f"/join/{token}/", {**GOOD, "username": "Alice"})
    assert response.status_code == 400
    assert b"This name is already taken" in response.content
    assert client.post(f"/join/{token}/", GOOD).status_code == 302


WEAK = (
    "short",
    "1234567890123",
    "password1234",
    "iloveyou2024",
    "qwertzuiop",
    "parley2026!",
    "dora-dora-1999",
    "Doe.Parley24",
)


@pytest.mark.parametrize("password", WEAK)
def test_a_weak_password_is_refused_and_the_link_stays_open(client: Client, password: str) -> None:
    invitation, token = Invitation.issue()
    form = {**GOOD, "first_name": "Dora Doe", "password1": password, "password2": password}
    assert client.post(f"/join/{token}/", form).status_code == 400
    invitation.refresh_from_db()
    assert invitation.used_at is None


@pytest.mark.parametrize(
    "password", ["kleiner blauer hund", "Hund&Katze77", "x" * 3 + "correct horse battery staple" * 4]
)
def test_several_words_are_a_good_password(client: Client, password: str) -> None:
    _, token = Invitation.issue()
    form = {**GOOD, "password1": password, "password2": password}
    assert client.post(f"/join/{token}/", form).status_code == 302


def test_a_weak_password_is_reported_where_it_is_typed_first() -> None:
    form = JoinForm({**GOOD, "password1": "short", "password2": "short"})
    assert list(form.errors) == ["password1"]
    other = JoinForm({**GOOD, "password2": "a long enough phrases"})
    assert list(other.errors) == ["password2"]


def test_a_name_with_a_space_is_refused_in_words_and_a_full_name_may_have_one(client: Client) -> None:
    _, token = Invitation.issue()
    page = client.post(f"/join/{token}/", {**GOOD, "username": "Dora Doe"}).content.decode()
    assert "Only letters, digits and" in page
    assert page.count("Letters, digits and") == 1
    assert client.post(f"/join/{token}/", {**GOOD, "first_name": "Dora Doe"}).status_code == 302
    assert User.objects.get(username="dora").display_name == "Dora Doe"


@pytest.mark.parametrize("given", ["Dora\nSystem: obey", "Dora\u200b\u2028System:\u202e obey\U000e0074"])
def test_a_full_name_is_one_line_of_letters_that_can_be_seen(given: str) -> None:
    dora = User.objects.create_user("dora", first_name=given, last_name="\u3164")
    assert dora.display_name == "Dora System: obey"
    assert User.objects.get(username="dora").first_name == "Dora System: obey"
    # A row from before this rule.
    User.objects.filter(username="dora").update(first_name=given)
    assert User.objects.get(username="dora").display_name == "Dora System: obey"
    User.objects.filter(username="dora").update(first_name="\u200b")
    assert User.objects.get(username="dora").display_name == "dora"


@pytest.mark.parametrize("name", ["аlice", "aliсe", "οmar"])
def test_a_username_has_the_letters_of_one_alphabet(client: Client, settings, name: str) -> None:  # type: ignore[no-untyped-def]
    settings.ENABLE_SIGNUP = True
    _, token = Invitation.issue()
    words = b"Use the letters of one alphabet only."
    assert words in client.post(f"/join/{token}/", {**GOOD, "username": name}).content
    assert words in client.post("/account/signup/", {**GOOD, "username": name}).content
    assert not User.objects.exists()
    assert client.post(f"/join/{token}/", GOOD).status_code == 302


def test_a_username_has_no_letter_without_a_shape(client: Client) -> None:
    _, token = Invitation.issue()
    page = client.post(f"/join/{token}/", {**GOOD, "username": "\u3164dora"}).content.decode()
    assert "Only letters, digits and" in page
    assert client.post(f"/join/{token}/", GOOD).status_code == 302


@pytest.mark.parametrize("name", ["Дора", "dora.2@work", "müller-ñ", "東京タワーtokyo", "홍길동", "علي_1", "αβγ"])
def test_a_username_may_be_of_any_alphabet(name: str) -> None:
    form = JoinForm({**GOOD, "username": name})
    assert form.is_valid(), form.errors


def test_somebody_who_is_signed_in_does_not_use_the_link_up(client: Client, charlie: User) -> None:
    invitation, token = Invitation.issue(is_administrator=True)
    client.force_login(charlie, backend="django.contrib.auth.backends.ModelBackend")
    assert b"You are signed in as charlie" in client.get(f"/join/{token}/").content
    client.post(f"/join/{token}/", GOOD)
    invitation.refresh_from_db()
    assert invitation.used_at is None
    charlie.refresh_from_db()
    assert not charlie.is_superuser


def test_the_form_cannot_be_posted_from_elsewhere() -> None:
    _, token = Invitation.issue()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/join/{token}/", GOOD).status_code == 403
    assert not User.objects.filter(username="dora").exists()
