"""The options of a conversation: bounded, stored, copied to each run, and sent in both formats."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chat.database import in_thread
from chat.models import Conversation, Run, User
from chat.wire.commands import Options
from tests.core.talk import Talk
from tests.fake_upstream import FakeUpstream

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
OPTIONS = {"system": "Answer in rhymes.", "temperature": 0.25, "max_tokens": 70}


async def asked(talk: Talk, client_id: str, **fields: Any) -> dict[str, Any]:
    """Post, and read to the end."""
    posted = await talk.ask("message.post", client_id=client_id, text="Go.", **fields)
    assert posted["type"] == "message.posted", posted
    await talk.send("run.watch", run=posted["run"])
    await talk.until("run.patch", run=posted["run"], done=True)
    return posted


@pytest.mark.parametrize("format", ["openai", "anthropic"])
async def test_the_first_message_brings_options_and_later_ones_are_asked_by_what_was_changed(
    format: str, upstream: FakeUpstream, alice: User
) -> None:
    choice = {"upstream": format, "model": "text-n5"}
    async with Talk(alice) as talk:
        first = await asked(talk, "options-1", options=OPTIONS, **choice)
        body = upstream.log()[-1]["body"]
        assert body["temperature"] == 0.25
        assert 70 in (body.get("max_tokens"), body.get("max_completion_tokens"))
        assert "Answer in rhymes." in str(body["system"] if format == "anthropic" else body["messages"][0])

        conversation = first["conversation"]
        await talk.send("conversation.watch", conversation=conversation)
        assert (await talk.until("conversation.patch"))["options"] == OPTIONS
        changed = {"temperature": None, "reasoning_effort": "low", "system": "  "}
        answer = await talk.ask("conversation.options", conversation=conversation, options=changed)
        assert answer["type"] == "ok"
        patch = await talk.until("conversation.patch")
        while patch["options"] == OPTIONS:  # a pending patch about the end of the first answer
            patch = await talk.until("conversation.patch")
        assert patch["options"] == {"reasoning_effort": "low"}
        second = await asked(talk, "options-2", conversation=conversation, parent=first["answer"], **choice)
        body = upstream.log()[-1]["body"]
        assert ("thinking" if format == "anthropic" else "reasoning_effort") in body
        assert not {"temperature", "system"} & set(body)
    kept = await in_thread(lambda: [Run.objects.get(pk=posted["run"]).options for posted in (first, second)])
    assert kept == [OPTIONS, {"reasoning_effort": "low"}]


async def test_a_later_message_changes_no_options(upstream: FakeUpstream, alice: User) -> None:
    async with Talk(alice) as talk:
        first = await asked(talk, "options-1", options=OPTIONS)
        where = {"conversation": first["conversation"], "parent": first["answer"]}
        await asked(talk, "options-2", options={"temperature": 2}, **where)
    row = await in_thread(Conversation.objects.get, pk=first["conversation"])
    assert row.options == OPTIONS


async def test_a_refused_option_is_named_in_the_answers_error(upstream: FakeUpstream, alice: User) -> None:
    said = {"error": {"message": "'temperature' is not supported with this model", "type": "invalid_request_error"}}
    upstream.scenario("text-n5", [{"status": 400, "body": said}])
    async with Talk(alice) as talk:
        posted = await asked(talk, "options-1", options={"temperature": 0.1})
    run = await in_thread(Run.objects.get, pk=posted["run"])
    assert run.state["error"]["code"] == "option_refused"
    assert "does not accept the temperature of this conversation" in run.state["error"]["message"]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("temperature", [0, 2, 0.7], [-0.1, 2.1, "warm", True]),
        ("max_tokens", [1, 1_000_000], [0, 1_000_001, 1.5]),
        ("reasoning_effort", ["low", "medium", "high"], ["", "extreme", 3]),
        ("system", ["", "x" * 20_000], ["x" * 20_001, 7]),
    ],
)
async def test_each_option_has_bounds(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        msgspec.convert({name: value}, Options)
    for value in bad:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: value}, Options)
