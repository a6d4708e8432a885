"""The cast that every test may call in, and what all tests share.

Alice owns, Bob is a member, Charlie must never see, Ada administers.
"""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from hypothesis import settings

from chat.models import User
from chatsite.translations import compile_stale

# Before Django reads them: who runs pytest by hand has not been through bin/test.
compile_stale()

# The same examples every time, and no clock: a busy machine is no fault. Others: --hypothesis-profile=default.
settings.load_profile("ci")

PASSWORD = "a long enough phrase"

Person = Callable[[str], User]


@pytest.fixture
def person(db: None) -> Person:
    """Makes the person of this name, with the cast's password."""

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


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """A client that is signed in as this person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture(autouse=True)
def _english() -> None:
    """A page that a test has asked for in another language leaves that one to the thread."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    """Rate limits live in the cache, which outlives a test."""
    cache.clear()
