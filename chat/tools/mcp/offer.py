"""What a server offers, and its tools as ours."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from chat.text import clean
from chat.tools.mcp import arguments as reading
from chat.tools.mcp.connection import RAW
from chat.tools.mcp.content import Contents
from chat.tools.mcp.server import Catalog, Offered, OfferedPrompt, OfferedResource, Server
from chat.tools.mcp.session import Session
from chat.tools.tool import Access, Result, Tool, ToolError

# Bounds against a server without end; how many are offered to a model is decided by chat.runs.toolbox.
MAX_OF_A_KIND = 500
MAX_PAGES = 50
MAX_NAME_CHARS = 64
MAX_DESCRIPTION_CHARS = 4000
MAX_SCHEMA_BYTES = 100_000
MAX_INSTRUCTION_CHARS = 8000
# Separates the server's name and the tool's; neither format allows a dot.
BETWEEN = "__"
# What a model is told before the instructions of a server.
GUIDANCE = "How to use the tools that begin with {prefix}, by {name}:\n"
T = TypeVar("T")
_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")


async def discover(server: Server) -> Catalog:
    """All that the server offers, asked in a session of its own. Raises ToolError with a sentence for an administrator."""
    try:
        return await _discover(server)
    except ToolError:
        if server.command or server.transport:
            raise
        # As the protocol says: a server that does not take the request may be one of the older transport.
        older = msgspec.structs.replace(server, transport="sse")
        try:
            return await _discover(older)
        except ToolError:
            pass
        raise


async def _discover(server: Server) -> Catalog:
    return await once(server, functools.partial(_catalog, server))


async def once(server: Server, verb: Callable[[Any], Awaitable[T]]) -> T:
    """What the verb does with the package's client, in a session of its own. Raises ToolError."""
    session = Session(server, lambda _: None)
    try:
        return await session.ask(verb)
    finally:
        await asyncio.shield(session.close())


async def _catalog(server: Server, client: Any) -> Catalog:
    can, skipped = client.server_capabilities, []
    raw_tools = await _all(client, "tools") if can.tools is not None else []
    tools = []
    for one in raw_tools:
        tool, why = _tool_of(server, one)
        if tool is None:
            skipped.append(why)
        else:
            tools.append(tool)
    if len(raw_tools) >= MAX_OF_A_KIND:
        skipped.append(f"It offers more than {MAX_OF_A_KIND} tools.")
    prompts = await _all(client, "prompts") if can.prompts is not None else []
    resources = await _all(client, "resources") if can.resources is not None else []
    software = client.server_info
    return Catalog(
        tools=tuple(tools),
        prompts=tuple(filter(None, (_prompt_of(server, one) for one in prompts))),
        resources=tuple(filter(None, (_resource_of(server, one) for one in resources))),
        instructions=_line_of(server, client.session.instructions, MAX_INSTRUCTION_CHARS, keep_lines=True),
        skipped=tuple(skipped[:50]),
        transport="" if server.command else server.transport or "http",
        protocol=str(client.protocol_version),
        software=_line_of(server, f"{software.name} {software.version}" if software else "", 100),
    )


async def _all(client: Any, kind: str) -> list[Any]:
    """The entries of a list, page by page, as the server wrote them."""
    found: list[Any] = []
    cursor = None
    for _ in range(MAX_PAGES):
        page = await getattr(client, f"list_{kind}")(cursor=cursor)
        entries = _raw(page).get(kind)
        found += entries if isinstance(entries, list) else []
        cursor = page.next_cursor
        if not cursor or len(found) >= MAX_OF_A_KIND:
            break
    return found[:MAX_OF_A_KIND]


async def call(server: Server, client: Any, tool: str, arguments: dict[str, Any]) -> Result:
    """Call a tool. Raises ToolError with what the server says of its failure."""
    from mcp import MCPError, types

    async def send() -> Any:
        parameters = types.CallToolRequestParams(name=tool, arguments=arguments)
        # Not client.call_tool, which lists the tools once more and checks results by the schemas that the server wrote.
        return await client.session.send_request(types.CallToolRequest(params=parameters), types.CallToolResult)

    try:
        answer = await send()
    except MCPError as error:
        if error.code != types.HEADER_MISMATCH:
            raise
        await client.list_tools()
        answer = await send()
    raw = _raw(answer)
    contents = Contents(server).add(_list(raw.get("content"))).add_structured(raw.get("structuredContent"))
    result = contents.result()
    if answer.is_error:
        raise ToolError(result.text or f"{server.name} says that the call failed, and not why.")
    return result


async def get_prompt(server: Server, client: Any, name: str, arguments: dict[str, str]) -> Result:
    """The text of a prompt with these arguments, and its files. Raises ToolError."""
    answer = await client.get_prompt(name, arguments)
    contents = Contents(server)
    for message in _list(_raw(answer).get("messages")):
        block = message.get("content") if isinstance(message, dict) else None
        contents.add(block if isinstance(block, list) else [block])
    return contents.result()


