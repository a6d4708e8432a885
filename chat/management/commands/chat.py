"""`bin/manage chat "question"`: asks a question and shows the answer in the terminal. The run is stored like any other."""

import asyncio
import logging
import os
import signal
import sys
import uuid
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from chat import catalogue, runs
from chat.database import in_thread
from chat.management.terminal import Answer, statistics
from chat.models import Conversation, User
from chat.models.post import Asked, Post
from chat.models.refusal import RefusalError
from chat.runs.feed import Patch
from chat.text import clean

STOPPED = 130  # the exit code that shells give a command ended by Ctrl-C
EXIT_CODES = {"done": 0, "stopped": STOPPED}


class Command(BaseCommand):
    help = (
        "Asks a model and streams its answer to stdout. Its reasoning, and statistics at the end, go to stderr. "
        "Ctrl-C stops the answer; the text so far is saved. Exit codes: 0 done, 1 failed or interrupted, 130 stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", help='What to ask; "-" reads it from stdin.')
        parser.add_argument("--model", default="", help='"model" or "upstream/model"; without it, the default model.')
        parser.add_argument("--user", default="", help="The account that asks; without it, the only administrator.")

    def handle(self, *args: Any, question: str, model: str, user: str, verbosity: int, **options: Any) -> None:
        # The messages of a starting server would clutter the answer; -v 2 shows them.
        if verbosity < 2:
            logging.disable(logging.INFO)
        try:
            code = self._exit_code(question, model, user)
        finally:
            logging.disable(logging.NOTSET)
        if code:
            sys.exit(code)

    def _exit_code(self, question: str, model: str, user: str) -> int:
        text = clean(sys.stdin.read() if question == "-" else question)
        if not text.strip():
            raise CommandError("Give a question first.")
        if len(text) > settings.MAX_MESSAGE_CHARS:
            raise CommandError(
                f"A message has at most {settings.MAX_MESSAGE_CHARS:,} characters. This has {len(text):,}."
            )
        try:
            return asyncio.run(self._ask(_person(user), text, model))
        except DatabaseError as error:
            raise CommandError(
                f"The database does not answer: {str(error).strip()}. Has `bin/manage setup` run?"
            ) from error
        except KeyboardInterrupt:
            return STOPPED
        except BrokenPipeError:
            # Nobody reads our output any more. Discard what is buffered, so that no traceback appears.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return STOPPED

    async def _ask(self, user: User, text: str, wanted: str) -> int:
        await catalogue.refresh()
        upstream, model = await in_thread(_model, wanted)
        process = runs.this_process()
        process.life.inherits = False
        await runs.begin()
        post = Post(user, uuid.uuid4().hex, text, Asked(upstream, model))
        try:
            posted = await in_thread(Conversation.start_with, post, process.process)
        except RefusalError as error:
            raise CommandError(str(error)) from None
        await runs.start(posted.run)
        try:
            return await self._show(posted.run.pk)
        finally:
            await runs.stop(posted.run.pk)
            await process.drain(2)

    async def _show(self, run: int) -> int:
        loop = asyncio.get_running_loop()
        with suppress(NotImplementedError):  # on Windows, which has no such handlers, Ctrl-C ends the command at once
            loop.add_signal_handler(signal.SIGINT, self._stop, run)
        answer, is_done = Answer(self.stdout, self.stderr), False
        try:
            while not is_done:
                async for patch in runs.watch(run, answer.seq):
                    if isinstance(patch, Patch):
                        answer.take(patch)
                        is_done = patch.done
                    else:
                        answer.note(patch.why)
        finally:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(signal.SIGINT)
        answer.end()
        state = answer.state["run"]
        error = state.get("error")
        if error:
            self.stderr.write(error["message"])
        self.stderr.write(statistics(state), style_func=str)
        return EXIT_CODES.get(state["status"], 1)

    def _stop(self, run: int) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_signal_handler(signal.SIGINT)  # the second Ctrl-C ends the command itself
        runs.this_process().tasks.spawn(runs.stop(run), "stop")


def _person(name: str) -> User:
    if name:
        person = User.objects.filter(username=name, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no account named {name!r}.")
        return person
    administrators = list(User.objects.filter(is_superuser=True, is_active=True)[:2])
    if not administrators:
        raise CommandError("There is no administrator yet: run `bin/manage setup`, or name an account with --user.")
    if len(administrators) > 1:
        raise CommandError("There are several administrators. Name the account that asks with --user NAME.")
    return administrators[0]


def _model(wanted: str) -> tuple[str, str]:
    """The (upstream, model) for the given name; a model that its upstream does not list can be named in full."""
    choices = catalogue.model_list()
    if not wanted:
        default = catalogue.default()
        silent = catalogue.without_models()
        if default is None and silent is not None:
            raise CommandError(
                f"{silent.name} is connected, but its models could not be listed: bin/manage check_upstream "
                f"{silent.slug} shows the reason. Or name a model: --model {silent.slug}/NAME."
            )
        if default is None:
            raise CommandError(
                "No model is connected yet: set OPENAI_API_KEY, for example, or DEMO=on for a demo that needs no key."
            )
        return default.upstream, default.model
    for choice in choices:
        if wanted in (choice.model, f"{choice.upstream}/{choice.model}"):
            return choice.upstream, choice.model
    slug, _, rest = wanted.partition("/")
    if rest and catalogue.is_in_use(slug):
        return slug, rest
    known = "\n".join(f"  {choice.upstream}/{choice.model}" for choice in choices) or "  (none)"
    raise CommandError(f"There is no model {wanted!r}. These are known:\n{known}")
