"""The only door to upstreams: opens, waits, tries again, and always closes. HTTP happens here and nowhere else.

One httpx client and one connection per attempt, never a shared pool: a pool walks all its connections at every open and
close, and a limited one dies of cancelled requests.
"""

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

import httpx

from . import FORMATS, classify, odd_json, retry
from .address import LookUp
from .answer import Answer
from .clock import CLOCK, Clock
from .connection import Connection, Target, connect
from .endpoint import Endpoint
from .errors import (
    BrokenOff,
    CannotReach,
    ConnectTimeout,
    FirstEventTimeout,
    KeyRefused,
    NotAStream,
    RunTimeout,
    SilenceTimeout,
    UpstreamError,
)
from .events import Event, Identity, Phase
from .http1 import Exchange
from .request import Request
from .text import scrub, shorten
from .unpack import Unpacker

# After the finish reason only usage and [DONE] may follow; a server that keeps the connection open is not waited for.
_AFTER_FINISH_SECONDS = 5.0
_ERROR_BODY_SECONDS = 10.0
_MAX_MODEL_LIST_BYTES = 8 << 20


async def stream(
    endpoint: Endpoint,
    request: Request,
    *,
    pace_seconds: Callable[[], float] = lambda: 0.0,
    clock: Clock = CLOCK,
    tls: ssl.SSLContext | None = None,
    deadline: float | None = None,
) -> AsyncGenerator[list[Event], None]:
    """The events of the answer to this request, one list per network read; Phase events come first.

    After the first word, reads are `pace_seconds()` apart, so that one read brings many events. Tries again before the
    first word only. Raises UpstreamError after what was decoded before the fault. The connection is closed when the
    generator is closed or cancelled, at any phase: use contextlib.aclosing.
    """
    if deadline is None:
        deadline = clock.monotonic() + endpoint.timeouts.run_seconds
    of = max(1, endpoint.max_attempts)
    for attempt in range(1, of + 1):
        run = _Attempt(endpoint, request, pace_seconds, clock, deadline, tls)
        yield [Phase("connecting", attempt, of)]
        try:
            async with contextlib.aclosing(run.batches(attempt, of)) as batches:
                async for batch in batches:
                    yield batch
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
    """The ids of the upstream's models, sorted; empty where it has no list (404). Raises UpstreamError."""
    url, headers = endpoint.url("/models"), dict(FORMATS[endpoint.format].headers(endpoint))
    try:
        connection = await connect(target(endpoint, url, tls), endpoint.timeouts.connect_seconds)
    except UpstreamError as error:
        _dress(error, endpoint, None)
        raise
    return await models_over(connection, endpoint, url, headers)


async def models_over(connection: Connection, endpoint: Endpoint, url: str, headers: dict[str, str]) -> list[str]:
    """list_models on a connection that is open already; closes it."""
    try:
        async with (
            asyncio.timeout(endpoint.timeouts.connect_seconds),
            exchange(connection, endpoint.name) as http,
            http.stream("GET", url, headers=_sent(headers, endpoint.name)) as response,
        ):
            body = await body_of(response, endpoint.name, _MAX_MODEL_LIST_BYTES)
    except TimeoutError as error:
        raise ConnectTimeout("{name} did not send its list of models in time.", name=endpoint.name) from error
    except UpstreamError as error:
        _dress(error, endpoint, None)
        raise
    finally:
        connection.close()
    if response.status_code == 404:
        return []
    if response.status_code != 200:
        failure = classify.of_response(response.status_code, body, endpoint.name)
        _dress(failure, endpoint, _request_id(response))
        raise failure
    try:
        listed = odd_json.items(odd_json.mapping(odd_json.decode(body, endpoint.name)).get("data"))
    except UpstreamError as error:
        raise NotAStream(
            "{name} is not a model endpoint: its list of models cannot be read.", name=endpoint.name
        ) from error
    ids = (odd_json.text(odd_json.mapping(model).get("id")) for model in listed)
    return sorted({id for id in ids if id})


