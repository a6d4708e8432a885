"""What the first visit costs, on the real network."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Request

from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import wait_for

from .person import Person

MOST_REQUESTS = 15
MOST_BYTES = 160_000
MOST_SCRIPT_BYTES = 120_000


def test_the_first_load_is_light(sits_down: Callable[..., Person], upstream: FakeUpstream) -> None:
    """The design's budgets up to the first answer; the highlighter is loaded with the first code."""
    upstream.scenario("code", [{"text": "```python\nprint('light')\n```\n"}, {"finish": "stop"}])
    alice = sits_down("alice")
    asked: list[Request] = []
    alice.page.context.on("requestfinished", lambda request: asked.append(request))
    alice.asks("echo", "How heavy are you?").reads("You said: How heavy are you?")
    wait_for(lambda: alice.page.evaluate("1") and any("worker" in each.url for each in asked), "the worker is loaded")
    # The second visit is served from the cache.
    first = list({request.url: request for request in reversed(asked)}.values())
    scripts = all_bytes = 0
    for request in first:
        size = _weight(request)
        all_bytes += size
        scripts += size if request.url.endswith(".js") else 0
        headers = _headers(request)
        if not request.url.endswith(".svg"):
            assert headers["content-encoding"] in ("br", "gzip"), request.url
        if request.url.endswith((".js", ".css")):
            assert "immutable" in headers["cache-control"]
    told = f"{len(first)} requests, {all_bytes} bytes, {scripts} of them scripts: {[request.url for request in first]}"
    print(told)
    assert not any("highlight" in request.url for request in first), told
    assert len(first) <= MOST_REQUESTS, told
    assert all_bytes <= MOST_BYTES, told
    assert scripts <= MOST_SCRIPT_BYTES, told

    alice.opens().chooses("code").sends("Show me code").waits_for("print").until("CSS.highlights.size > 0")
    wait_for(lambda: alice.page.evaluate("1") and any("highlight" in each.url for each in asked), "what colours code")


def _headers(request: Request) -> dict[str, str]:
    response = request.response()
    assert response is not None
    return response.headers


def _weight(request: Request) -> int:
    """The size of headers and body as transferred. For a worker's script the browser may not know it, but its header does."""
    sizes = request.sizes()
    return sizes["responseHeadersSize"] + max(sizes["responseBodySize"], int(_headers(request)["content-length"]))
