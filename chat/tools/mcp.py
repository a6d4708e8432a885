"""Tools of MCP servers: listing and calling them. Each request has its own connection, which is closed afterwards.

The `mcp` package is imported at the first use, because it takes 30 MB of memory. Streamable HTTP has the same guard as all our
connections: a name is resolved once, every address is checked, and the checked one is connected to. A server that is a
program on this machine (stdio) must be permitted by the operator in the settings.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from chat.text import clean
from chat.upstreams.errors import UpstreamError
from chat.upstreams.exchange import target_of
from chat.upstreams.proxies import DIRECT, Proxies

from .tool import MAX_ARGUMENT_CHARS, MAX_RESULT_CHARS, Access, BadArgumentsError, Tool, ToolError

# More would fill a model's context, and both formats have similar limits.
MAX_TOOLS = 60
MAX_NAME_CHARS = 64
MAX_DESCRIPTION_CHARS = 2000
MAX_SCHEMA_BYTES = 20_000
# Separates the server's name and the tool's; neither format allows a dot.
BETWEEN = "__"
_TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The location of a server: an address with headers, or a command on this machine. repr() omits headers: they are secret."""

    slug: str
    name: str
    url: str = ""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    command: tuple[str, ...] = ()
    allow_private: bool = False
    proxies: Proxies = DIRECT
    timeout_seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Server(slug={self.slug!r}, url={self.url!r})"


class Offered(msgspec.Struct, frozen=True):
    """A tool as its server describes it; `is_harmless` means that the server calls it read-only."""

    name: str
    description: str
    schema: dict[str, Any]
    is_harmless: bool = False


async def discover(server: Server) -> list[Offered]:
    """The tools that the server offers, at most MAX_TOOLS. Raises ToolError with a sentence for an administrator."""
    async with _limited(server), _client(server) as client:
        found: list[Any] = []
        cursor = None
        while len(found) < MAX_TOOLS:
            page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor:
                break
        return [_offered(one) for one in found[:MAX_TOOLS] if _is_usable(one)]


async def call(server: Server, name: str, arguments: dict[str, Any]) -> str:
    """Call a tool and return its result as text. Raises ToolError."""
    async with _limited(server), _client(server) as client:
        result = await client.call_tool(name, arguments)
    text = "\n\n".join(_text_of(block) for block in result.content)
    if not text and result.structured_content is not None:
        text = msgspec.json.encode(result.structured_content).decode()
    text = clean(text)[:MAX_RESULT_CHARS]
    if result.is_error:
        raise ToolError(text or f"{server.name} says that the call failed, and not why.")
    return text


def tools_of(server: Server, offered: Iterable[Offered]) -> list[Tool]:
    """The server's tools as ours, under names that begin with the server's."""
    return [_tool(server, one) for one in offered]


def name_of(slug: str, name: str) -> str:
    """The name for the model: `slug__name`, in the characters that both formats allow."""
    return f"{slug}{BETWEEN}{_UNFIT.sub('_', name)}"[:MAX_NAME_CHARS]


def _tool(server: Server, one: Offered) -> Tool:
    async def run(arguments: dict[str, Any], access: Access) -> str:
        return await call(server, one.name, arguments)

    return Tool(
        name=name_of(server.slug, one.name),
        description=f"{one.description} (from {server.name})",
        schema=one.schema,
        read=functools.partial(_read, one.schema),
        call=run,
        # It is another party's program, so people are asked until an administrator decides otherwise.
        policy="ask",
        has_effect=not one.is_harmless,
        timeout_seconds=server.timeout_seconds + 5,
    )


