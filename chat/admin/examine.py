"""The button that asks an upstream for one word: the check of chat.upstreams, gathered for a page."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

import msgspec
import structlog
from asgiref.sync import async_to_sync

from chat.language import words_of_error
from chat.upstreams import client
from chat.upstreams.check import CheckStep, check
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError

log = structlog.get_logger(__name__)

# Somebody waits for this page: longer than the slowest first word we have seen, shorter than proxies' patience.
LIMIT_SECONDS = 50

PHASES = {
    "dns": "Find the address",
    "tcp": "Connect",
    "tls": "Encrypt",
    "models": "Key and models",
    "first_word": "First word",
    "streaming": "Stream",
}


@dataclass(slots=True)
class Report:
    """The steps as far as they came, and what ended them before their time, if anything."""

    steps: list[CheckStep] = field(default_factory=list)
    model: str = ""
    trouble: str = ""

    @property
    def ok(self) -> bool:
        return bool(self.steps) and not self.trouble and all(step.ok for step in self.steps)

    @property
    def ended_in(self) -> str:
        """The name of the phase in which the trouble came: the one after the last step."""
        if not self.steps:
            return "Begin"
        names = list(PHASES)
        after = names[names.index(self.steps[-1].phase) + 1 :]
        return PHASES[after[0]] if after else "End"

    @property
    def rows(self) -> list[tuple[str, CheckStep]]:
        return [(PHASES.get(step.phase, step.phase), step) for step in self.steps]


def examine(endpoint: Endpoint, model: str) -> Report:
    """Run the check to its end or to LIMIT_SECONDS. Never raises: whatever goes wrong is in the report."""
    report = Report(model=model)
    patience = min(endpoint.timeouts.first_event_seconds, LIMIT_SECONDS)
    endpoint = msgspec.structs.replace(
        endpoint, timeouts=msgspec.structs.replace(endpoint.timeouts, first_event_seconds=patience)
    )
    try:
        async_to_sync(_gather)(endpoint, report)
    except TimeoutError:
        report.trouble = f"{endpoint.name} has not finished within {LIMIT_SECONDS} seconds."
    except UpstreamError as error:
        report.trouble = words_of_error(error.report())
    except Exception:
        log.exception("upstream.test_failed", upstream=endpoint.slug)
        report.trouble = "The test itself failed. What happened is in the server's log."
    return report


async def _gather(endpoint: Endpoint, report: Report) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        if not report.model:
            # What keeps the list away is for the steps to say, each under its own name.
            with suppress(UpstreamError):
                report.model = next(iter(await client.list_models(endpoint)), "")
        async with aclosing(check(endpoint, report.model)) as steps:
            async for step in steps:
                report.steps.append(step)
                if step.phase == "models" and step.ok and not report.model:
                    report.trouble = "No model is known to ask. Type the name of one."
                    return
