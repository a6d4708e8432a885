"""A connection to a server with the package's client: streamable HTTP, the older SSE, or a program's pipes."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from chat.tools.mcp.server import Server
from chat.tools.mcp.trouble import Trouble, current
from chat.upstreams.exchange import target_of

# Of what a program says on its error output, the end is kept for people: why it has ended.
MAX_LAST_WORDS = 4000
# A list in a result, and what is left of it for the package, which refuses a whole result for one entry that it does not know.
_LISTS = ("content", "contents", "messages", "tools", "prompts", "resources")
RAW = "parley/raw"


class Ended:
    """Whether the server's side of a connection has ended, and a program's last words."""

    def __init__(self) -> None:
        self.happened = False
        self.last_words = b""


@asynccontextmanager
async def connected(
    server: Server, ended: Ended, heard: Callable[..., Coroutine[Any, Any, None]]
) -> AsyncIterator[Any]:
    """The package's client, ready for requests; `heard` is told of the server's notifications.

    Whatever goes wrong is raised, or noted in `trouble.current`. The same task must leave the block.
    """
    # The first import takes a second, which the event loop has not got.
    await asyncio.to_thread(importlib.import_module, "chat.tools.mcp.http")
    from mcp import Client

    async with AsyncExitStack() as stack:
        if server.command:
            transport = await _pipes(server, ended, stack)
        elif server.transport == "sse":
            transport = _sse(server)
        else:
            transport = await _streamable(server, stack)
        client = Client(_Read(transport, ended), message_handler=heard, cache=None)
        yield await stack.enter_async_context(client)


async def _streamable(server: Server, stack: AsyncExitStack) -> Any:
    from mcp.client.streamable_http import streamable_http_client

    from chat.tools.mcp.http import MAX_ANSWER_BYTES

    http = await stack.enter_async_context(_http(server, dict(server.headers)))
    return streamable_http_client(server.url, http_client=http, max_sse_event_size=MAX_ANSWER_BYTES)


def _sse(server: Server) -> Any:
    from mcp.client.sse import sse_client

    def client(headers: Any = None, timeout: Any = None, auth: Any = None) -> Any:
        return _http(server, dict(server.headers))

    return sse_client(server.url, timeout=server.timeout_seconds, httpx_client_factory=client)


def _http(server: Server, headers: dict[str, str]) -> Any:
    from chat.tools.mcp.http import http_client

    target = target_of(server.url, server.name, allow_private=server.allow_private, proxies=server.proxies)
    return http_client(target, headers, server.timeout_seconds)


async def _pipes(server: Server, ended: Ended, stack: AsyncExitStack) -> Any:
    from mcp import StdioServerParameters
    from mcp.client.stdio import stdio_client

    program, *arguments = server.command
    about = StdioServerParameters(
        command=program, args=arguments, env=dict(server.environment), encoding_error_handler="replace"
    )
    return stdio_client(about, errlog=stack.enter_context(_last_words(ended)))


class _last_words:  # noqa: N801  # a context manager, used like a function
    """A file for a program's error output, of which the end is kept in `ended`."""

    def __init__(self, ended: Ended) -> None:
        self._ended = ended

    def __enter__(self) -> Any:
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._reading, self._read)
        self._file = os.fdopen(writing, "w")
        return self._file

    def __exit__(self, *error: object) -> None:
        self._read()
        self._loop.remove_reader(self._reading)
        os.close(self._reading)
        self._file.close()

    def _read(self) -> None:
        try:
            while said := os.read(self._reading, 65536):
                self._ended.last_words = (self._ended.last_words + said)[-MAX_LAST_WORDS:]
        except BlockingIOError:
            pass


class _Read:
    """The package's transport; on the way in, the lists of results are put aside, unread, for chat.tools.mcp.content."""

    def __init__(self, transport: Any, ended: Ended) -> None:
        self._transport = transport
        self._ended = ended

    async def __aenter__(self) -> tuple[Any, Any]:
        incoming, outgoing = await self._transport.__aenter__()
        return _Incoming(incoming, self._ended), outgoing

    async def __aexit__(self, *error: Any) -> Any:
        return await self._transport.__aexit__(*error)


class _Incoming:
    """The package's stream of incoming messages. `last_context` belongs to its interface."""

    def __init__(self, inner: Any, ended: Ended) -> None:
        self._inner = inner
        self._ended = ended

    @property
    def last_context(self) -> Any:
        return getattr(self._inner, "last_context", None)

    async def receive(self) -> Any:
        import anyio

        try:
            return set_aside(await self._inner.receive())
        except (anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
            self._ended.happened = True
            raise

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()

    def __aiter__(self) -> _Incoming:
        return self

    async def __anext__(self) -> Any:
        try:
            return set_aside(await self._inner.__anext__())
        except StopAsyncIteration:
            self._ended.happened = True
            raise

    async def __aenter__(self) -> _Incoming:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._inner.__aexit__(*error)


def set_aside(item: Any) -> Any:
    """The message with its result's lists moved to `_meta`, where the package lets anything pass."""
    result = getattr(getattr(item, "message", None), "result", None)
    if isinstance(result, dict):
        aside = {name: result[name] for name in (*_LISTS, "structuredContent") if name in result}
        if aside:
            meta = result.get("_meta")
            result["_meta"] = {**(meta if isinstance(meta, dict) else {}), RAW: aside}
            result.update({name: [] for name in aside if name in _LISTS})
            result.pop("structuredContent", None)
            if "tools" in aside:
                result["tools"] = _with_headers(aside["tools"])
    return item


def _with_headers(tools: Any) -> list[Any]:
    """The tools of which arguments go into headers: the package has to know those."""
    if not isinstance(tools, list):
        return []
    return [
        {"name": tool["name"], "inputSchema": tool["inputSchema"]}
        for tool in tools
        if isinstance(tool, dict)
        and isinstance(tool.get("name"), str)
        and isinstance(tool.get("inputSchema"), dict)
        and "x-mcp-header" in str(tool["inputSchema"])
    ]


def noting(trouble: Trouble) -> None:
    """From here on, note what this task sees of its connection in `trouble`."""
    current.set(trouble)
