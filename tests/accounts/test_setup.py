"""`manage.py setup`: how a new installation gets its first administrator."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from chat.management.commands.setup import base_url, ensure_administrator, setup_link
from chat.models import Invitation, User

pytestmark = pytest.mark.django_db


def path_of(link: str) -> str:
    return link[link.index("/join/") :].strip()


def test_a_link_is_printed_until_there_is_an_administrator(client: Client) -> None:
    out = StringIO()
    call_command("setup", stdout=out)
    path = path_of(out.getvalue())
    client.post(path, {"username": "ada", "password1": "a long enough phrase", "password2": "a long enough phrase"})
    assert User.objects.get().is_superuser
    again = StringIO()
    call_command("setup", stdout=again)
    assert again.getvalue() == ""


def test_the_newest_printed_link_counts(client: Client) -> None:
    first, second = path_of(setup_link()), path_of(setup_link())
    assert client.get(second).status_code == 200
    assert client.get(first).status_code == 404


def test_a_printed_link_closes_once_there_is_an_administrator(client: Client) -> None:
    path = path_of(setup_link())
    assert client.get(path).status_code == 200
    User.objects.create_superuser("ada", password="a long enough phrase")
    ensure_administrator()
    assert client.get(path).status_code == 404


def test_invitations_of_people_survive_a_start(ada: User) -> None:
    Invitation.issue(created_by=ada, is_administrator=True)
    ensure_administrator()
    assert Invitation.objects.count() == 1


def test_an_unattended_installation_names_its_administrator(settings) -> None:  # type: ignore[no-untyped-def]
    settings.DJANGO_SUPERUSER_USERNAME, settings.DJANGO_SUPERUSER_PASSWORD = "root", "a long enough phrase"
    assert ensure_administrator() == "Created the administrator root."
    assert User.objects.get(username="root").check_password("a long enough phrase")
    assert ensure_administrator() == ""


def test_a_name_without_a_password_is_refused(settings) -> None:  # type: ignore[no-untyped-def]
    settings.DJANGO_SUPERUSER_USERNAME = "root"
    with pytest.raises(CommandError, match="DJANGO_SUPERUSER_PASSWORD"):
        ensure_administrator()


@pytest.mark.parametrize(
    ("public_url", "host", "expected"),
    [
        ("https://chat.example", "127.0.0.1", "https://chat.example"),
        ("", "127.0.0.1", "http://127.0.0.1:8000"),
        ("", "0.0.0.0", "http://localhost:8000"),
        ("", "::1", "http://[::1]:8000"),
    ],
)
def test_the_link_leads_to_where_the_site_is(settings, public_url: str, host: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    settings.PUBLIC_URL, settings.HOST, settings.PORT = public_url, host, 8000
    assert base_url() == expected
