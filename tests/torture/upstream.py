"""The fake upstream for runs with a plan: it continues exactly at the end of the text that the client already has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fake_upstream import FakeUpstream
from tests.fake_upstream.named import last_text
from tests.fake_upstream.server import State

from .plan import Plan


class TortureUpstream(FakeUpstream):
    """Answers by the given plans, and detects requests that a correct client would not make."""

    def __init__(self) -> None:
        super().__init__()
        self._state = self._plans = _Plans()

    @property
    def wrong(self) -> list[str]:
        """Continuations of a text that was never sent."""
        return list(self._plans.wrong)

    def add(self, plan: Plan) -> None:
        """Add a plan."""
        self._plans.plans[plan.key] = plan

    def requests_for(self, plan: Plan) -> int:
        """The number of requests of a run."""
        return self._plans.attempts.get(plan.key, 0)

    def doubled(self, frozen: Sequence[tuple[float, float]]) -> list[str]:
        """Runs with two requests at a time, which is a fault unless a process was `frozen` and could not close its connection."""
        doubled = []
        last: dict[str, dict[str, Any]] = {}
        for request in self.log():
            before = last.get(request["model"])
            if before is not None and not any(since <= request["at"] <= until for since, until in frozen):
                ended = min(before["disconnected_at"] or float("inf"), before["ended_at"] or float("inf"))
                # The kernel may close a killed process's sockets a moment after its successor has begun.
                if ended > request["at"] + 0.25:
                    doubled.append(f"{request['model']}: two requests at once")
            last[request["model"]] = request
        return doubled


class _Plans(State):
    def __init__(self) -> None:
        super().__init__()
        self.models = {"status": 404}  # so that any model may be asked for
        self.plans: dict[str, Plan] = {}
        self.wrong: list[str] = []

    def steps(self, model: str, body: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        """The steps of the plan named `model`."""
        plan = self.plans.get(model)
        if plan is None:
            return super().steps(model, body)
        attempt = self.attempts[model] = self.attempts.get(model, 0) + 1
        partial = last_text(body, "assistant")
        goes_on = plan.text.startswith(partial)
        if not goes_on:
            self.wrong.append(f"{model}: {partial[-60:]!r} was never sent")
        return attempt, plan.steps(attempt, partial if goes_on else "")
