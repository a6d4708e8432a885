"""What a run makes of the way in which its upstream ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chat.models import User
from chat.runs.generation import MAX_PAUSES
from chat.transcript import State
from tests.core.scene import ended, process, started, text_of, use
from tests.fake_upstream import FakeUpstream

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
Steps = list[dict[str, Any]]


@pytest.fixture
def upstream(settings: Any) -> Iterator[FakeUpstream]:
    with FakeUpstream() as fake:
        use(settings, fake)
        yield fake


async def played(
    upstream: FakeUpstream, alice: User, *steps: Any, format: str = "openai", attempts: list[Steps] | None = None
) -> State:
    """The end of a run whose upstream does this."""
    upstream.scenario("s", list(steps), attempts=attempts)
    async with process() as running:
        return await ended(running, await started(running, alice, "s", upstream=format))


def reason(format: str, raw: str) -> Steps:
    events: dict[str, Steps] = {
        "openai": [{"choices": [{"index": 0, "delta": {}, "finish_reason": raw}]}],
        "anthropic": [{"type": "message_delta", "delta": {"stop_reason": raw}}, {"type": "message_stop"}],
    }
    done = [{"send": "data: [DONE]\n\n"}] if format == "openai" else []
    return [{"events": events[format]}, *done]


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_u49_an_unknown_reason_is_an_interruption_that_names_it(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    state = await played(upstream, alice, {"text": "first, the price; "}, *reason(format, "abort"), format=format)
    run = state["run"]
    assert (run["status"], text_of(state), len(upstream.log())) == ("interrupted", "first, the price; ", 1)
    assert run["error"] is not None
    assert (run["error"]["code"], "abort" in run["error"]["message"]) == ("unknown_end", True)
    state = await played(upstream, alice, {"text": "All."}, *reason(format, "length"), format=format)
    assert (state["run"]["status"], state["run"]["finish_reason"]) == ("done", "length")


async def test_u29_an_end_mark_without_a_reason_is_a_success_that_says_so(upstream: FakeUpstream, alice: User) -> None:
    state = await played(upstream, alice, {"text": "All of it."}, {"send": "data: [DONE]\n\n"})
    run = state["run"]
    assert (run["status"], run["finish_reason"], len(upstream.log())) == ("done", "unstated", 1)
    assert text_of(state) == "All of it."


async def test_a_model_that_pauses_is_asked_to_go_on(upstream: FakeUpstream, alice: User) -> None:
    attempts: list[Steps] = [
        [{"text": "I have searched. "}, *reason("anthropic", "pause_turn")],
        [{"text": "Here it is."}, *reason("anthropic", "end_turn")],
    ]
    state = await played(upstream, alice, format="anthropic", attempts=attempts)
    assert (state["run"]["status"], text_of(state)) == ("done", "I have searched. Here it is.")
    assert [part["type"] for part in state["parts"]] == ["text"]
    [_, second] = upstream.log()
    assert "I have searched." in str(second["body"]["messages"])


async def test_a_model_that_only_pauses_is_not_asked_for_ever(upstream: FakeUpstream, alice: User) -> None:
    state = await played(upstream, alice, {"text": "Hm. "}, *reason("anthropic", "pause_turn"), format="anthropic")
    assert state["run"]["error"] is not None
    assert (state["run"]["status"], state["run"]["error"]["code"]) == ("interrupted", "limit")
    assert len(upstream.log()) == 1 + MAX_PAUSES


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_thoughts_before_a_bare_close_are_stored_as_reasoning(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    text = {"text": "Let me see, a greeting.\n</think>\nHello.", "pieces": 9}
    state = await played(upstream, alice, text, {"finish": "stop"}, format=format)
    assert [part["type"] for part in state["parts"]] == ["reasoning", "text"]
    assert (text_of(state), state["parts"][0]["text"]) == ("\nHello.", "Let me see, a greeting.\n")


@pytest.mark.parametrize("beginning", ["B", "Base", "Based on th"])
async def test_an_answer_cut_within_its_first_characters_is_begun_anew(
    beginning: str, upstream: FakeUpstream, alice: User
) -> None:
    whole = [{"text": "Based on this."}, {"finish": "stop"}]
    state = await played(upstream, alice, attempts=[[{"text": beginning}, {"close": True}], whole])
    assert (state["run"]["status"], text_of(state)) == ("done", "Based on this.")
    [first, second] = upstream.log()
    assert second["body"]["messages"] == first["body"]["messages"]


async def test_what_was_said_stays_where_beginning_anew_fails(upstream: FakeUpstream, alice: User) -> None:
    state = await played(upstream, alice, attempts=[[{"text": "Base"}, {"close": True}], [{"status": 401}]])
    assert (state["run"]["status"], text_of(state)) == ("interrupted", "Base")
