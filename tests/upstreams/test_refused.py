"""The client when no answer begins: errors, retries and waits, redirects, bytes that are not HTTP."""

import asyncio
import email.utils
import socket
from typing import Any

import pytest

from chat.upstreams import client
from chat.upstreams.endpoint import Timeouts
from chat.upstreams.errors import UpstreamError
from tests.fake_upstream import FakeUpstream
from tests.upstreams.asking import KEY, Asked, FakeClock, ask, endpoint

pytestmark = pytest.mark.asyncio
both = pytest.mark.parametrize("format_name", ["openai", "anthropic"])

FINE = [{"text": "fine"}, {"finish": "stop"}]


async def fail(
    upstream: FakeUpstream, format_name: str, *failures: dict[str, Any], clock: FakeClock | None = None
) -> Asked:
    """Ask an upstream that first fails in these ways, and then answers."""
    upstream.scenario("s", attempts=[*([failure] for failure in failures), FINE])
    return await ask(endpoint(upstream.url, format_name), "s", clock=clock)


@both
@pytest.mark.parametrize(
    "status, code",
    [
        (400, "bad_request"),
        (401, "key_refused"),
        (402, "quota"),
        (403, "key_refused"),
        (404, "wrong_address"),
        (413, "too_large"),
        (422, "bad_request"),
    ],
)
async def test_u5_u6_u8_what_is_final_is_not_tried_again(
    upstream: FakeUpstream, format_name: str, status: int, code: str
) -> None:
    asked = await fail(
        upstream,
        format_name,
        {"status": status, "headers": {"x-request-id": "req_9"}, "body": {"error": {"message": "because"}}},
    )
    assert (asked.code, len(upstream.log())) == (code, 1)
    assert asked.error is not None
    assert (asked.error.status, asked.error.request_id) == (status, "req_9")
    assert "because" in str(asked.error)


@both
async def test_u5_the_key_in_an_error_is_hidden(upstream: FakeUpstream, format_name: str) -> None:
    asked = await fail(
        upstream, format_name, {"status": 401, "body": f"Incorrect key {KEY}, Bearer abcdefghijkl " + "x" * 300 + KEY}
    )
    assert asked.code == "key_refused"
    assert "sk-" not in str(asked.error)
    assert "abcdefghijkl" not in str(asked.error)
    assert "tell an administrator" in str(asked.error).lower()


async def test_u5_half_a_key_at_the_end_of_a_cut_body_is_hidden(upstream: FakeUpstream) -> None:
    asked = await fail(upstream, "openai", {"status": 401, "body": "<p>" + "<br>" * 16_375 + " key " + KEY * 3})
    assert KEY[:8] not in str(asked.error)


@both
@pytest.mark.parametrize(
    "message", ["This model's maximum context length is 8192 tokens", "prompt is too long: 9 tokens > 8 maximum"]
)
async def test_u7_a_conversation_that_is_too_long_is_said_to_be(
    upstream: FakeUpstream, format_name: str, message: str
) -> None:
    asked = await fail(upstream, format_name, {"status": 400, "body": {"error": {"message": message}}})
    assert asked.code == "context_too_long"
    assert "larger context" in str(asked.error)


@both
@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_u12_what_may_pass_is_tried_again(upstream: FakeUpstream, format_name: str, status: int) -> None:
    asked = await fail(upstream, format_name, {"status": status}, {"status": status})
    assert (asked.code, asked.result.text, len(upstream.log())) == (None, "fine", 3)
    retrying = [event for event in asked.events if getattr(event, "name", "") == "retrying"]
    assert [(event.attempt, event.of) for event in retrying] == [(2, 3), (3, 3)]  # type: ignore[union-attr]
    assert all(event.why for event in retrying)  # type: ignore[union-attr]


async def test_u12_tries_are_bounded(upstream: FakeUpstream) -> None:
    clock = FakeClock()
    asked = await fail(upstream, "openai", *[{"status": 500}] * 5, clock=clock)
    assert (asked.code, len(upstream.log())) == ("server_error", 3)
    assert 0.375 <= clock.slept[0] <= 0.5
    assert 0.75 <= clock.slept[1] <= 1.0


