"""Files with a real server: streamed in both directions, and never more than it accepts (D11)."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.files import picture

from .harness import Server


@pytest.fixture
def alice(server: Server) -> httpx.Client:
    """Alice's browser, with her session and a CSRF token."""
    client = httpx.Client(base_url=server.url, cookies={"parley": server.cookie("alice")}, timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/").text)
    assert token is not None
    client.headers.update({"X-CSRFToken": token[1], "Content-Type": "application/octet-stream"})
    return client


def test_a_file_comes_and_goes_whole(alice: httpx.Client) -> None:
    text = "A line of a long text.\n" * 400_000
    answer = alice.post("/files/", content=text.encode(), headers={"X-File-Name": "long.txt"})
    assert answer.status_code == 201
    door = f"/files/{answer.json()['id']}/"
    assert alice.get(door).text == text
    head = alice.head(door)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(text)))
    assert head.headers["content-security-policy"] == "sandbox; default-src 'none'"
    shown = alice.post("/files/", content=picture()).json()
    assert alice.get(f"/files/{shown['id']}/small/").headers["content-type"] == "image/png"


@pytest.mark.parametrize("door", ["/files/", "/account/login/"])
def test_what_is_larger_than_any_file_is_refused_and_fills_no_disk(door: str, alice: httpx.Client) -> None:
    def endless(megabytes: int):  # type: ignore[no-untyped-def]
        for _ in range(megabytes):
            yield b"x" * 1_000_000

    assert alice.post(door, content=endless(1)).status_code != 413
    assert alice.post(door, content=endless(30)).status_code == 413
    assert alice.get("/healthz").status_code == 200
