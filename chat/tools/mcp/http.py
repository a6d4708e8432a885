"""The HTTP client of the MCP package, with connections like our own: to checked addresses only, and bounded in size.

It notes what it sees in `trouble.current`, because the package tells its callers of most failures in the same words.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpcore2
import httpx2
import msgspec

from chat.tools.mcp.trouble import Trouble, current
from chat.upstreams.errors import UpstreamError
from chat.upstreams.route import Target, find_route, open_route

# One response: pictures in base64, and a result that says everything twice, as text and as data.
MAX_ANSWER_BYTES = 32 << 20
MAX_ERROR_BYTES = 64 << 10
TOO_LARGE = f"it sends more than {MAX_ANSWER_BYTES:,} bytes"
PACKED = "it packs its answers although it was asked not to"
_SESSION = "mcp-session-id"


def http_client(target: Target, headers: Mapping[str, str], timeout_seconds: float) -> httpx2.AsyncClient:
    """A client for the server at this target."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=target.tls,
        network_backend=_Guarded(target),
        # Not limited, because a limited pool can die of cancelled requests; a conversation has 16 calls at once at most.
        max_connections=None,
        # A stream that nobody reads does not notice that the server has closed it.
        max_keepalive_connections=0,
    )
    return httpx2.AsyncClient(
        transport=_Observed(transport),
        headers={"accept-encoding": "identity", **headers},
        # The limit of the whole call is shorter, and has the better message.
        timeout=httpx2.Timeout(timeout_seconds + 1),
        trust_env=False,
    )


class _Observed(httpx2.AsyncBaseTransport):
    """Notes why a call fails, and answers the package in its place: an exception would end the whole session."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await self._inner.handle_async_request(request)
        except (UpstreamError, httpx2.TransportError, OSError) as error:
            _note(said=str(error) or type(error).__name__)
            if request.method != "POST":
                raise
            return _refusal(request, 502, str(error))
        if response.headers.get("content-encoding", "identity") != "identity":
            # A few compressed bytes may become gigabytes.
            await response.aclose()
            _note(said=PACKED)
            return _refusal(request, 502, PACKED)
        if response.status_code >= 400:
            return await _refused(request, response)
        if request.method == "POST" and response.headers.get("content-type", "").lower().startswith("application/json"):
            return await _whole(request, response)
        if request.method == "POST":
            stream = _Bounded(response.stream)
            return httpx2.Response(response.status_code, headers=response.headers, stream=stream, request=request)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """The stream of a response, of which no more than MAX_ANSWER_BYTES are read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for piece in self._inner:
                size += len(piece)
                if size > MAX_ANSWER_BYTES:
                    raise httpx2.ReadError(TOO_LARGE)
                yield piece
        except httpx2.TransportError as error:
            _note(said=str(error) or "its answer broke off")
            raise

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _whole(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """A JSON response, read to its end here, where a failure can be told apart."""
    try:
        body = await _read(_Bounded(response.stream), MAX_ANSWER_BYTES + 1)
    except httpx2.TransportError as error:
        return _refusal(request, 502, str(error))
    finally:
        await response.aclose()
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() != "transfer-encoding"]
    return httpx2.Response(response.status_code, headers=headers, content=body, request=request)


async def _refused(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    try:
        body = await _read(response.stream, MAX_ERROR_BYTES)
    except httpx2.TransportError:
        body = b""
    finally:
        await response.aclose()
    status, said = response.status_code, _message_of(body)
    knew_session = _SESSION in request.headers
    _note(
        status=status,
        said=said,
        wants_oauth="bearer" in response.headers.get("www-authenticate", "").lower(),
        retry_after=_pause(response.headers.get("retry-after", "")),
        # Some servers say 400 where the protocol says 404.
        session_is_gone=knew_session and (status == 404 or (status == 400 and "session" in said.lower())),
    )
    return httpx2.Response(
        status,
        headers={"content-type": response.headers.get("content-type", "")},
        content=body,
        request=request,
    )


async def _read(stream: Any, max_bytes: int) -> bytes:
    pieces, size = [], 0
    async for piece in stream:
        pieces.append(piece)
        size += len(piece)
        if size >= max_bytes:
            break
    return b"".join(pieces)[:max_bytes]


def _message_of(body: bytes) -> str:
    """What an error's body says to people: the message of a JSON error, else its text without markup."""
    text = body.decode("utf-8", "replace")
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return "" if text.lstrip()[:1] == "<" else text
    for key in ("error", "error_description", "message", "detail"):
        if isinstance(value, dict) and value.get(key):
            inner = value[key]
            said = inner.get("message") if isinstance(inner, dict) else inner
            if isinstance(said, str):
                return said
    return text


def _pause(retry_after: str) -> str:
    return f"{retry_after} s" if retry_after.isdigit() else ""


def _note(**about: Any) -> None:
    """Note what went wrong last with the call that this code is part of, instead of what went wrong before."""
    if (noted := current.get()) is not None:
        for name in Trouble.__slots__:
            setattr(noted, name, about.get(name, getattr(Trouble(), name)))


def _refusal(request: httpx2.Request, status: int, said: str) -> httpx2.Response:
    """A response for the package that fails this request and nothing else."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": said}}
    return httpx2.Response(status, json=error, request=request)


class _Guarded(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, checks every address, and connects to a checked one, through a proxy if one is set."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        target = msgspec.structs.replace(self._target, host=host, port=port)
        return await open_route(target, await find_route(target))
