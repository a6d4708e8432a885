"""Headers of one's own: what may be set, and that they go to their address and nowhere else."""

import pytest

from chat.upstreams import FORMATS
from chat.upstreams.own_headers import FORBIDDEN, MAX_HEADERS, BadHeaderError, of_lines, of_pairs
from tests.fake_upstream import FakeUpstream
from tests.upstreams.asking import ask, endpoint


def test_headers_are_read_from_lines_and_from_pairs() -> None:
    assert of_lines("X-Title: Parley\n\n helicone-auth : Bearer a:b \n") == {
        "x-title": "Parley", "helicone-auth": "Bearer a:b",
    }  # fmt: skip
    assert of_pairs("api-key=abc%2C1, x-title=Parley") == {"api-key": "abc,1", "x-title": "Parley"}
    assert of_lines("") == of_pairs("") == {}


@pytest.mark.parametrize(
    "line",
    [*(f"{name}: x" for name in sorted(FORBIDDEN)), "Host: evil", "proxy-authorization: x", "sec-fetch-site: x", "no colon", "a b: x",
     ": x", "x-empty:", "x: größe", f"x: {'y' * 5000}", "x: a\x07b"],
)  # fmt: skip
def test_what_the_connection_itself_says_and_what_cannot_be_sent_is_refused(line: str) -> None:
    assert of_lines("x-title: Parley")
    with pytest.raises(BadHeaderError):
        of_lines(line)


def test_their_number_is_bounded() -> None:
    lines = [f"x-{number}: y" for number in range(MAX_HEADERS + 1)]
    assert len(of_lines("\n".join(lines[1:]))) == MAX_HEADERS
    with pytest.raises(BadHeaderError):
        of_lines("\n".join(lines))


@pytest.mark.asyncio
@pytest.mark.parametrize("format_name", FORMATS)
async def test_they_are_sent_and_hidden_in_what_the_server_says(upstream: FakeUpstream, format_name: str) -> None:
    secret = "letmein-letmein-letmein"
    upstream.scenario("echo", [{"status": 400, "body": {"error": {"message": f"you sent {secret}"}}}])
    asked = await ask(endpoint(upstream.url, format_name, headers={"x-gateway": secret}), "echo")
    [request] = upstream.log()
    assert request["headers"]["x-gateway"] == secret
    assert "you sent [hidden]" in str(asked.error)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("authorization", "Bearer sk-1234"),
        ("api-key", "sk-1234"),
        ("x-portkey-api-key", "sk-1234"),
        ("x-api-key", "sk-1234"),
    ],
)
def test_the_key_is_in_the_header_that_the_server_reads(header: str, value: str) -> None:
    for format_name, fmt in FORMATS.items():
        headers = fmt.headers(endpoint("https://x.example", format_name, key="sk-1234", traits={"key_header": header}))
        assert headers[header] == value
        assert [name for name, each in headers.items() if "sk-1234" in each] == [header]
