"""A request to the demo, and its reply, independent of the format. Values only."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

# The way Parley writes the text of an attached file into a message.
_FILE = re.compile(
    r"\[File ([^\n]*)\]\n.*?\[End of file \1\]|\[File [^\n]*: its content is not shown to you\]", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Said:
    """A turn. With the role `tool` it is the result of a tool call, and `name` is the tool."""

    role: Literal["user", "assistant", "tool"]
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that may be called; `schema` is the JSON schema of its arguments."""

    name: str
    description: str = ""
    schema: dict[str, Any] = field(default_factory=dict)


def questions_of(turns: tuple[Said, ...]) -> tuple[str, ...]:
    """What a person said in each of their turns, without the attached files."""
    return tuple(_FILE.sub("", turn.text).strip() for turn in turns if turn.role == "user")


@dataclass(frozen=True, slots=True)
class Ask:
    """A parsed request. `thinking`: reason first. `usage`: send the usage in the stream."""

    model: str
    turns: tuple[Said, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    must_call: bool = False
    stream: bool = False
    thinking: bool = False
    usage: bool = True
    max_tokens: int | None = None

    @property
    def questions(self) -> tuple[str, ...]:
        """What a person said in each turn, the latest last."""
        return questions_of(self.turns)


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call: the tool's name, and its arguments as JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its reasoning, its text, and at most one tool call after it."""

    text: str
    reasoning: str = ""
    call: Call | None = None


class BadRequestError(Exception):
    """The request cannot be answered; `status` is the HTTP status, `kind` the error type of the formats."""

    def __init__(self, message: str, status: int = 400, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
