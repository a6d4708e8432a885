"""The check of an upstream: each step, and what it says when something is wrong."""

from typing import Any

import pytest

from chat.upstreams.check import CheckStep, check
from chat.upstreams.lessons import Lesson
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
        ("usage", True),
        ("tools", True),
        ("reasoning", True),
        ("pictures", True),
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
    last = next(step for step in await steps(upstream, "slow", format_name) if step.phase == "streaming")
    assert not last.ok
    assert "buffering" in last.text


async def test_what_cannot_be_reached_ends_the_check(upstream: FakeUpstream) -> None:
    closed = [step async for step in check(endpoint("http://127.0.0.1:9"), "m")]
    assert [(step.phase, step.ok) for step in closed] == [("dns", True), ("tcp", False)]
    nowhere = [step async for step in check(endpoint("http://no-such-host.invalid"), "m")]
    assert [(step.phase, step.ok) for step in nowhere] == [("dns", False)]
    private = [step async for step in check(endpoint(upstream.url, allow_private=False), "m")]
    assert [(step.phase, step.ok) for step in private] == [("dns", False)]


def refusal(message: str) -> dict[str, Any]:
    return {"status": 400, "body": {"error": {"message": message, "type": "invalid_request_error"}}}


@both
async def test_what_a_model_can_do_is_found_out(upstream: FakeUpstream, format_name: str) -> None:
    said, done = {"text": "Very long words."}, {"finish": "stop"}

    def able(body: dict[str, Any]) -> list[dict[str, Any]]:
        if body.get("tools"):
            return [{"tool": {"id": "a", "name": "clock", "arguments": "{}"}}, {"finish": "tool_calls"}]
        if body.get("reasoning_effort") or body.get("thinking"):
            return [{"reasoning": "Hm."}, {"text": "Ten."}, done]
        return [{"text": "Red."} if "image" in str(body["messages"]) else said, done]

    upstream.answer_by("able", able)
    found = {step.phase: step for step in await steps(upstream, "able", format_name)}
    assert [found[phase].has for phase in ("tools", "reasoning", "pictures")] == [True, True, True]
    assert "can be read" in found["reasoning"].text
    upstream.answer_by("plain", lambda body: [said, done])
    found = {step.phase: step for step in await steps(upstream, "plain", format_name)}
    assert all(found[phase].ok and not found[phase].has for phase in ("tools", "reasoning", "pictures"))


async def test_what_a_model_refuses_is_said_and_taught(upstream: FakeUpstream) -> None:
    def strict(body: dict[str, Any]) -> list[dict[str, Any]]:
        for name in ("tools", "reasoning_effort", "stream_options"):
            if name in body:
                return [refusal(f"{name} is not supported")]
        return (
            [refusal("no image please")]
            if "image_url" in str(body["messages"])
            else [{"text": "Hello."}, {"finish": "stop"}]
        )

    upstream.answer_by("strict", strict)
    lessons: list[Lesson] = []
    found = {step.phase: step async for step in check(endpoint(upstream.url), "strict", lessons=lessons)}
    assert all(step.ok for step in found.values())
    assert [found[phase].has for phase in ("usage", "tools", "reasoning", "pictures")] == [True, False, False, False]
    assert "tools is not supported" in found["tools"].text
    taught = {lesson.trait: lesson.value for lesson in lessons}
    assert taught == {"stream_options": False, "tools": False, "effort": "none", "pictures": False}