def _read(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    if len(text) > MAX_ARGUMENT_CHARS:
        raise BadArgumentsError(f"The arguments have more than {MAX_ARGUMENT_CHARS:,} characters. Send fewer.")
    try:
        value = msgspec.json.decode(text.strip() or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadArgumentsError(f"The arguments are not JSON: {error}. Call the tool again.") from None
    if not isinstance(value, dict):
        raise BadArgumentsError("The arguments must be a JSON object. Call the tool again.")
    if mismatch := _mismatch(schema, value):
        raise BadArgumentsError(f"The arguments do not fit the schema of this tool: {mismatch}. Call it again.")
    return value


def _mismatch(schema: Mapping[str, Any], arguments: dict[str, Any]) -> str:
    """What is wrong with the arguments by the top level of a schema, or ""; the server checks the rest.

    No library for JSON Schema is used: the server wrote the schema, whose patterns and references could be made slow.
    """
    known, required = schema.get("properties"), schema.get("required")
    for name in required if isinstance(required, list) else ():
        if isinstance(name, str) and name not in arguments:
            return f"{name!r} is missing"
    for name, value in arguments.items():
        about = known.get(name) if isinstance(known, dict) else None
        if about is None and schema.get("additionalProperties") is False:
            return f"{name!r} is unknown"
        if not isinstance(about, dict):
            continue
        types = about.get("type")
        if not any(_is_of(value, kind) for kind in (types if isinstance(types, list) else [types])):
            return f"{name!r} is not of type {types!r}"
        if isinstance(choices := about.get("enum"), list) and value not in choices:
            return f"{name!r} is none of its choices"
    return ""


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a JSON value has the type that a schema names; any value matches an unknown type."""
    if kind in ("integer", "number"):
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return is_whole or (isinstance(value, float) and (kind == "number" or value.is_integer()))
    return not isinstance(kind, str) or isinstance(value, _TYPES.get(kind, object))


def _is_usable(one: Any) -> bool:
    try:
        return len(msgspec.json.encode(one.input_schema)) <= MAX_SCHEMA_BYTES
    except (TypeError, msgspec.MsgspecError):
        return False


def _offered(one: Any) -> Offered:
    description = " ".join(clean(one.description or one.name).split())[:MAX_DESCRIPTION_CHARS]
    harmless = bool(one.annotations and one.annotations.read_only_hint)
    return Offered(one.name, description, {"type": "object", **one.input_schema}, harmless)


def _text_of(block: Any) -> str:
    if block.type == "text":
        return str(block.text)
    if block.type == "resource":
        return str(getattr(block.resource, "text", "[a file that is not text]"))
    return f"[{block.type}: not shown]"


# --- the connection ---


@asynccontextmanager
async def _limited(server: Server) -> AsyncIterator[None]:
    """Limit the block to the server's timeout, and turn any failure into a ToolError with one sentence."""
    # Imported here, so that a process that never asks an MCP server does without their memory; the same in _client().
    import httpx2
    from mcp import MCPError

    troubles = (MCPError, httpx2.HTTPError, UpstreamError, OSError, ValueError, RuntimeError)
    try:
        async with asyncio.timeout(server.timeout_seconds):
            yield
    except TimeoutError:
        raise ToolError(
            f"The MCP server {server.name} did not answer within {server.timeout_seconds:g} seconds."
        ) from None
    except troubles as error:
        raise ToolError(_sentence(server, error)) from None
    except BaseExceptionGroup as group:
        # The library uses task groups, so an error may be wrapped in several exception groups.
        known, unknown = group.split((ToolError, *troubles))
        if unknown is not None or known is None:
            raise
        raise ToolError(_sentence(server, _cause(known))) from None


def _cause(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _sentence(server: Server, error: BaseException) -> str:
    if isinstance(error, ToolError):
        return str(error)
    said = clean(" ".join(str(error).split()))[:300]
    for secret in server.headers.values():
        said = said.replace(secret, "…")
    return f"The MCP server {server.name} cannot be used: {said or type(error).__name__}."


@asynccontextmanager
async def _client(server: Server) -> AsyncIterator[Any]:
    from mcp import Client, StdioServerParameters
    from mcp.client.streamable_http import streamable_http_client

    if server.command:
        program, *arguments = server.command
        async with Client(StdioServerParameters(command=program, args=arguments)) as client:
            yield client
        return
    from .mcp_http import http_client

    target = target_of(server.url, server.name, allow_private=server.allow_private, proxies=server.proxies)
    http = http_client(target, server.headers, server.timeout_seconds)
    async with http, Client(streamable_http_client(server.url, http_client=http)) as client:
        yield client
