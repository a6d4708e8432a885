"""The sandboxed pages for diagrams and pictures permit one thing each, and contain no person's data."""

import pytest
from django.test import Client

DIAGRAM, IMAGE = "/frames/diagram/", "/frames/image/"


def policy_of(path: str) -> dict[str, str]:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert not answer.cookies
    directives = (directive.strip().partition(" ") for directive in answer["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in directives}


@pytest.mark.parametrize("path", [DIAGRAM, IMAGE])
def test_a_frame_is_sandboxed_also_by_itself_and_only_our_pages_may_hold_it(path: str) -> None:
    policy = policy_of(path)
    assert policy["default-src"] == "'none'"
    assert policy["sandbox"] == "allow-scripts"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"


def test_a_diagram_may_write_its_styles_and_load_nothing() -> None:
    policy = policy_of(DIAGRAM)
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert not {"img-src", "connect-src", "font-src"} & set(policy)


def test_a_picture_may_come_from_anywhere_and_its_server_is_not_told_who_asked() -> None:
    policy = policy_of(IMAGE)
    assert policy["img-src"] == "https: http:"
    assert policy["style-src"] == "'self'"
    assert "connect-src" not in policy
    assert Client().get(IMAGE)["Referrer-Policy"] == "no-referrer"


@pytest.mark.django_db
def test_the_page_around_them_stays_closed(client: Client) -> None:
    policy = client.get("/account/login/")["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "img-src 'self' data: blob:" in policy
    assert "unsafe" not in policy
