"""The definition of a tool: its name, its description for the model, its arguments, and the call itself.

Knows no rows and no runs. Beyond its arguments, a tool reaches no more than its Access.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from chat.tools.mcp.server import Server
from chat.upstreams.given import GivenFile, Source
from chat.upstreams.proxies import Proxies
from chat.upstreams.request import ToolSpec

Policy = Literal["auto", "ask", "deny"]
POLICIES: tuple[Policy, ...] = ("auto", "ask", "deny")

MAX_ARGUMENT_CHARS = 100_000
# The transcript stores this much of a result; a model is given less (chat.upstreams.rounds).
MAX_RESULT_CHARS = 200_000

A = TypeVar("A", bound=msgspec.Struct)


class ToolError(Exception):
    """The call failed; the message tells the model what to do differently."""


class BadArgumentsError(ToolError):
    """The arguments are not JSON, or do not match the schema."""


class Found(msgspec.Struct, frozen=True):
    """A message that a search found: its conversation, its author, its time, and the words around the match."""

    conversation: str
    title: str
    author: str
    written_at: datetime
    excerpt: str


class FileText(msgspec.Struct, frozen=True):
    """A piece of a file's text: the offset of its first character, and the length of the whole text."""

    name: str
    text: str
    start: int
    total: int


class Result(msgspec.Struct, frozen=True):
    """What a call gave: the text that the model reads, files (stored with the answer, and shown), and links."""

    text: str
    files: tuple[GivenFile, ...] = ()
    links: tuple[Source, ...] = ()


class Access(Protocol):
    """What a tool has access to on behalf of the person who asked; it sees only what that person may see."""

    @property
    def proxies(self) -> Proxies:
        """The proxies for requests to the web."""
        ...

    def now(self) -> datetime:
        """The current time, with its time zone."""
        ...

    async def search(self, query: str, limit: int) -> list[Found]:
        """Search the messages of that person's conversations."""
        ...

    async def file(self, name: str, start: int, chars: int) -> FileText:
        """Read the text of a file in this conversation. Raises ToolError."""
        ...

    async def call_server(self, server: Server, tool: str, arguments: dict[str, Any], *, is_harmless: bool) -> Result:
        """Call a tool of an MCP server in this conversation's session with it. Raises ToolError."""
        ...


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a model may do.

    `read` parses the model's JSON text into arguments and raises BadArgumentsError; `call` returns text, or a Result
    where there is more than text, and raises ToolError. `policy` and `is_on` apply until an administrator decides
    otherwise. `has_effect`: a call changes something in the world, so it is not repeated after a crash without asking.
    `is_personal`: it returns what only the person who asked may see, so that person is asked first in a conversation with
    other members. `source`: where a tool of another party comes from and how it is described there; a rule that people made
    for it holds as long as this is unchanged. `guidance`: what its server says about the use of its tools; a model that is
    offered any of them is told it once.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    call: Callable[[Any, Access], Awaitable[str | Result]]
    policy: Policy = "auto"
    has_effect: bool = False
    is_personal: bool = False
    is_on: bool = True
    timeout_seconds: float = 30.0
    source: Mapping[str, Any] | None = None
    guidance: str = ""

    @property
    def spec(self) -> ToolSpec:
        """The description for the model."""
        return ToolSpec(self.name, self.description, self.schema)


def tool(arguments: type[A], call: Callable[[A, Access], Awaitable[str | Result]], **about: Any) -> Tool:
    """Make a tool whose arguments are the fields of `arguments`; their types and bounds make the schema and are enforced."""
    _, components = msgspec.json.schema_components([arguments])
    schema = {
        key: value for key, value in components[arguments.__name__].items() if key not in ("title", "description")
    }
    decoder = msgspec.json.Decoder(arguments)

    def read(text: str) -> A:
        if len(text) > MAX_ARGUMENT_CHARS:
            raise BadArgumentsError(f"The arguments have more than {MAX_ARGUMENT_CHARS:,} characters. Send fewer.")
        try:
            return decoder.decode(text.strip() or "{}")
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise BadArgumentsError(
                f"The arguments do not fit the schema of this tool: {error}. Call it again."
            ) from None

    return Tool(schema=schema, read=read, call=call, **about)
