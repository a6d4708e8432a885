"""The people that every test may use, and fixtures for all tests.

Alice owns a conversation, Bob is a member, Charlie must never see it, Ada administers.
"""

import time
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from hypothesis import settings

from chat.models import User
from chatsite.translations import compile_stale

# Before Django reads the compiled translations: pytest may have been started without bin/test.
compile_stale()

# The same examples every time and no deadline, so that a busy machine causes no failure; others with
# --hypothesis-profile=default.
settings.load_profile("ci")

PASSWORD = "a long enough phrase"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long files first, so that no worker is left with one when the others have finished.

    Those of tests/live wait for processes and paced answers; otherwise a file takes about as long as its length suggests.
    """
    bytes_of = {path: path.stat().st_size for path in {item.path for item in items}}
    items.sort(key=lambda item: ("live" not in item.path.parts, -bytes_of[item.path], str(item.path)))


Person = Callable[[str], User]


@pytest.fixture
def person(db: None) -> Person:
    """Makes a person with this name and the cast's password."""

    def make(name: str) -> User:
        return User.objects.create_user(name, password=PASSWORD)

    return make


@pytest.fixture
def alice(person: Person) -> User:
    return person("alice")


@pytest.fixture
def bob(person: Person) -> User:
    return person("bob")


@pytest.fixture
def charlie(person: Person) -> User:
    return person("charlie")


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


def sign_in_again(client: Client, user: User, seconds_ago: float = 0) -> None:
    """Note in the client's session that this person has signed in, as the page for it does."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - seconds_ago}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """A client that has just signed in as this person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        sign_in_again(client, user)
        return client

    return sign_in


@pytest.fixture(autouse=True)
def _english() -> None:
    """Activate English again, because a request in another language leaves that one active in the thread."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    """Clear the cache, which holds the rate limits and outlives a test."""
    cache.clear()
