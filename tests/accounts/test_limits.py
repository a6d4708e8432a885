"""Guessing is limited, and nobody else is: not the owner of the account, and not the many people behind one address."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from chat.models import Invitation, User
from tests.accounts.test_join import GOOD
from tests.accounts.test_sign_in import LOGIN
from tests.conftest import PASSWORD, Person

pytestmark = pytest.mark.django_db
OFFICE, ATTACKER, HOME = "192.0.2.1", "198.51.100.9", "203.0.113.5"


def signs_in(client: Client, name: str, password: str = PASSWORD, address: str = OFFICE, **headers: str) -> bool:
    client.post(LOGIN, {"login": name, "password": password}, REMOTE_ADDR=address, **headers)
    return "_auth_user_id" in client.session


def test_fifty_people_sign_in_behind_one_address_in_a_minute(person: Person) -> None:
    people = [person(f"person{number}").username for number in range(50)]
    assert all(signs_in(Client(), name) for name in people)


def test_thirty_people_open_and_use_their_invitations_behind_one_address() -> None:
    for number in range(30):
        _, token = Invitation.issue()
        client = Client(REMOTE_ADDR=OFFICE)
        assert client.get(f"/join/{token}/").status_code == 200
        assert client.post(f"/join/{token}/", {**GOOD, "username": f"guest{number}"}).status_code == 302


def test_the_setting_limits_one_address(settings, alice: User) -> None:  # type: ignore[no-untyped-def]
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "sign_in": "3/m/ip"}
    assert all(signs_in(Client(), "alice") for _ in range(3))
    client = Client()
    response = client.post(LOGIN, {"login": "alice", "password": PASSWORD}, REMOTE_ADDR=OFFICE)
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert b"Too many attempts from your network" in response.content
    assert b'value="alice"' in response.content
    assert "_auth_user_id" not in client.session
    assert signs_in(Client(), "alice", address=HOME)


@pytest.mark.parametrize("host", ["testserver", "testserver:81", "localhost:9000"])
def test_another_host_in_the_request_gives_no_further_guesses(alice: User, host: str) -> None:
    assert signs_in(Client(), "alice", HTTP_HOST=host)
    for _ in range(5):
        assert not signs_in(Client(), "alice", "not this one", HTTP_HOST=f"testserver:{80 + _}")
    response = Client().post(LOGIN, {"login": "alice", "password": PASSWORD}, REMOTE_ADDR=OFFICE, HTTP_HOST=host)
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert b"Too many wrong passwords" in response.content


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(alice: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_by_strangers": "12/h/key"}
    known = Client()
    assert signs_in(known, "alice", address=HOME)
    known.post("/account/logout/")
    for _ in range(10):
        assert not signs_in(Client(), "alice", "not this one", address=ATTACKER)
    # From another address even a browser that is new to the account may still try.
    assert signs_in(Client(), "alice", address=OFFICE)
    for number in range(20):
        assert not signs_in(Client(), "alice", "not this one", address=f"198.51.100.{number + 20}")
    # Now all strangers have used up what they have together, and only a known browser gets in.
    assert not signs_in(Client(), "alice", address=OFFICE)
    assert signs_in(known, "alice", address=OFFICE)


def test_a_known_browser_has_no_more_guesses_and_knows_one_account_only(alice: User, bob: User) -> None:
    browser = Client()
    assert signs_in(browser, "alice")
    browser.post("/account/logout/")
    for _ in range(5):
        assert not signs_in(browser, "alice", "not this one")
    assert not signs_in(browser, "alice")
    for _ in range(5):
        assert not signs_in(browser, "bob", "not this one", address=ATTACKER)
    assert not signs_in(browser, "bob", address=ATTACKER)
    browser.cookies["parley-device"] = "forged"
    assert signs_in(browser, "alice", address=HOME)


def test_guessing_links_is_limited_with_a_page_of_our_own(settings) -> None:  # type: ignore[no-untyped-def]
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "join": "20/m/ip"}
    client, (_, token) = Client(), Invitation.issue()
    answers = [client.get(f"/join/guess-{number}/") for number in range(21)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    assert answers[-1]["Retry-After"] == "60"
    assert b'class="wordmark"' in answers[-1].content
    # Whoever has a link gets in all the same.
    assert client.get(f"/join/{token}/").status_code == 200


def test_too_many_tries_with_one_link_keep_the_form(client: Client) -> None:
    _, token = Invitation.issue()
    for _ in range(20):
        assert client.post(f"/join/{token}/", {**GOOD, "password2": "another"}).status_code == 400
    full = client.post(f"/join/{token}/", GOOD)
    assert (full.status_code, full["Retry-After"]) == (429, "60")
    assert b'value="dora"' in full.content
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.urls("tests.accounts.with_mail")
def test_mails_name_the_site_and_not_the_host_of_the_request(alice: User, settings) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL = "https://chat.example.org"
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True, verified=True)
    Client().post("/account/password/reset/", {"email": "alice@example.org"}, HTTP_HOST="localhost")
    sent = mail.outbox[-1]
    assert "https://chat.example.org/account/password/reset/key/" in sent.body
    assert "localhost" not in sent.body + sent.subject
    settings.PUBLIC_URL = ""
    Client().post("/account/password/reset/", {"email": "alice@example.org"}, HTTP_HOST="localhost")
    assert "http://localhost/account/password/reset/key/" in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("path", "expected"), [("/healthz", 200), ("/metrics", 404), ("/account/login/", 400), ("/", 400)]
)
def test_only_probes_may_name_the_site_as_they_like(path: str, expected: int) -> None:
    assert Client().get("/account/login/", HTTP_HOST="localhost").status_code == 200
    assert Client().get(path, HTTP_HOST="10.0.0.7:8000").status_code == expected