class _Attempt:
    """One request on one connection."""

    def __init__(
        self,
        endpoint: Endpoint,
        request: Request,
        pace_seconds: Callable[[], float],
        clock: Clock,
        deadline: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.said = False
        self.request_id: str | None = None
        self._endpoint = endpoint
        self._request = request
        self._pace_seconds = pace_seconds
        self._clock = clock
        self._deadline = deadline
        self._first_deadline = deadline
        self._tls = tls

    async def batches(self, attempt: int, of: int) -> AsyncGenerator[list[Event], None]:
        """Connect, ask, and give what comes. The connection is closed whatever happens."""
        timeouts, name = self._endpoint.timeouts, self._endpoint.name
        left = self._left(self._deadline)
        connection = self._connection = await connect(
            target(self._endpoint, self._request.url, self._tls), min(timeouts.connect_seconds, max(left, 0.001))
        )
        http = exchange(connection, name)
        try:
            self._first_deadline = self._clock.monotonic() + timeouts.first_event_seconds
            yield [Phase("waiting", attempt, of)]
            response = await self._response(http)
            self.request_id = _request_id(response)
            if self.request_id:
                yield [Identity(request_id=self.request_id)]
            async with contextlib.aclosing(self._read(response)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            connection.close()
            await http.aclose()

    async def _response(self, http: httpx.AsyncClient) -> httpx.Response:
        """The response's head. Raises the error that its status means."""
        sent = http.build_request(
            "POST",
            self._request.url,
            headers=_sent(self._request.headers, self._endpoint.name),
            content=self._request.body,
        )
        try:
            async with asyncio.timeout(self._patience()):
                response = await http.send(sent, stream=True)
        except TimeoutError:
            raise self._too_late() from None
        if response.status_code == 200:
            return response
        body = b""
        try:
            async with asyncio.timeout(min(_ERROR_BODY_SECONDS, max(0.001, self._left(self._deadline)))):
                body = await body_of(response, self._endpoint.name, classify.MAX_DETAIL_BYTES)
        except (TimeoutError, UpstreamError):
            pass  # the status says enough
        error = classify.of_response(response.status_code, body, self._endpoint.name)
        error.request_id = _request_id(response)
        retry.heed(error, response.headers, self._clock.wall())
        raise error

    async def _read(self, response: httpx.Response) -> AsyncGenerator[list[Event], None]:
        """The events of the body, a list for each network read."""
        kind, encoding = (response.headers.get(name, "") for name in ("content-type", "content-encoding"))
        answer = Answer(FORMATS[self._endpoint.format], self._endpoint.name, kind, encoding)
        chunks = response.aiter_raw()
        read_at = 0.0
        ended = False
        while not (ended or answer.done):
            if self.said and not answer.finished:
                await self._pause(read_at)
            failure: UpstreamError | None = None
            try:
                data = await self._next(chunks, answer)
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
            if batch:
                yield batch
            if failure is not None and not answer.whole_despite(failure):
                raise failure
        if not ended:
            answer.end()

    async def _next(self, chunks: AsyncIterator[bytes], answer: Answer) -> bytes:
        """The next network read, b"" at the end of the body. Raises BrokenOff and the timeouts."""
        patience = self._patience()
        if answer.finished:
            patience = min(patience, _AFTER_FINISH_SECONDS)
        elif patience <= 0:
            raise self._too_late()  # a stream that never pauses lets no timer have its say
        try:
            self._connection.be_patient(patience)
            return await anext(chunks, b"")
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
            return min(self._endpoint.timeouts.silence_seconds, self._left(self._deadline))
        return min(self._left(self._first_deadline), self._left(self._deadline))

    def _too_late(self) -> UpstreamError:
        timeouts, name = self._endpoint.timeouts, self._endpoint.name
        if self._left(self._deadline) <= 0:
            return RunTimeout(
                "Stopped: the answer of {name} took longer than {time}.",
                name=name,
                time=timeouts.run_seconds,
            )
        if self.said:
            seconds = timeouts.silence_seconds
            return SilenceTimeout(
                "{name} fell silent in the middle of its answer: nothing for {time}.", name=name, time=seconds
            )
        seconds = timeouts.first_event_seconds
        return FirstEventTimeout(
            "{name} said nothing within {time}. Try again, or choose another model.", name=name, time=seconds
        )


class _OneConnection(httpx.AsyncBaseTransport):
    """An httpx transport over the one connection that was opened for it."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._exchange = Exchange(name)
        self._name = name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self._connection.write(self._exchange.request(request.method, request.url.raw_path, request.headers.raw, body))
        first = b""
        while self._exchange.status is None:
            try:
                data = await self._connection.read()
            except OSError as error:
                raise CannotReach(
                    "{name} closed the connection without an answer. Try again in a while.", name=self._name
                ) from error
            first = self._exchange.receive(data)
        return httpx.Response(
            self._exchange.status, headers=self._exchange.headers, stream=_Body(self._connection, self._exchange, first)
        )

    async def aclose(self) -> None:
        self._connection.close()


class _Body(httpx.AsyncByteStream):
    """The response's body, one piece per network read."""

    def __init__(self, connection: Connection, exchange: Exchange, first: bytes) -> None:
        self._connection = connection
        self._exchange = exchange
        self._first = first

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        while not self._exchange.complete:
            data = b""
            if not self._exchange.broken:
                try:
                    data = await self._connection.read()
                except TimeoutError:
                    raise
                except OSError:
                    pass  # a reset ends the body, too
            if not data:
                self._exchange.end()
                return
            body = self._exchange.receive_body(data)
            if body:
                yield body

    async def aclose(self) -> None:
        self._connection.close()


def target(endpoint: Endpoint, url: str, tls: ssl.SSLContext | None = None) -> Target:
    """Whom to connect to for this address of an upstream. Raises CannotReach for an address that is none."""
    return target_of(url, endpoint.name, allow_private=endpoint.allow_private, tls=tls)


def target_of(
    url: str, name: str, *, allow_private: bool, tls: ssl.SSLContext | None = None, find: LookUp | None = None
) -> Target:
    """Whom to connect to for any address, as the client itself reads it. Raises CannotReach for one that is none."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise CannotReach(
            "The address of {name} is not a web address. Tell an administrator.", name=name, retryable=False
        )
    secure = parsed.scheme == "https"
    return Target(
        host=parsed.raw_host.decode("ascii"),
        port=parsed.port or (443 if secure else 80),
        name=name,
        allow_private=allow_private,
        tls=(tls or _tls_context()) if secure else None,
        find=find,
    )


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """The one TLS context of this process: making one takes 30 ms, sharing it is free and safe."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()  # also the system's own, where a company keeps its own authority
    context.set_alpn_protocols(["http/1.1"])
    return context


def exchange(connection: Connection, name: str) -> httpx.AsyncClient:
    """A client whose one request goes over this connection; it follows no redirect and takes no proxy."""
    transport = _OneConnection(connection, name)
    return httpx.AsyncClient(transport=transport, timeout=None, trust_env=False, follow_redirects=False)  # noqa: S113  our own


def _sent(headers: Mapping[str, str], name: str) -> dict[str, str]:
    """The headers with ours. Raises KeyRefused for a value that cannot be a header's, as a key pasted with its line end."""
    for value in headers.values():
        if not (value.isascii() and value.isprintable()):
            raise KeyRefused(
                "The key or a header set for {name} has characters in it that cannot be sent. Tell an administrator.",
                name=name,
            )
    return {
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "parley",
        **headers,
    }


async def body_of(response: httpx.Response, name: str, max_bytes: int) -> bytes:
    """The body, unpacked, at most so much of it. Raises UpstreamError."""
    unpacker = Unpacker(response.headers.get("content-encoding", ""), name)
    pieces, size = [], 0
    try:
        async for data in response.aiter_raw():
            for piece in unpacker.feed(data):
                pieces.append(piece)
                size += len(piece)
                if size >= max_bytes:
                    return b"".join(pieces)[:max_bytes]
    except BrokenOff:
        pass  # what there is may say enough
    return b"".join(pieces)


def _request_id(response: httpx.Response) -> str | None:
    given = response.headers.get("x-request-id") or response.headers.get("request-id")
    return given[:200] if given else None


def _dress(error: UpstreamError, endpoint: Endpoint, request_id: str | None) -> None:
    """Make an error fit to be shown: without secrets, short, and with the provider's request id."""
    secrets = endpoint.secrets()
    error.fields = {
        name: scrub(value, secrets) if isinstance(value, str) else value for name, value in error.fields.items()
    }
    error.said = shorten(scrub(error.said, secrets))
    error.request_id = error.request_id or request_id
