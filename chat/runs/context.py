"""What a run sends upstream: the path of messages above its answer, cut to the model's context at a turn boundary.

The request for turn n+1 begins with the request for turn n, so that the upstream's prompt cache works: names are put
before messages by a rule that never changes its mind, and a cut stays where it is until it no longer suffices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat.models import Message, Run
from chat.upstreams.parts import TextPart, Turn, from_json

# Three characters a token: safe for most languages' prose; what is cut too early costs less than a refused request.
CHARS_PER_TOKEN = 3
# A new cut goes down to this part of the context, so that the next turns keep the same prefix.
CUT_TO = 0.7


@dataclass(frozen=True, slots=True)
class Context:
    """The turns to send, oldest first, and how many older ones were left out."""

    turns: tuple[Turn, ...]
    cut_turns: int


def context_of(run: Run, context_tokens: int | None) -> Context:
    """The context of `run`'s answer; the answer itself is not in it."""
    path = _path_above(run.message)
    turns = [_turn(message, run.message.conversation.created_by_id) for message in path]
    if context_tokens is None:
        return Context(tuple(turns), 0)
    earlier = max((_cut_of(message) for message in path), default=0)
    cut = cut_to_fit([_chars(turn) for turn in turns], context_tokens * CHARS_PER_TOKEN, earlier)
    return Context(tuple(turns[cut:]), cut)


def cut_to_fit(sizes: list[int], limit: int, earlier: int) -> int:
    """How many of the oldest turns to leave out so that the rest fits `limit` characters.

    `earlier` is the cut of an earlier request of the same path and is kept while it suffices. A cut falls before a
    person's turn (every second one, the first being a person's), and the last turn always stays.
    """
    if sum(sizes[earlier:]) <= limit:
        return earlier
    cut = earlier
    while cut + 2 < len(sizes) and sum(sizes[cut:]) > limit * CUT_TO:
        cut += 2
    return cut


def _path_above(answer: Message) -> list[Message]:
    by_id = {row.pk: row for row in answer.conversation.messages.select_related("author", "run")}
    path: list[Message] = []
    step = by_id.get(answer.parent_id) if answer.parent_id else None
    while step is not None:
        path.append(step)
        step = by_id.get(step.parent_id) if step.parent_id else None
    return path[::-1]


def _turn(message: Message, starter: int | None) -> Turn:
    # Everybody but the one who began is named, from their first message on: later arrivals change nothing before them.
    is_named = message.role == Message.Role.USER and message.author is not None and message.author_id != starter
    name = message.author.display_name if is_named and message.author is not None else None
    parts = from_json(_sendable(message.parts)) or [TextPart("")]
    return Turn(message.role, tuple(parts), name)  # type: ignore[arg-type]


def _sendable(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for part in parts if part["type"] != "attachment"]


def _cut_of(message: Message) -> int:
    return int(message.run.state.get("cut_turns") or 0) if message.run else 0


def _chars(turn: Turn) -> int:
    return sum(len(getattr(part, "text", "")) + len(getattr(part, "arguments", "")) for part in turn.parts) + 16
