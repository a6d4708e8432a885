"""The cast, and signed-in clients for the administration."""

from collections.abc import Callable

import pytest
from django.test import Client

from chat.models import User
from tests.cast import *  # noqa: F403

Browser = Callable[[User], Client]


@pytest.fixture
def ada_browser(ada: User, browser_of: Browser) -> Client:
    return browser_of(ada)


@pytest.fixture
def charlie_browser(charlie: User, browser_of: Browser) -> Client:
    return browser_of(charlie)


@pytest.fixture
def sam(person: Callable[[str], User]) -> User:
    """Staff but not an administrator: may open the administration, and in it only what was granted."""
    user = person("sam")
    user.is_staff = True
    user.save()
    return user


def body_of(response: object) -> str:
    """The text of a response, streamed or not."""
    content = getattr(response, "streaming_content", None)
    if content is None:
        return response.content.decode()  # type: ignore[attr-defined, no-any-return]
    return b"".join(response).decode()  # type: ignore[call-overload, no-any-return]
