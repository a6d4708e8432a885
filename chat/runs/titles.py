"""A conversation's title: the first words at once, a better one from a short extra call when a model is set for it."""

import asyncio
import functools
from contextlib import aclosing

import structlog

from chat import catalogue
from chat.database import in_thread_at_last
from chat.models import Run
from chat.upstreams import FORMATS, taught
from chat.upstreams import events as ev
from chat.upstreams.errors import UpstreamError
from chat.upstreams.lessons import Learning
from chat.upstreams.parts import TextPart, Turn
from chat.upstreams.request import Options

log = structlog.get_logger(__name__)

ASK = (
    "Give this conversation a title of three to six words, in its own language. "
    "Answer with the title alone: no quotes, no full stop."
)
EXCERPT_CHARS = 2000
TITLE_CHARS = 80
# Reasoning models think before they write a title, too.
MAX_TOKENS = 300
TIMEOUT_SECONDS = 60


async def propose(run: Run) -> bool:
    """Name the conversation of a run that has ended, if it was its first answer; whether the title changed."""
    choice = catalogue.title_choice(run.upstream, run.model)
    if choice is None:
        return False
    found = await in_thread_at_last(_question_and_answer, run.pk)
    endpoint = await in_thread_at_last(catalogue.endpoint, *choice)
    if found is None or endpoint is None:
        return False
    question, answer = found
    asked = f"{ASK}\n\nThe question:\n{question[:EXCERPT_CHARS]}\n\nThe answer:\n{answer[:EXCERPT_CHARS]}"
    turns = [Turn("user", (TextPart(asked),))]
    encode = functools.partial(
        FORMATS[endpoint.format].encode, model=choice[1], turns=turns, options=Options(max_tokens=MAX_TOKENS)
    )
    learning = Learning(endpoint, choice[1])
    words: list[str] = []
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), aclosing(taught.stream(learning, encode)) as batches:
            async for batch in batches:
                for event in batch:
                    if isinstance(event, ev.Text):
                        words.append(event.text)
                    elif isinstance(event, ev.TextWasReasoning):
                        words.clear()
        await in_thread_at_last(catalogue.learn, endpoint, choice[1], learning.settle())
    except (UpstreamError, TimeoutError) as error:
        log.info("title.not_found", run=run.pk, error=str(error)[:200])
        return False
    title = " ".join("".join(words).split()).strip("\"'“”«».# ")[:TITLE_CHARS]
    if not title:
        return False
    await in_thread_at_last(run.message.conversation.rename, title, automatic=True)
    return True


def _question_and_answer(run_id: int) -> tuple[str, str] | None:
    run = Run.objects.select_related("message__conversation", "message__parent").filter(pk=run_id).first()
    if run is None or run.message.parent is None or run.message.parent.parent_id is not None:
        return None
    if not run.message.conversation.title_is_automatic or run.message.conversation.messages.count() > 2:
        return None
    return run.message.parent.text, run.message.text
