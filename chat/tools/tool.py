"""What a tool is: a name, what the model is told, how its arguments are read, and the call itself.

Knows no rows and no runs. What a tool may touch beyond its arguments it gets as a World.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from chat.upstreams.proxies import Proxies
from chat.upstreams.request import ToolSpec

Policy = Literal["auto", "ask", "deny"]
POLICIES: tuple[Policy, ...] = ("auto", "ask", "deny")

MAX_ARGUMENT_CHARS = 100_000
# What the transcript keeps of one result; a model is given less (chat.upstreams.rounds).
MAX_RESULT_CHARS = 200_000

A = TypeVar("A", bound=msgspec.Struct)


class ToolError(Exception):
    """The call failed; the message is for the model, and says what to do differently."""


class BadArgumentsError(ToolError):
    """The arguments are no JSON, or not what the schema asks for."""


class Found(msgspec.Struct, frozen=True):
    """A message that a search found: where it stands, who wrote it, when, and the words around the match."""

    conversation: str
    title: str
    author: str
    written_at: datetime
    excerpt: str


class FileText(msgspec.Struct, frozen=True):
    """A piece of a file's text: from which character on, and how many the whole file has."""

    name: str
    text: str
    start: int
    total: int


class World(Protocol):
    """What a tool may touch, on behalf of the person who asked; each call sees only what that person may see."""

    @property
    def proxies(self) -> Proxies:
        """Through what the web is reached."""
        ...

    def now(self) -> datetime:
        """The time, aware."""
        ...

    async def search(self, query: str, limit: int) -> list[Found]:
        """Messages of that person's conversations."""
        ...

    async def file(self, name: str, start: int, chars: int) -> FileText:
        """The text of a file in this conversation. Raises ToolError."""
        ...


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a model may do.

    `read` makes arguments out of the model's JSON text and raises BadArgumentsError; `call` answers with text and raises
    ToolError. `policy`: what holds until an administrator says otherwise. `has_effect`: it changes something in the world,
    so after a crash it is not called again without asking. `is_personal`: it brings what only the person who asked may see, so
    where others read along that person is asked first. `is_on`: offered until an administrator says otherwise.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    call: Callable[[Any, World], Awaitable[str]]
    policy: Policy = "auto"
    has_effect: bool = False
    is_personal: bool = False
    is_on: bool = True
    timeout_seconds: float = 30.0

    @property
    def spec(self) -> ToolSpec:
        """What the model is told."""
        return ToolSpec(self.name, self.description, self.schema)


def tool(arguments: type[A], call: Callable[[A, World], Awaitable[str]], **about: Any) -> Tool:
    """A tool whose arguments are the fields of `arguments`: their types and bounds are the schema, and are enforced."""
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
