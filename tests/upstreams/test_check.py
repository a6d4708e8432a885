"""The check of an upstream: each step, and what it says when something is wrong."""

from typing import Any

import pytest

from chat.upstreams.check import CheckStep, check
from tests.fake_upstream import FakeUpstream
from tests.upstreams.asking import KEY, endpoint

pytestmark = pytest.mark.asyncio
both = pytest.mark.parametrize("format_name", ["openai", "anthropic"])


async def steps(upstream: FakeUpstream, model: str, format_name: str = "openai", **more: Any) -> list[CheckStep]:
    return [step async for step in check(endpoint(upstream.url, format_name, **more), model)]


@both
async def test_a_working_upstream_passes_every_step(upstream: FakeUpstream, format_name: str) -> None:
    upstream.models(["text-n6-r100"])
    found = await steps(upstream, "text-n6-r100", format_name)
    assert [(step.phase, step.ok) for step in found] == [
        ("dns", True),
        ("tcp", True),
        ("models", True),
        ("first_word", True),
        ("streaming", True),
    ]
    assert all(step.text and 0 <= step.seconds < 2 for step in found)


async def test_a_wrong_key_is_found_at_the_list_of_models(upstream: FakeUpstream) -> None:
    upstream.models(status=401)
    last = (await steps(upstream, "text-n3"))[-1]
    assert (last.phase, last.ok) == ("models", False)
    assert KEY not in last.text


async def test_a_wrong_model_is_named(upstream: FakeUpstream) -> None:
    upstream.scenario("gone", [{"status": 404, "body": {"error": {"message": "no such model"}}}])
    found = await steps(upstream, "gone")
    assert "not among them" in found[-2].text
    assert (found[-1].phase, found[-1].ok) == ("first_word", False)
    assert "does not have this model" in found[-1].text


async def test_an_upstream_without_a_list_still_works(upstream: FakeUpstream) -> None:
    upstream.models(status=404)
    found = await steps(upstream, "text-n6-r100")
    assert all(step.ok for step in found)
    assert "by hand" in found[2].text


@both
async def test_a_proxy_that_collects_the_answer_is_found(upstream: FakeUpstream, format_name: str) -> None:
    upstream.scenario("slow", [{"wait": 0.55}, {"text": "methionylthreonylthreonyl", "pieces": 8}, {"finish": "stop"}])
    last = (await steps(upstream, "slow", format_name))[-1]
    assert (last.phase, last.ok) == ("streaming", False)
    assert "buffering" in last.text


async def test_what_cannot_be_reached_ends_the_check(upstream: FakeUpstream) -> None:
    closed = [step async for step in check(endpoint("http://127.0.0.1:9"), "m")]
    assert [(step.phase, step.ok) for step in closed] == [("dns", True), ("tcp", False)]
    nowhere = [step async for step in check(endpoint("http://no-such-host.invalid"), "m")]
    assert [(step.phase, step.ok) for step in nowhere] == [("dns", False)]
    private = [step async for step in check(endpoint(upstream.url, allow_private=False), "m")]
    assert [(step.phase, step.ok) for step in private] == [("dns", False)]