@pytest.mark.parametrize(
    "headers, waited",
    [({"retry-after": "7"}, 7.0), ({"retry-after": "1.5"}, 1.5), ({"retry-after-ms": "250", "retry-after": "9"}, 0.25)],
)
async def test_u9_retry_after_is_obeyed(upstream: FakeUpstream, headers: dict[str, str], waited: float) -> None:
    clock = FakeClock()
    it = endpoint(upstream.url, timeouts=Timeouts())
    upstream.scenario("s", attempts=[[{"status": 429, "headers": headers}], FINE])
    asked = await ask(it, "s", clock=clock)
    assert clock.slept == [waited]
    assert asked.result.text == "fine"


@pytest.mark.parametrize("ahead, low, high", [(30, 29, 30), (-3600, 0.3, 0.5)])
async def test_u10_retry_after_may_be_a_date(upstream: FakeUpstream, ahead: int, low: float, high: float) -> None:
    clock = FakeClock()
    date = email.utils.formatdate(clock.wall() + ahead, usegmt=True)
    it = endpoint(upstream.url, timeouts=Timeouts())
    upstream.scenario("s", attempts=[[{"status": 429, "headers": {"retry-after": date}}], FINE])
    assert (await ask(it, "s", clock=clock)).result.text == "fine"
    assert low <= clock.slept[0] <= high


async def test_u11_a_wait_of_a_day_is_an_error_with_its_time(upstream: FakeUpstream) -> None:
    asked = await fail(upstream, "openai", {"status": 429, "headers": {"retry-after": "86400"}})
    assert (asked.code, len(upstream.log())) == ("rate_limited", 1)
    assert "1 day" in str(asked.error)
    assert asked.error is not None
    assert asked.error.retry_after_seconds == 86400


@pytest.mark.parametrize("value", ["soon", "nan", "-5", "1e400", "", "Wed, 99 Foo"])
async def test_u11_nonsense_in_retry_after_is_backed_off_from(upstream: FakeUpstream, value: str) -> None:
    clock = FakeClock()
    await fail(upstream, "openai", {"status": 429, "headers": {"retry-after": value}}, clock=clock)
    assert 0.3 <= clock.slept[0] <= 0.5


async def test_x_should_retry_overrules(upstream: FakeUpstream) -> None:
    assert (
        await fail(upstream, "openai", {"status": 500, "headers": {"x-should-retry": "false"}})
    ).code == "server_error"
    assert (
        await fail(upstream, "openai", {"status": 400, "headers": {"x-should-retry": "true"}})
    ).result.text == "fine"


async def test_a_429_for_lack_of_money_is_final(upstream: FakeUpstream) -> None:
    asked = await fail(
        upstream, "openai", {"status": 429, "body": {"error": {"code": "insufficient_quota", "message": "pay"}}}
    )
    assert (asked.code, len(upstream.log())) == ("quota", 1)


async def test_u13_html_is_never_shown_as_such(upstream: FakeUpstream) -> None:
    page = (
        "<html><head><title>t</title></head><style>b{}</style><body><h1>502 Bad Gateway</h1>" + "<p>nginx</p>" * 50_000
    )
    asked = await fail(upstream, "openai", *[{"status": 502, "body": page}] * 3)
    message = str(asked.error)
    assert message.startswith("Fake failed (error 502)")
    assert "<" not in message
    assert "Bad Gateway" in message
    assert len(message.partition(" It said: ")[2]) <= 200


@both
async def test_u38_redirects_are_not_followed(upstream: FakeUpstream, format_name: str) -> None:
    asked = await fail(upstream, format_name, {"status": 307, "headers": {"location": f"{upstream.url}/v1/elsewhere"}})
    assert (asked.code, len(upstream.log())) == ("redirected", 1)


@pytest.mark.parametrize("raw", ["SSH-2.0-OpenSSH_9.6\r\n", "\x00\x01\x02\r\n\r\n", "HTTP/9.9 banana\r\n\r\n"])
async def test_u41_bytes_that_are_not_http_are_said_to_be_none(upstream: FakeUpstream, raw: str) -> None:
    upstream.scenario("s", [{"raw": raw}, {"close": True}])
    asked = await ask(endpoint(upstream.url), "s")
    assert asked.code in ("not_http", "broken_off")
    if asked.code == "not_http":
        assert "does not speak HTTP" in str(asked.error)


