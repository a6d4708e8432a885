"""Tool calls for tests: what a model asks for, what it was told, and the call that waits for a person."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from chat.database import in_thread
from chat.models import Run, ToolCall, ToolPolicy
from chat.transcript import State
from tests.core.scene import run_row
from tests.fake_upstream import FakeUpstream
from tests.live.harness.machine import PATIENCE_SECONDS


def call(expression: str, id: str = "call_1", name: str = "calculator", pieces: int = 3) -> dict[str, Any]:
    """A step of the fake upstream: a tool call, its arguments in pieces."""
    arguments = json.dumps({"expression": expression}) if name == "calculator" else expression
    return {"tool": {"id": id, "name": name, "arguments": arguments}, "pieces": pieces}


def asks_then_says(upstream: FakeUpstream, *steps: dict[str, Any], text: str = "It is 42.") -> str:
    """A model that calls tools in its first request and answers in its second."""
    return upstream.scenario(
        "tools", attempts=[[*steps, {"finish": "tool_calls"}], [{"text": text}, {"finish": "stop"}]]
    )


def results_of(state: State) -> list[dict[str, Any]]:
    return [part for part in state["parts"] if part["type"] == "tool_result"]


def asked_for(upstream: FakeUpstream, number: int) -> dict[str, Any]:
    """The body of that request."""
    body: dict[str, Any] = upstream.log()[number]["body"]
    return body


async def rule(tool: str, rule: str, **more: Any) -> None:
    rules = {"for_owners": rule, "for_editors": rule, **more}
    await in_thread(ToolPolicy.objects.update_or_create, rules, tool=tool)


async def waiting(run: Run) -> ToolCall:
    """The call of that run that waits for a decision."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := await in_thread(ToolCall.objects.filter(run=run, status="asked").first)):
            await asyncio.sleep(0.01)
        while (await in_thread(run_row, run.pk)).status != "waiting":
            await asyncio.sleep(0.01)
    return found
