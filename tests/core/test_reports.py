"""Reports of the Content-Security-Policy: bounded lines in the log, without what people wrote."""

import json
from typing import Any

import pytest
from django.test import Client
from structlog.testing import capture_logs

pytestmark = pytest.mark.django_db
DOOR = "/reports/csp/"
REPORT = {
    "document-uri": "https://chat.example/c/1/?q=private+words",
    "effective-directive": "img-src",
    "blocked-uri": "https://user:word@evil.example/p.png?stolen=words",
    "source-file": "https://chat.example/static/dist/app.js",
    "line-number": 12,
    "original-policy": "default-src 'none'",
}


def send(client: Client, body: object) -> Any:
    return client.post(DOOR, json.dumps(body), content_type="application/csp-report")


def test_a_report_is_one_line_without_queries() -> None:
    with capture_logs() as lines:
        assert send(Client(enforce_csrf_checks=True), {"csp-report": REPORT}).status_code == 204
    (line,) = [each for each in lines if each["event"] == "csp.violated"]
    assert (line["directive"], line["blocked"], line["page"]) == ("img-src", "evil.example/p.png", "chat.example/c/1/")
    assert "words" not in str(line)


@pytest.mark.parametrize("blocked", ["inline", "eval", "data", "x" * 5000, "https://[", "\x1b[31m\n"])
def test_odd_reports_are_short_lines(blocked: str) -> None:
    with capture_logs() as lines:
        assert send(Client(), {"csp-report": {**REPORT, "blocked-uri": blocked}}).status_code == 204
    line = next(each for each in lines if each["event"] == "csp.violated")
    assert len(line["blocked"]) <= 100
    assert line["blocked"].isprintable()


@pytest.mark.parametrize(
    ("body", "code"), [([], 400), ({"csp-report": 1}, 400), ({"csp-report": {"document-uri": "x" * 20_000}}, 413)]
)
def test_what_is_no_report_is_refused(body: object, code: int) -> None:
    assert send(Client(), body).status_code == code


def test_one_address_reports_a_few_times_a_minute() -> None:
    answers = [send(Client(), {"csp-report": REPORT}).status_code for _ in range(21)]
    assert answers == [204] * 20 + [429]


@pytest.mark.parametrize("page", ["/account/login/", "/frames/diagram/", "/nowhere/"])
def test_every_page_gives_up_what_it_does_not_use_and_says_where_to_report(page: str) -> None:
    answer = Client().get(page)
    assert "camera=()" in answer["Permissions-Policy"]
    assert ("report-uri /reports/csp/" in answer["Content-Security-Policy"]) == (page != "/frames/diagram/")
