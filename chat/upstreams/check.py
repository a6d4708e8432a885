"""Does this upstream work? Step by step, each with its time, explained to the administrator who set it up."""

import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Literal

import msgspec

from . import FORMATS, client, route, taught
from .abilities import abilities
from .endpoint import Endpoint
from .errors import UpstreamError
from .events import Finish, Reasoning, Refusal, Text, UsageReport
from .http1 import Connection
from .lessons import Learning, Lesson
from .parts import TextPart, Turn
from .request import Options, Request
from .warm import Connections

# One word of several tokens, so that the answer shows whether they arrive one by one.
QUESTION = "Answer with a single very long word, for example a chemical name, and nothing else."
# Fewer pieces than this may share one packet; a shorter wait cannot hide a buffer that matters.
_MIN_PIECES = 4
_MIN_WAIT_SECONDS = 0.5
_AT_ONCE_SECONDS = 0.02

StepName = Literal[
    "dns", "tcp", "tls", "models", "first_word", "streaming", "usage", "tools", "reasoning", "pictures"
]  # fmt: skip


class CheckStep(msgspec.Struct, frozen=True):
    """One step: how long it took, whether it is as it should be, and what to know or do.

    `has`: False where a model that works lacks something, such as tools.
    """

    phase: StepName
    seconds: float
    ok: bool
    text: str
    has: bool = True

    @property
    def milliseconds(self) -> int:
        return round(self.seconds * 1000)


async def check(
    endpoint: Endpoint, model: str, *, tls: ssl.SSLContext | None = None, lessons: list[Lesson] | None = None
) -> AsyncGenerator[CheckStep, None]:
    """Resolve, connect, encrypt, list the models, ask for one word, and try what the model can do. Ends after a failed step.

    Costs four short answers. Only the step "streaming" may fail while the upstream can be used. What the model's refusals
    taught is added to `lessons`.
    """
    lessons = [] if lessons is None else lessons
    opened: list[Connection] = []
    try:
        async for step in _connect(endpoint, opened, tls):
            yield step
            if not step.ok:
                return
        step = await _models(endpoint, model, opened[0])
        yield step
    finally:
        for each in opened:
            each.close()
    if not step.ok:
        return
    connections = Connections(tls=tls, max_idle=0)
    learning = Learning(msgspec.structs.replace(endpoint, max_attempts=1), model)
    async with aclosing(_word(learning, model, connections)) as steps:
        async for step in steps:
            yield step
    if step.phase == "first_word":
        return
    lessons += learning.settle()
    for found in await abilities(learning.endpoint, model, connections):
        lessons += found.lessons
        yield CheckStep(found.ability, found.seconds, True, found.text, found.has)


async def _connect(
    endpoint: Endpoint, opened: list[Connection], tls: ssl.SSLContext | None
) -> AsyncGenerator[CheckStep, None]:
    started, seconds = time.monotonic(), endpoint.timeouts.connect_seconds
    phase: StepName = "dns"
    try:
        target = client.target(endpoint, client.models_url(endpoint), tls)
        way = await route.within(seconds, target, route.find_route(target))
        yield CheckStep("dns", time.monotonic() - started, True, _whereabouts(target, way))
        started, phase = time.monotonic(), "tcp"
        stream = await route.within(seconds, target, route.open_route(target, way))
        opened.append(Connection(stream, target.scheme, target.host, target.port))
        through = f" through the proxy {way.proxy}" if way.proxy else ""
        yield CheckStep("tcp", time.monotonic() - started, True, f"Connected to port {target.port}{through}.")
        if target.scheme == "https":
            started, phase = time.monotonic(), "tls"
            await route.within(seconds, target, route.secure(stream, target))
            yield CheckStep("tls", time.monotonic() - started, True, "Encrypted; the certificate is valid.")
    except UpstreamError as error:
        yield CheckStep(phase, time.monotonic() - started, False, str(error))


def _whereabouts(target: route.Target, way: route.Route) -> str:
    if way.proxy and target.proxies.resolve_names:
        return f"The proxy {way.proxy} looks {target.host} up."
    return f"{target.host} is {', '.join(way.addresses[:4])}."


async def _models(endpoint: Endpoint, model: str, opened: Connection) -> CheckStep:
    started = time.monotonic()
    headers = FORMATS[endpoint.format].headers(endpoint)
    try:
        ids = await client.models_over(opened, endpoint, client.models_url(endpoint), headers)
    except UpstreamError as error:
        # Some servers have no list but answer all the same: only the key is final here.
        return CheckStep("models", time.monotonic() - started, error.code != "key_refused", str(error))
    seconds = time.monotonic() - started
    if not ids:
        return CheckStep("models", seconds, True, "There is no list of models: type their names by hand.")
    if model not in ids:
        return CheckStep("models", seconds, True, f"{len(ids)} models, but {model} is not among them: check its name.")
    return CheckStep("models", seconds, True, f"The key is accepted; {len(ids)} models, and {model} is one of them.")


async def _word(learning: Learning, model: str, connections: Connections) -> AsyncGenerator[CheckStep, None]:
    endpoint, usage = learning.endpoint, None

    def question(it: Endpoint) -> Request:
        return FORMATS[it.format].encode(it, model, [Turn("user", (TextPart(QUESTION),))], (), Options())

    started = time.monotonic()
    first: float | None = None
    last, pieces, reads, finish = 0.0, 0, 0, ""
    try:
        async with aclosing(taught.stream(learning, question, connections=connections)) as batches:
            async for batch in batches:
                said = sum(isinstance(event, Text | Reasoning | Refusal) for event in batch)
                usage = next((event.usage for event in batch if isinstance(event, UsageReport)), usage)
                finish = next((event.raw for event in batch if isinstance(event, Finish)), finish)
                if said:
                    last, pieces, reads = time.monotonic(), pieces + said, reads + 1
                if said and first is None:
                    first = last
                    yield CheckStep("first_word", first - started, True, "The model answers.")
    except UpstreamError as error:
        phase: StepName = "first_word" if first is None else "streaming"
        yield CheckStep(phase, time.monotonic() - (first or started), False, str(error))
        return
    if first is None:
        yield CheckStep(
            "first_word", time.monotonic() - started, False, f"{endpoint.name} finished ({finish}) without a word."
        )
        return
    held_back = pieces >= _MIN_PIECES and last - first < _AT_ONCE_SECONDS and first - started > _MIN_WAIT_SECONDS
    if held_back:
        text = (
            "The whole answer came at once, at its end: something on the way collects it. Switch off buffering in the "
            "proxy (nginx: proxy_buffering off), or choose a server that streams."
        )
        yield CheckStep("streaming", last - first, False, text)
    else:
        yield CheckStep("streaming", last - first, True, f"The answer streams: {pieces} pieces in {reads} reads.")
    if usage is None or usage.output_tokens is None:
        yield CheckStep("usage", 0.0, True, "Token counts are not reported: they are estimated.", False)
    else:
        words = f"Token counts are reported: {usage.input_tokens or 0} in, {usage.output_tokens} out."
        yield CheckStep("usage", 0.0, True, words)