async def read_resource(server: Server, client: Any, uri: str) -> Result:
    """The content of a resource: its text, and its files. Raises ToolError."""
    answer = await client.read_resource(uri)
    blocks = _list(_raw(answer).get("contents"))
    return Contents(server).add({"type": "resource", "resource": one} for one in blocks).result()


def tools_of(server: Server, offered: Iterable[Offered], instructions: str = "") -> list[Tool]:
    """The server's tools as ours, under names that begin with the server's."""
    tools = list(offered)
    names = names_of(server.slug, [one.name for one in tools])
    guidance = (
        GUIDANCE.format(name=server.name, prefix=f"{server.slug}{BETWEEN}") + instructions if instructions else ""
    )
    return [_tool(server, one, names[one.name], guidance) for one in tools]


def names_of(slug: str, names: Iterable[str]) -> dict[str, str]:
    """The names for the model, by the server's: `slug__name`, in the characters that both formats allow.

    Where two would be the same, those that had to be altered end in a digest of what they were.
    """
    whole = {name: f"{slug}{BETWEEN}{name}" for name in names}
    cleaned = {name: _UNFIT.sub("_", written)[:MAX_NAME_CHARS] for name, written in whole.items()}
    shared = [*cleaned.values()]
    return {
        name: short if short == whole[name] or shared.count(short) == 1 else _distinct(short, name)
        for name, short in cleaned.items()
    }


def _distinct(short: str, name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{short[: MAX_NAME_CHARS - 7]}_{digest}"


def _tool(server: Server, one: Offered, name: str, guidance: str) -> Tool:
    async def run(arguments: dict[str, Any], access: Access) -> Result:
        return await access.call_server(server, one.name, arguments, is_harmless=one.is_harmless)

    return Tool(
        name=name,
        description=f"{one.description} (from {server.name})",
        schema=one.schema,
        read=functools.partial(reading.read, one.schema),
        call=run,
        # It is another party's program, so people are asked until an administrator decides otherwise.
        policy="ask",
        has_effect=not one.is_harmless,
        # The server's own limit is shorter and has the better message; a session that has gone is begun once more.
        timeout_seconds=2 * server.timeout_seconds + 5,
        source={**server.source, **msgspec.to_builtins(one)},
        guidance=guidance,
    )


def _tool_of(server: Server, one: Any) -> tuple[Offered | None, str]:
    """The tool, or why it cannot be offered."""
    name, schema = _field(one, "name"), one.get("inputSchema") if isinstance(one, dict) else None
    if not name or not name.isprintable():
        return None, "A tool without a usable name."
    if not isinstance(schema, dict):
        return None, f"{name}: it has no schema of its arguments."
    if len(msgspec.json.encode(schema)) > MAX_SCHEMA_BYTES:
        return None, f"{name}: the schema of its arguments is larger than {MAX_SCHEMA_BYTES:,} bytes."
    about = one.get("annotations")
    harmless = isinstance(about, dict) and about.get("readOnlyHint") is True
    description = _line_of(server, _field(one, "description") or name, MAX_DESCRIPTION_CHARS)
    return Offered(name[:200], description, {"type": "object", **schema}, harmless), ""


def _prompt_of(server: Server, one: Any) -> OfferedPrompt | None:
    name = _field(one, "name")
    if not name:
        return None
    arguments = tuple(
        (_field(each, "name"), _line_of(server, _field(each, "description"), 300), each.get("required") is True)
        for each in _list(one.get("arguments"))
        if _field(each, "name")
    )
    title = _line_of(server, _field(one, "title") or name, 100)
    return OfferedPrompt(name[:200], title, _line_of(server, _field(one, "description"), 300), arguments[:20])


def _resource_of(server: Server, one: Any) -> OfferedResource | None:
    uri = _field(one, "uri")
    if not uri or len(uri) > 2000:
        return None
    title = _line_of(server, _field(one, "title") or _field(one, "name") or uri, 200)
    about = _line_of(server, _field(one, "description"), 300)
    return OfferedResource(uri, title, about, _field(one, "mimeType")[:100])


def _line_of(server: Server, text: str | None, max_chars: int, *, keep_lines: bool = False) -> str:
    said = server.scrubbed(clean(text or ""))
    return (said.strip() if keep_lines else " ".join(said.split()))[:max_chars]


def _field(one: Any, key: str) -> str:
    value = one.get(key) if isinstance(one, dict) else None
    return clean(value) if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _raw(answer: Any) -> Mapping[str, Any]:
    """What chat.tools.mcp.connection has put aside of a result."""
    meta = answer.meta
    raw = meta.get(RAW) if isinstance(meta, dict) else None
    return raw if isinstance(raw, dict) else {}
