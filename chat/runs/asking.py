"""What a run asks its model: the conversation, the tool rounds so far, and the beginning of an answer that broke off."""

from __future__ import annotations

import msgspec
import structlog

from chat import catalogue
from chat.catalogue.tools import every_tool
from chat.database import DATABASE_TROUBLE, in_thread, in_thread_at_last
from chat.models import Run
from chat.runs import pictures
from chat.runs.calls import round_start
from chat.runs.context import Context, context_of
from chat.runs.learned import LEARNED
from chat.runs.toolbox import Toolbox, Tools, toolbox_of
from chat.transcript import RunState, StoredPart
from chat.upstreams import FORMATS
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import NotFoundError
from chat.upstreams.lessons import Learning
from chat.upstreams.parts import TextPart, Turn, from_json
from chat.upstreams.request import Options, Request

log = structlog.get_logger(__name__)

GO_ON = (
    "Your answer above was cut off. Continue exactly where it stops, in the middle of the word if need be. "
    "Repeat nothing, and do not mention the interruption."
)


def prepared(run: Run, tools: Tools = every_tool) -> tuple[Endpoint, Context, Toolbox]:
    """What all attempts of a run have in common. Raises NotFoundError."""
    endpoint = catalogue.endpoint(run.upstream, run.model)
    if endpoint is None:
        raise NotFoundError("The upstream {name} is no longer configured. Choose another model.", name=run.upstream)
    toolbox = toolbox_of(run, tools)
    ratio = LEARNED.ratio(endpoint.slug, run.model)
    return endpoint, context_of(run, endpoint.context_tokens, toolbox.specs, tokens_per_estimate=ratio), toolbox


async def learned(run: Run, learning: Learning) -> RunState:
    """Store what the refusals before an answer have taught about its model; the fields that tell its readers."""
    lessons = learning.settle()
    try:
        if lessons:
            await in_thread(catalogue.learn, learning.endpoint, run.model, lessons)
    except DATABASE_TROUBLE as error:
        # The next answer learns it anew; this one is not to be lost for it.
        log.warning("run.lesson_not_stored", run=run.pk, error=str(error)[:200])
    felt = [lesson.trait for lesson in lessons if lesson.is_felt]
    return {"learned": felt} if felt else {}


async def request_of(
    run: Run, endpoint: Endpoint, context: Context, toolbox: Toolbox, parts: list[StoredPart], text: str
) -> Request:
    """The request for the next attempt; `parts` is the answer so far, `text` what its unfinished round goes on with."""
    turns = _turns(run, endpoint, context, parts, text)
    options = _guided(Options(**run.options), toolbox)

    def encode(turns: list[Turn]) -> Request:
        return FORMATS[endpoint.format].encode(endpoint, run.model, turns, toolbox.specs, options)

    if not pictures.are_in(turns):
        return encode(turns)
    # Megabytes are read and written in base64: not on the loop that all answers come through.
    return await in_thread_at_last(lambda: encode(pictures.filled(run, turns)))


def _guided(options: Options, toolbox: Toolbox) -> Options:
    """The options, with what the servers of the tools say at the end of the system prompt."""
    system = "\n\n".join(filter(None, (options.system, toolbox.guidance)))
    return msgspec.structs.replace(options, system=system) if system else options


def _turns(run: Run, endpoint: Endpoint, context: Context, parts: list[StoredPart], text: str) -> list[Turn]:
    """The conversation, the tool rounds so far, and a text that has begun with the request to go on."""
    done = from_json(parts[: round_start(parts)])
    author = endpoint.author(run.model) if context.is_own else ""
    turns = [*context.turns, *([Turn("assistant", tuple(done), author=author)] if done else [])]
    if not text.strip():
        return turns
    # A prefilled turn may not end in blanks (a rule of the Anthropic format); OverlapCutter knows that they are there.
    prefills = endpoint.traits_of(run.model).prefill
    partial = Turn("assistant", (TextPart(text.rstrip() if prefills else text),))
    # A model goes on with a prefilled turn by itself; others are asked to, in the next turn.
    return [*turns, partial] if prefills else [*turns, partial, Turn("user", (TextPart(GO_ON),))]
