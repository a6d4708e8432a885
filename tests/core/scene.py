"""Fixtures for tests of runs: a running process, a fake upstream, a database that fails for a moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec
from django.db import connection

from chat.database import in_thread
from chat.models import Conversation, Run, User
from chat.models.post import Asked
from chat.runs.feed import Patch
from chat.runs.running import Running
from chat.transcript import State, empty_state, fold
from tests.cast import post
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream


def use(settings: Any, upstream: FakeUpstream) -> None:
    """Make `upstream` both of the environment's upstreams: "openai" and "anthropic"."""
    for slug in ("openai", "anthropic"):
        set_upstream(settings, slug, base_url=upstream.url, key="key-of-the-fake", models=("text-n5",))


@asynccontextmanager
async def process(**about: Any) -> AsyncIterator[Running]:
    """A process that works on runs, in this event loop."""
    running = Running(**about)
    try:
        await running.life.begin()
        yield running
    finally:
        await running.drain(0)


def posted(process: str, user: User, model: str, *, upstream: str = "openai", text: str = "Go.", **where: Any) -> Run:
    """A question of `user` in a new conversation (or `conversation`, `parent`), and the run for its answer."""
    stored = post(user, text, asked=Asked(upstream, model), process=process, **where)
    return run_row(stored.run.pk)


def run_row(pk: int) -> Run:
    """The run as it is now, with its message and conversation."""
    return Run.objects.select_related("message__conversation").get(pk=pk)


async def started(running: Running, user: User, model: str, **about: Any) -> Run:
    """A run that this process works on."""
    run = await in_thread(posted, running.process, user, model, **about)
    running.start(run)
    return run


async def ended(running: Running, run: Run) -> State:
    """Wait for the end of a run; returns the state of a reader who has watched it from the beginning."""
    state = empty_state()
    async for patch in running.feeds.watch(run.pk, 0):
        if isinstance(patch, Patch):
            state = applied(state, patch)
    return state


def applied(state: State, patch: Patch) -> State:
    """The state after a reader has applied a patch."""
    return fold(state if patch.after else empty_state(), msgspec.json.decode(patch.changes))


def text_of(state: State) -> str:
    """The text parts of a state."""
    return "".join(part["text"] for part in state["parts"] if part["type"] == "text")


def conversation_of(run: Run) -> Conversation:
    """The conversation of a run."""
    return run.message.conversation


@contextmanager
def missing_table(name: str) -> Iterator[None]:
    """Make every statement on this table fail."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO {name}_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {name}_away RENAME TO {name}")


class Missing:
    """missing_table() for a moment, on a database thread."""

    def __init__(self, table: str) -> None:
        self._trouble = missing_table(table)

    async def __aenter__(self) -> None:
        await in_thread(self._trouble.__enter__)

    async def __aexit__(self, *about: Any) -> None:
        await in_thread(self._trouble.__exit__, None, None, None)