async def test_u41_a_broken_chunk_size_is_a_break(upstream: FakeUpstream) -> None:
    upstream.scenario("s", [{"text": "Hello"}, {"raw": "banana\r\n"}, {"close": True}])
    asked = await ask(endpoint(upstream.url), "s")
    assert (asked.code, asked.result.text) == ("broken_off", "Hello")


@pytest.mark.parametrize("fault", [{"close": True}, {"reset": True}])
async def test_u48_a_connection_closed_without_a_word_is_tried_again(
    upstream: FakeUpstream, fault: dict[str, Any]
) -> None:
    upstream.scenario("s", attempts=[[fault], FINE])
    assert (await ask(endpoint(upstream.url), "s")).result.text == "fine"


async def test_a_break_before_the_first_word_is_tried_again(upstream: FakeUpstream) -> None:
    upstream.scenario("s", attempts=[[{"text": ""}, {"send": ": wait\n\n"}, {"close": True}], FINE])
    assert (await ask(endpoint(upstream.url), "s")).result.text == "fine"


async def test_u1_nothing_listens_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = FakeClock()
    asked = await ask(endpoint(f"http://127.0.0.1:{port}"), "m", clock=clock)
    assert asked.code == "unreachable"
    assert "Cannot reach Fake" in str(asked.error)
    assert asked.phases == ["connecting", "retrying", "connecting", "retrying", "connecting"]
    assert sum(clock.slept) < 3


async def test_u2_a_name_without_an_address_is_named() -> None:
    asked = await ask(endpoint("http://no-such-host.invalid"), "m")
    assert asked.code == "dns"
    assert "no-such-host.invalid" in str(asked.error)


@pytest.mark.parametrize("url", ["ftp://example.com", "http://", "nonsense", "http://[::1", "http://a b/"])
async def test_an_address_that_is_none_is_said_to_be(url: str) -> None:
    asked = await ask(endpoint(url), "m")
    assert asked.code in ("unreachable", "dns")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.1",
        "[::ffff:a9fe:a9fe]",
        "169.254.169.254",
        "0.0.0.0",
        "localhost",
    ],
)
async def test_private_addresses_need_permission(host: str) -> None:
    asked = await ask(endpoint(f"http://{host}:1", allow_private=False), "m")
    assert asked.code == "address_forbidden"
    assert asked.phases == ["connecting"]


async def test_cloud_metadata_is_never_asked() -> None:
    for address in ("169.254.169.254", "168.63.129.16"):
        asked = await ask(endpoint(f"http://{address}", allow_private=True), "m")
        assert asked.code == "address_forbidden"
        assert "no upstream may have" in str(asked.error)


async def test_models_are_listed(upstream: FakeUpstream) -> None:
    upstream.models(["b", "a"])
    assert await client.list_models(endpoint(upstream.url)) == ["a", "b"]
    upstream.models(status=404)
    assert await client.list_models(endpoint(upstream.url, "anthropic")) == []
    upstream.models(status=401)
    with pytest.raises(UpstreamError) as caught:
        await client.list_models(endpoint(upstream.url))
    assert caught.value.code == "key_refused"


async def test_the_key_goes_nowhere_but_into_its_header(upstream: FakeUpstream) -> None:
    await ask(endpoint(upstream.url), "text-n1")
    [request] = upstream.log()
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(request["body"])
    await asyncio.sleep(0)


@both
@pytest.mark.parametrize("key", ["ключ-key-key", "two\nlines", "a\x00b"])
async def test_a_key_that_cannot_be_sent_is_said_to_be_none(upstream: FakeUpstream, format_name: str, key: str) -> None:
    asked = await ask(endpoint(upstream.url, format_name, key=key), "text-n1")
    assert (asked.code, len(upstream.log())) == ("key_refused", 0)
    assert key not in str(asked.error)
    assert (await ask(endpoint(upstream.url, format_name, key=f" {KEY}\n"), "text-n1")).error is None
