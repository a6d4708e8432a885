"""The only door to upstreams: opens, waits, tries again, and always closes. One connection carries one attempt."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping

import msgspec

from . import FORMATS, classify, odd_json, retry
from .answer import Answer
from .clock import CLOCK, Clock
from .endpoint import Endpoint
from .errors import (
    CannotReachError,
    ConnectTimeoutError,
    FirstEventTimeoutError,
    KeyRefusedError,
    NotAStreamError,
    RunTimeoutError,
    SilenceTimeoutError,
    UpstreamError,
)
from .events import CONTENT, Event, Identity, Phase, ToolCallDelta
from .exchange import Exchange, target_of
from .http1 import Connection
from .model_list import is_list, model_names
from .request import Request
from .route import Target, connect
from .text import scrub, shorten
from .warm import CONNECTIONS, Connections

# After the finish reason only usage and [DONE] may follow; a server that keeps the connection open is waited for no longer.
_AFTER_FINISH_SECONDS = 5.0
_ERROR_BODY_SECONDS = 10.0
# The end of the body comes with the end of the answer, or right behind it; a connection is not worth a longer wait.
_END_SECONDS = 0.05
_MAX_MODEL_LIST_BYTES = 8 << 20
# What a refusal teaches stands in its first sentences.
_MAX_WORDS_CHARS = 4000
# What servers without a list of models answer: no such path, no such method, not implemented.
_NO_LIST = (404, 405, 501)


async def stream(
    endpoint: Endpoint,
    request: Request,
    *,
    pace_seconds: Callable[[], float] = lambda: 0.0,
    clock: Clock = CLOCK,
    deadline: float | None = None,
    connections: Connections = CONNECTIONS,
) -> AsyncGenerator[list[Event], None]:
    """The events of the answer to this request, one list per network read; Phase events come first.

    After the first word, reads are `pace_seconds()` apart, so that one read brings many events. Tries again before the
    first word only. Raises UpstreamError after what was decoded before the fault. The connection is closed when the
    generator is closed or cancelled, at any phase: use contextlib.aclosing. After a whole answer it waits among
    `connections` for the next request.
    """
    if deadline is None:
        deadline = clock.monotonic() + endpoint.timeouts.run_seconds
    of = max(1, endpoint.max_attempts)
    for attempt in range(1, of + 1):
        run = _Attempt(endpoint, request, pace_seconds, clock, deadline, connections)
        yield [Phase("connecting", attempt, of)]
        try:
            async with contextlib.aclosing(run.batches(attempt, of)) as batches:
                async for batch in batches:
                    yield _with_our_names(batch, request.tools)
            return
        except UpstreamError as error:
            _dress(error, endpoint, run.request_id)
            if run.said or not error.retryable or attempt == of:
                raise
            wait_seconds = retry.wait_seconds(error, attempt, clock.random())
            if clock.monotonic() + wait_seconds >= deadline:
                raise
            why = str(error)
        yield [Phase("retrying", attempt + 1, of, wait_seconds, why)]
        await clock.sleep(wait_seconds)


async def list_models(endpoint: Endpoint, *, tls: ssl.SSLContext | None = None) -> list[str]:
    """The names of the upstream's models, sorted; empty where it has no list (404, 405). Raises UpstreamError."""
    url, headers = models_url(endpoint), dict(FORMATS[endpoint.format].headers(endpoint))
    try:
        connection = await connect(target(endpoint, url, tls), endpoint.timeouts.connect_seconds)
    except UpstreamError as error:
        _dress(error, endpoint, None)
        raise
    return await models_over(connection, endpoint, url, headers)


async def models_over(connection: Connection, endpoint: Endpoint, url: str, headers: dict[str, str]) -> list[str]:
    """list_models on a connection that is open already; closes it."""
    exchange = Exchange(connection, endpoint.name)
    try:
        async with asyncio.timeout(endpoint.timeouts.connect_seconds), contextlib.aclosing(exchange):
            await exchange.send("GET", url, {**_sent(headers, endpoint.name), "connection": "close"})
            body = await exchange.read_all(_MAX_MODEL_LIST_BYTES)
    except TimeoutError as error:
        raise ConnectTimeoutError("{name} did not send its list of models in time.", name=endpoint.name) from error
    except UpstreamError as error:
        _dress(error, endpoint, None)
        raise
    if exchange.status in _NO_LIST:
        return []
    if exchange.status != 200:
        failure = classify.of_response(exchange.status, body, endpoint.name)
        _dress(failure, endpoint, exchange.request_id)
        raise failure
    try:
        listed = odd_json.decode(body, endpoint.name)
    except UpstreamError:
        listed = None
    if not is_list(listed):
        raise NotAStreamError("{name} is not a model endpoint: its list of models cannot be read.", name=endpoint.name)
    return model_names(listed)


