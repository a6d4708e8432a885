"""What a message is made of, as values: the shape in which conversations go to an upstream and come out of the database.

Knows nothing of Django. The JSON shape of a part is the one of the transcript: an object with its `type`.
"""

import base64
from typing import Any, Literal

import msgspec


class TextPart(msgspec.Struct, frozen=True, tag="text", tag_field="type"):
    """Text, as written."""

    text: str


class ReasoningPart(msgspec.Struct, frozen=True, tag="reasoning", tag_field="type"):
    """What the model thought; `signature`, `redacted` or `details` go back to its author in tool rounds, unchanged."""

    text: str
    signature: str = ""
    redacted: str = ""
    details: list[dict[str, Any]] = []


class ToolCallPart(msgspec.Struct, frozen=True, tag="tool_call", tag_field="type"):
    """The model's wish to call a tool; `arguments` is JSON text and may be broken."""

    id: str
    name: str
    arguments: str
    extra: dict[str, Any] | None = None


class AttachmentPart(msgspec.Struct, frozen=True, tag="attachment", tag_field="type"):
    """A file of a message: its stored id, its original name (text only), and its bytes where they are to be sent.

    A file that a model or a tool gave and that could not be stored has no id; `problem` says why.
    """

    id: str
    name: str
    media_type: str
    data: bytes = b""
    problem: str = ""


class SourcePart(msgspec.Struct, frozen=True, tag="source", tag_field="type"):
    """A page or document that an answer or a tool's result refers to; in an answer's text, `[number]` stands for it."""

    title: str
    url: str = ""
    number: int | None = None


class ToolResultPart(msgspec.Struct, frozen=True, tag="tool_result", tag_field="type"):
    """What a tool answered to the call `id`: text, and what came with it."""

    id: str
    name: str
    text: str
    is_error: bool = False
    contents: tuple[AttachmentPart | SourcePart, ...] = ()


class ProviderCallPart(msgspec.Struct, frozen=True, tag="provider_call", tag_field="type"):
    """A tool that the provider ran itself, and what it gave; never sent upstream: the text that followed says it."""

    id: str
    name: str
    arguments: str = ""
    text: str = ""
    is_error: bool = False


class RefusalPart(msgspec.Struct, frozen=True, tag="refusal", tag_field="type"):
    """Why the model will not answer."""

    text: str


class SeamPart(msgspec.Struct, frozen=True, tag="seam", tag_field="type"):
    """Marks where a broken answer was continued; never sent upstream."""

    attempt: int
    of: int
    why: str = ""


Part = (
    TextPart
    | ReasoningPart
    | ToolCallPart
    | ToolResultPart
    | ProviderCallPart
    | AttachmentPart
    | SourcePart
    | RefusalPart
    | SeamPart
)


class Turn(msgspec.Struct, frozen=True):
    """One message as an upstream sees it; `name` tells several people apart.

    `author` is the model that wrote all of an answer (Endpoint.author), "" where that is not known or was not one alone.
    """

    role: Literal["user", "assistant", "system"]
    parts: tuple[Part, ...]
    name: str | None = None
    author: str = ""


def from_json(objects: list[dict[str, Any]]) -> list[Part]:
    """Parts out of JSON objects with their `type`; unknown fields are ignored. Raises msgspec.ValidationError."""
    return msgspec.convert(objects, list[Part])


def base64_text(attachment: AttachmentPart) -> str:
    """The attachment's bytes as both formats want them."""
    return base64.b64encode(attachment.data).decode("ascii")
