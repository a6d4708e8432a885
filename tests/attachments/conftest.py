"""The cast, and fixtures that upload files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from chat.models import Attachment, User
from tests.cast import *  # noqa: F403
from tests.files import picture

Upload = Callable[..., Attachment]
Browser = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def upload(browser_of: Browser) -> Upload:
    """Uploads a file as somebody and returns its row."""

    def bring(user: User, data: bytes | None = None, name: str = "photo.png") -> Attachment:
        response = post(browser_of(user), picture() if data is None else data, name)
        assert response.status_code == 201, response.content
        return Attachment.objects.get(pk=json.loads(response.content)["id"])

    return bring


def post(client: Client, data: bytes, name: str = "photo.png", **more: Any) -> Any:
    """Upload a file as the page does."""
    from urllib.parse import quote

    headers = {"X-File-Name": quote(name), **more.pop("headers", {})}
    return client.post("/files/", data, content_type="application/octet-stream", headers=headers, **more)