def models_url(endpoint: Endpoint) -> str:
    """Where the endpoint lists its models."""
    return endpoint.url(FORMATS[endpoint.format].MODELS_PATH)


class _Attempt:
    """One request on one connection."""

    def __init__(
        self,
        endpoint: Endpoint,
        request: Request,
        pace_seconds: Callable[[], float],
        clock: Clock,
        deadline: float,
        connections: Connections,
    ) -> None:
        self.said = False
        self.request_id: str | None = None
        self._endpoint = endpoint
        self._request = request
        self._pace_seconds = pace_seconds
        self._clock = clock
        self._deadline = deadline
        self._first_deadline = deadline
        self._content_at = 0.0  # when there was content last, or a reason to wait without
        self._connections = connections
        self._exchange: Exchange | None = None

    async def batches(self, attempt: int, of: int) -> AsyncGenerator[list[Event], None]:
        """Connect, ask, and give what comes. The connection is closed, unless all went well and it may serve again."""
        to = target(self._endpoint, self._request.url, self._connections.tls)
        try:
            exchange = await self._open(to, self._connections.take(to))
            self._first_deadline = self._clock.monotonic() + self._endpoint.timeouts.first_event_seconds
            yield [Phase("waiting", attempt, of)]
            try:
                await self._send(exchange)
            except CannotReachError:
                # It closed while it waited, and nobody has read the request: no fault of the upstream's.
                if not exchange.connection.has_served:
                    raise
                await exchange.aclose()
                exchange = await self._open(to, None)
                await self._send(exchange)
            self.request_id = exchange.request_id
            if self.request_id:
                yield [Identity(request_id=self.request_id)]
            async with contextlib.aclosing(self._read(exchange)) as batches:
                async for batch in batches:
                    yield batch
            if await exchange.finish(_END_SECONDS):
                self._exchange = None
                exchange.connection.has_served = True
                self._connections.put(to, exchange.connection)
        finally:
            if self._exchange is not None:
                await self._exchange.aclose()

    async def _open(self, to: Target, warm: Connection | None) -> Exchange:
        """An exchange on a connection that waits, or else on a new one."""
        seconds = min(self._endpoint.timeouts.connect_seconds, max(self._left(self._deadline), 0.001))
        self._exchange = Exchange(warm or await connect(to, seconds), self._endpoint.name)
        return self._exchange

    async def _send(self, exchange: Exchange) -> None:
        """Send the request and wait for the head of the response. Raises the error that its status means."""
        request, name = self._request, self._endpoint.name
        try:
            async with asyncio.timeout(self._patience()):
                await exchange.send("POST", request.url, _sent(request.headers, name), request.body)
        except TimeoutError:
            raise self._too_late() from None
        if exchange.status == 200:
            return
        body = b""
        try:
            async with asyncio.timeout(min(_ERROR_BODY_SECONDS, max(0.001, self._left(self._deadline)))):
                body = await exchange.read_all(classify.MAX_DETAIL_BYTES)
        except (TimeoutError, UpstreamError):
            pass  # the status says enough
        error = classify.of_response(exchange.status, body, name)
        error.request_id = exchange.request_id
        retry.heed(error, exchange.headers, self._clock.wall())
        raise error

    async def _read(self, exchange: Exchange) -> AsyncGenerator[list[Event], None]:
        """The events of the body, a list for each network read."""
        kind = exchange.headers.get("content-type", "")
        answer = Answer(FORMATS[self._endpoint.format], self._endpoint.name, kind)
        read_at = 0.0
        ended = False
        while not (ended or answer.done):
            if self.said and not answer.settled and not exchange.has_more:
                await self._pause(read_at)
            failure: UpstreamError | None = None
            try:
                data = await self._next(exchange, answer)
                read_at = self._clock.monotonic()
                ended = not data
                if ended:
                    answer.end()
                else:
                    answer.feed(data)
            except UpstreamError as error:
                failure = answer.cut() or error
                ended = True
            self.said = self.said or answer.said
            batch = answer.take()
            if answer.tool_is_open or any(isinstance(event, CONTENT) for event in batch):
                self._content_at = read_at
            if batch:
                yield batch
            if failure is not None and not answer.whole_despite(failure):
                raise failure
        if not ended:
            answer.end()

    async def _next(self, exchange: Exchange, answer: Answer) -> bytes:
        """The next network read, b"" at the end of the body. Raises UpstreamError."""
        patience = self._patience()
        if answer.settled:
            patience = min(patience, _AFTER_FINISH_SECONDS)
        elif patience <= 0:
            raise self._too_late()  # a stream that never pauses leaves a timer no chance to run
        try:
            exchange.connection.network.be_patient(patience)
            return await exchange.read()
        except TimeoutError:
            if answer.finished:
                return b""
            raise self._too_late() from None

    async def _pause(self, read_at: float) -> None:
        rest = self._pace_seconds() - (self._clock.monotonic() - read_at)
        if rest > 0:
            await self._clock.sleep(rest)

    def _left(self, deadline: float) -> float:
        return deadline - self._clock.monotonic()

    def _patience(self) -> float:
        """How long the next read may take."""
        if self.said:
            timeouts = self._endpoint.timeouts
            content_left = self._left(self._content_at + timeouts.content_seconds)
            return min(timeouts.silence_seconds, content_left, self._left(self._deadline))
        return min(self._left(self._first_deadline), self._left(self._deadline))

    def _too_late(self) -> UpstreamError:
        timeouts, name = self._endpoint.timeouts, self._endpoint.name
        if self._left(self._deadline) <= 0:
            return RunTimeoutError(
                "Stopped: the answer of {name} took longer than {time}.",
                name=name,
                time=timeouts.run_seconds,
            )
        if self.said and self._left(self._content_at + timeouts.content_seconds) <= 0:
            return SilenceTimeoutError(
                "{name} kept the connection open in the middle of its answer, but said nothing for {time}.",
                name=name,
                time=timeouts.content_seconds,
            )
        if self.said:
            seconds = timeouts.silence_seconds
            return SilenceTimeoutError(
                "{name} fell silent in the middle of its answer: nothing for {time}.", name=name, time=seconds
            )
        seconds = timeouts.first_event_seconds
        return FirstEventTimeoutError(
            "{name} said nothing within {time}. Try again, or choose another model.", name=name, time=seconds
        )


