"""A request to the demo, read from a body in the OpenAI format, and its reply. Pure."""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

PICTURE = "[picture]"
# The way Parley writes the text of an attached file into a message.
_FILE = re.compile(
    r"\[File ([^\n]*)\]\n.*?\[End of file \1\]|\[File [^\n]*: its content is not shown to you\]", re.DOTALL
)


class Said(Struct, frozen=True):
    """A turn of "user", "assistant" or "tool"; the last is the result of a tool call, and `name` is the tool."""

    role: str
    text: str
    name: str = ""


class Tool(Struct, frozen=True):
    """A tool that may be called; `schema` is the JSON schema of its arguments."""

    name: str = ""
    description: str = ""
    schema: dict[str, Any] = msgspec.field(default_factory=dict, name="parameters")


def questions_of(turns: tuple[Said, ...]) -> tuple[str, ...]:
    """What a person said in each of their turns, without the attached files."""
    return tuple(_FILE.sub("", turn.text).strip() for turn in turns if turn.role == "user")


class Ask(Struct, frozen=True):
    """A parsed request. `thinking`: reason first."""

    model: str
    turns: tuple[Said, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    must_call: bool = False
    thinking: bool = False
    max_tokens: int | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        """What a person said in each turn, the latest last."""
        return questions_of(self.turns)


class Call(Struct, frozen=True):
    """A tool call: the tool's name, and its arguments as JSON text."""

    name: str
    arguments: str


class Reply(Struct, frozen=True):
    """An answer: its reasoning, its text, and at most one tool call after it."""

    text: str
    reasoning: str = ""
    call: Call | None = None


class BadRequestError(Exception):
    """The request cannot be answered; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class _Block(Struct):
    type: str = ""
    text: str = ""


class _ToolCall(Struct):
    id: str
    function: Call


class _Function(Struct):
    function: Tool


class _Message(Struct):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Block] | None = None
    tool_calls: list[_ToolCall] = []
    tool_call_id: str = ""

    def text(self) -> str:
        """The text; of a list of blocks, the text of those that have one, and PICTURE for each picture."""
        if not isinstance(self.content, list):
            return self.content or ""
        return "\n".join(filter(None, (PICTURE if one.type == "image_url" else one.text for one in self.content)))


class _Body(Struct):
    model: str
    messages: list[_Message]
    tools: list[_Function] = []
    tool_choice: Any = "auto"
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None


def read(data: bytes) -> Ask:
    """The request. Raises BadRequestError."""
    try:
        body = msgspec.json.decode(data, type=_Body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequestError(str(error)) from error
    names = {call.id: call.function.name for message in body.messages for call in message.tool_calls}
    turns = tuple(
        Said(message.role, message.text(), names.get(message.tool_call_id, ""))
        for message in body.messages
        if message.role not in ("system", "developer")
    )
    if not turns:
        raise BadRequestError("There is no user message.")
    return Ask(
        model=body.model,
        turns=turns,
        system="\n".join(message.text() for message in body.messages if message.role in ("system", "developer")),
        tools=() if body.tool_choice == "none" else tuple(one.function for one in body.tools),
        must_call=body.tool_choice == "required" or isinstance(body.tool_choice, dict),
        max_tokens=body.max_completion_tokens or body.max_tokens,
    )
