"""What a model can do besides answering: tools, reasoning and pictures, each tried with one short question."""

import asyncio
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Literal

import msgspec

from . import FORMATS, taught
from .endpoint import Endpoint
from .errors import UpstreamError
from .events import Event, Reasoning, Text, ToolCallDelta, UsageReport
from .lessons import Learning, Lesson
from .parts import AttachmentPart, Part, TextPart, Turn
from .request import Options, Request, ToolSpec
from .warm import Connections

# A person waits for all of them, which are tried at once; reasoning models are slow.
LIMIT_SECONDS = 25.0
_PLACE = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_CLOCK = ToolSpec("clock", "Tells the time in a city.", _PLACE)

Ability = Literal["tools", "reasoning", "pictures"]


class Found(msgspec.Struct, frozen=True):
    """One ability: how long it took to find out, whether the model has it, what to know, and what its refusals taught."""

    ability: Ability
    seconds: float
    has: bool
    text: str
    lessons: list[Lesson] = []


async def abilities(endpoint: Endpoint, model: str, connections: Connections) -> list[Found]:
    """Try all of them at once. Costs three short answers; never raises UpstreamError."""
    tried: tuple[tuple[Ability, tuple[Part, ...], Sequence[ToolSpec], Options], ...] = (
        ("tools", (TextPart("What time is it in Oslo? Use the tool clock."),), (_CLOCK,), Options()),
        ("reasoning", (TextPart("How many of the numbers from 1 to 30 are prime?"),), (), Options(reasoning_effort="low")),
        (
            "pictures",
            (TextPart("Which colour is this picture? Answer with one word."), _RED),
            (),
            Options(),
        ),
    )  # fmt: skip

    def asked(parts: tuple[Part, ...], tools: Sequence[ToolSpec], options: Options) -> Callable[[Endpoint], Request]:
        return lambda it: FORMATS[it.format].encode(it, model, [Turn("user", parts)], tools, options)

    return await asyncio.gather(
        *(
            _try(ability, Learning(endpoint, model), asked(parts, tools, options), connections)
            for ability, parts, tools, options in tried
        )
    )


async def _try(
    ability: Ability, learning: Learning, question: Callable[[Endpoint], Request], connections: Connections
) -> Found:
    started = time.monotonic()
    events: list[Event] = []
    try:
        async with (
            asyncio.timeout(LIMIT_SECONDS),
            aclosing(taught.stream(learning, question, connections=connections)) as batches,
        ):
            async for batch in batches:
                events += batch
    except UpstreamError as error:
        return Found(ability, time.monotonic() - started, False, str(error))
    except TimeoutError:
        words = f"No answer within {LIMIT_SECONDS:g} s, so this is not known."
        return Found(ability, time.monotonic() - started, False, words)
    lessons = learning.settle()
    has, words = _judged(ability, events, lessons)
    return Found(ability, time.monotonic() - started, has, words, lessons)


def _judged(ability: Ability, events: list[Event], lessons: list[Lesson]) -> tuple[bool, str]:
    refusal = next((each for each in lessons if each.is_felt), None)
    if refusal is not None:
        said = f" It said: {refusal.said}" if refusal.said else ""
        return False, f"The model refuses this, so it is left out.{said}"
    if ability == "tools":
        if any(isinstance(event, ToolCallDelta) for event in events):
            return True, "The model calls tools."
        return False, "Tools are accepted, but the model answered without calling one."
    if ability == "reasoning":
        counts = [event.usage.reasoning_tokens or 0 for event in events if isinstance(event, UsageReport)]
        if any(isinstance(event, Reasoning) for event in events):
            return True, "The model reasons, and its reasoning can be read."
        if counts and counts[-1]:
            return True, f"The model reasons ({counts[-1]} tokens), and does not show it."
        return False, "The model answers without reasoning."
    words = " ".join("".join(event.text for event in events if isinstance(event, Text)).split())[:60]
    sees = "red" in words.lower()
    return sees, "The model sees pictures." if sees else f"Pictures are accepted, but a red one was called “{words}”."


def _png(edge: int = 64) -> bytes:
    """A red square: of the size from which on all providers take pictures."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff\0\0" * edge) * edge
    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


_RED = AttachmentPart("red", "red.png", "image/png", _png())