def _with_our_names(batch: list[Event], tools: Mapping[str, str]) -> list[Event]:
    """The same events, their tools under our names."""
    return [
        msgspec.structs.replace(event, name=tools[event.name])
        if isinstance(event, ToolCallDelta)
        and event.name is not None
        and tools.get(event.name, event.name) != event.name
        else event
        for event in batch
    ]


def target(endpoint: Endpoint, url: str, tls: ssl.SSLContext | None = None) -> Target:
    """Where a connection for this address of an upstream leads. Raises CannotReachError for an address that is none."""
    return target_of(url, endpoint.name, allow_private=endpoint.allow_private, proxies=endpoint.proxies, tls=tls)


def _sent(headers: Mapping[str, str], name: str) -> dict[str, str]:
    """The headers with ours. Raises KeyRefusedError for a value that no header can have, such as a key pasted with its line end."""
    for value in headers.values():
        if not (value.isascii() and value.isprintable()):
            raise KeyRefusedError(
                "The key or a header set for {name} has characters in it that cannot be sent. Tell an administrator.",
                name=name,
            )
    return {
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",
        "user-agent": "parley",
        **headers,
    }


def _dress(error: UpstreamError, endpoint: Endpoint, request_id: str | None) -> None:
    """Make an error fit to be shown: without secrets, short, and with the provider's request id."""
    secrets = endpoint.secrets()
    error.fields = {
        name: scrub(value, secrets) if isinstance(value, str) else value for name, value in error.fields.items()
    }
    error.in_full = scrub(error.said, secrets)[:_MAX_WORDS_CHARS]
    error.said = shorten(error.in_full)
    error.request_id = error.request_id or request_id
