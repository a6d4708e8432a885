"""The Test button of an upstream: runs the check of chat.upstreams and gathers its steps for a page."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from asgiref.sync import async_to_sync
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.shown.run_error import words_of_error
from chat.upstreams import client
from chat.upstreams.check import CheckStep, check
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError
from chat.upstreams.lessons import Lesson

log = structlog.get_logger(__name__)

# A person waits for this page. This is longer than the slowest first word seen and shorter than proxies' timeouts.
LIMIT_SECONDS = 50

PHASES: dict[str, Any] = {
    "dns": _("Resolve the host name"),
    "tcp": _("Connect"),
    "tls": _("Encrypt the connection"),
    "models": _("Key and models"),
    "first_word": _("First word"),
    "streaming": _("Stream the answer"),
    "usage": _("Token counts"),
    "tools": _("Tools"),
    "reasoning": _("Reasoning"),
    "pictures": _("Pictures"),
}


@dataclass(slots=True)
class Report:
    """The steps that were made, and the trouble that ended them early, if any."""

    steps: list[CheckStep] = field(default_factory=list)
    model: str = ""
    trouble: str = ""
    lessons: list[Lesson] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.steps) and not self.trouble and all(step.ok for step in self.steps)

    @property
    def ended_in(self) -> str:
        """The name of the phase in which the trouble occurred: the one after the last step."""
        if not self.steps:
            return gettext("Start")
        names = list(PHASES)
        after = names[names.index(self.steps[-1].phase) + 1 :]
        return str(PHASES[after[0]]) if after else gettext("End")

    @property
    def rows(self) -> list[tuple[str, CheckStep]]:
        return [(str(PHASES.get(step.phase, step.phase)), step) for step in self.steps]


Gather = Callable[[Endpoint, Report], Awaitable[None]]


def examine(endpoint: Endpoint, model: str, gather: Gather | None = None) -> Report:
    """Run the check, for at most LIMIT_SECONDS. Never raises: whatever goes wrong is in the report.

    `gather` fills the report; by default it asks the upstream.
    """
    report = Report(model=model)
    first_event_seconds = min(endpoint.timeouts.first_event_seconds, LIMIT_SECONDS)
    endpoint = msgspec.structs.replace(
        endpoint, timeouts=msgspec.structs.replace(endpoint.timeouts, first_event_seconds=first_event_seconds)
    )
    try:
        async_to_sync(gather or _gather)(endpoint, report)
    except TimeoutError:
        report.trouble = gettext("{name} has not finished within {count} seconds.").format(
            name=endpoint.name, count=LIMIT_SECONDS
        )
    except UpstreamError as error:
        report.trouble = words_of_error(error.report())
    except Exception:
        log.exception("upstream.test_failed", upstream=endpoint.slug)
        report.trouble = gettext("The test itself failed. The server's log says why.")
    return report


async def _gather(endpoint: Endpoint, report: Report) -> None:
    async with asyncio.timeout(LIMIT_SECONDS):
        if not report.model:
            # Why the list cannot be fetched is reported by the steps, each under its own name.
            with suppress(UpstreamError):
                report.model = next(iter(await client.list_models(endpoint)), "")
        async with aclosing(check(endpoint, report.model, lessons=report.lessons)) as steps:
            async for step in steps:
                report.steps.append(step)
                if step.phase == "models" and step.ok and not report.model:
                    report.trouble = gettext("No model is known. Type the name of one.")
                    return
