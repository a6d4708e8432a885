"""What a run sends upstream: the path of messages above its answer, cut to the model's context at a turn boundary.

The request for turn n+1 begins with the request for turn n, so that the upstream's prompt cache works: names are put
before messages by a rule that never changes its mind, and a cut stays where it is until it no longer suffices.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Concat

from chat.models import Attachment, Message, Run
from chat.models.message import path_to
from chat.runs import pictures
from chat.upstreams.parts import AttachmentPart, Part, TextPart, ToolResultPart, Turn, from_json
from chat.upstreams.request import ToolSpec
from chat.upstreams.tokens import estimate

# What providers count for a picture of LONG_EDGE_PX is at most 1,600 tokens.
PICTURE_TOKENS = 1600
# The role of a turn and the marks around it.
TURN_TOKENS = 5
# An answer whose length nobody has limited has this much room, or a quarter of a small context.
ANSWER_TOKENS = 4096
# What a document of nothing but scans says before its pages.
_NO_TEXT = "(This document has no text. Its pages are scanned, and follow as pictures.)"
# Bodies are read newest first, this many at a time, until the rest would be cut anyway.
BODIES = 50
# A new cut goes down to this part of the context, so that the next turns keep the same prefix.
CUT_TO = 0.7


# Who wrote an answer, as Endpoint.author names a model; "" where several models did, of which each can read only its own.
_OTHERS = Run.objects.filter(message=OuterRef("pk")).exclude(
    upstream=OuterRef("run__upstream"), model=OuterRef("run__model")
)
_WRITER = Case(
    When(Exists(_OTHERS), then=Value("")),
    default=Concat(F("run__upstream"), Value("/"), F("run__model")),
    output_field=CharField(),
)


@dataclass(frozen=True, slots=True)
class Context:
    """The turns to send, oldest first, how many older ones were left out, and the estimated size where one was needed.

    `is_own`: no other model has written a part of the answer that is to go on. `tokens` counts the system prompt and the
    tools, too; it is 0 where nothing limits the size, or pictures are in it.
    """

    turns: tuple[Turn, ...]
    cut_turns: int
    is_own: bool = True
    tokens: int = 0


def context_of(
    run: Run, context_tokens: int | None, specs: Sequence[ToolSpec] = (), *, tokens_per_estimate: float = 1.0
) -> Context:
    """The context of `run`'s answer; the answer itself is not in it.

    `specs` are the tools that go along; `tokens_per_estimate` is how far estimates for this model were off before.
    """
    path = _path_above(run.message)
    bodies = path.select_related("author").annotate(writer=_WRITER)
    # What an answer begins with is a part of its message only once a run of it has ended.
    others = run.message.runs.exclude(upstream=run.upstream, model=run.model)
    is_own = not run.message.parts or not others.exists()
    starter = run.message.conversation.created_by_id
    if context_tokens is None:
        return Context(tuple(_turn(message, starter) for message in bodies)[::-1], 0, is_own)
    fixed = _fixed_tokens(run, specs)
    limit = round((context_tokens - _answer_tokens(run, context_tokens)) / tokens_per_estimate) - fixed
    cuts = list(path.values_list("run__state__cut_turns", flat=True))
    earlier = max((cut or 0 for cut in cuts), default=0)
    turns: list[Turn] = []
    sizes: list[int] = []
    tokens = 0
    for message in bodies[: len(cuts) - earlier].iterator(chunk_size=BODIES):
        turns.append(_turn(message, starter))
        sizes.append(_tokens(turns[-1], run.model))
        tokens += sizes[-1]
        # The last two: where even they do not fit, the last question stays, and the turn before it where a path is odd.
        if tokens > limit and len(turns) > 1:
            break
    # What was not read is cut in any case, whatever its size.
    unread = len(cuts) - len(turns)
    cut = cut_to_fit([0] * unread + sizes[::-1], limit, earlier)
    kept = tuple(turns[::-1][cut - unread :])
    has_pictures = any(isinstance(part, AttachmentPart) and not part.data for turn in kept for part in turn.parts)
    return Context(kept, cut, is_own, 0 if has_pictures else fixed + sum(sizes[: len(kept)]))


def cut_to_fit(sizes: list[int], limit: int, earlier: int) -> int:
    """How many of the oldest turns to leave out so that the rest fits `limit` tokens.

    `earlier` is the cut of an earlier request of the same path and is kept while it suffices. A cut falls before a
    person's turn (every second one, the first being a person's), and the last turn always stays.
    """
    rest = [*accumulate(reversed(sizes), initial=0)][::-1]
    if rest[min(earlier, len(sizes))] <= limit:
        return earlier
    cut = earlier
    while cut + 2 < len(sizes) and rest[cut] > limit * CUT_TO:
        cut += 2
    return cut


def _path_above(answer: Message) -> QuerySet[Message]:
    """The messages above `answer`, newest first: a message is always younger than its parent."""
    return path_to(answer.parent_id).order_by("-pk")


def _turn(message: Message, starter: int | None) -> Turn:
    # Every author except the one who began is named, from their first message on: later arrivals change nothing before them.
    is_named = message.role == Message.Role.USER and message.author is not None and message.author_id != starter
    name = message.author.display_name if is_named and message.author is not None else None
    parts = _with_texts(message) or [TextPart("")]
    author = message.writer if message.role == Message.Role.ASSISTANT else ""  # type: ignore[attr-defined]
    return Turn(message.role, tuple(parts), name, author)  # type: ignore[arg-type]


def _with_texts(message: Message) -> list[Part]:
    """The parts, files as what was read out of them; the bytes of pictures wait until they are sent."""
    parts = from_json(message.parts)
    if not any(isinstance(part, AttachmentPart) for part in parts):
        return parts
    rows = Attachment.objects.filter(message=message).exclude(kind=Attachment.Kind.IMAGE)
    read = {str(pk): (text, scans or ()) for pk, text, scans in rows.values_list("pk", "text", "scans")}
    shown: list[Part] = []
    for part in parts:
        if not isinstance(part, AttachmentPart) or part.id not in read:
            shown.append(part)
            continue
        text, scans = read[part.id]
        shown.append(AttachmentPart(part.id, part.name, "text/plain", (text or _NO_TEXT).encode()))
        shown += [pictures.of_page(part, number) for number in scans]
    return shown


def _fixed_tokens(run: Run, specs: Sequence[ToolSpec]) -> int:
    """What goes with every request: the system prompt and the tools."""
    schemas = json.dumps([(spec.name, spec.description, spec.schema) for spec in specs], default=dict) if specs else ""
    return sum(estimate(text, run.model) for text in (run.options.get("system") or "", schemas) if text)


def _answer_tokens(run: Run, context_tokens: int) -> int:
    return min(int(run.options.get("max_tokens") or ANSWER_TOKENS), context_tokens // 4)


def _tokens(turn: Turn, model: str) -> int:
    return sum(_tokens_of(part, model) for part in turn.parts) + TURN_TOKENS


def _tokens_of(part: Part, model: str) -> int:
    if isinstance(part, AttachmentPart):
        text = part.name + part.data.decode("utf-8", "replace") if part.data else ""
        return estimate(text, model) if text else PICTURE_TOKENS
    if isinstance(part, ToolResultPart):
        return estimate(part.text, model) + sum(_tokens_of(each, model) for each in part.contents)
    return estimate(getattr(part, "text", "") + getattr(part, "arguments", ""), model)
