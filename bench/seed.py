"""Inserts rows that would take months to write: a conversation of thousands of messages, or thousands of conversations.

DATA_DIR=… python -m bench.seed messages NAME 10000         prints the conversation's id
DATA_DIR=… python -m bench.seed conversations NAME 10000
"""

from __future__ import annotations

import os
import sys
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from chat.models import Conversation, User

UPSTREAM, MODEL = "openai", "rate50-count300"
WORDS = "the reader sees a quiet page where each answer grows in place and nothing that was read moves again"


def long_conversation(user: User, count: int, title: str = "A long one") -> Conversation:
    """Insert a conversation of `count` messages, alternately questions and answers."""
    from django.utils import timezone

    from chat.models import Conversation, Message, Run
    from chat.models.post import Asked

    conversation = Conversation.start(user, title, Asked(UPSTREAM, MODEL))
    first = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    first_run = Run.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    began = timezone.now() - timedelta(minutes=count)
    messages, runs = [], []
    for index in range(count):
        pk = first + 1 + index
        is_answer = index % 2 == 1
        messages.append(
            Message(
                pk=pk,
                conversation=conversation,
                parent_id=pk - 1 if index else None,
                role="assistant" if is_answer else "user",
                author=None if is_answer else user,
                parts=[{"type": "text", "text": _answer(index) if is_answer else _question(index)}],
                client_id=None if is_answer else uuid.uuid4().hex,
                upstream=UPSTREAM,
                model=MODEL,
                revision=conversation.revision,
                created_at=began + timedelta(minutes=index),
            )
        )
        if is_answer:
            runs.append(_run(first_run + 1 + len(runs), pk, user))
    Message.objects.bulk_create(messages, batch_size=500)
    Run.objects.bulk_create(runs, batch_size=500)
    for run in runs:
        run.message.run = run
    Message.objects.bulk_update([run.message for run in runs], ["run"], batch_size=300)
    _count_on(Message, Run)
    return conversation


def many_conversations(user: User, count: int) -> None:
    """Insert `count` conversations of `user`, each some minutes older than the one before; a few have equal titles."""
    from django.utils import timezone

    from chat.models import Conversation, Membership

    now = timezone.now()
    rows = [
        Conversation(
            title=f"{_words(index, 4).capitalize()} {index}",
            upstream=UPSTREAM,
            model=MODEL,
            revision=1,
            created_by=user,
            updated_at=now - timedelta(minutes=7 * index),
        )
        for index in range(count)
    ]
    Conversation.objects.bulk_create(rows, batch_size=500)
    # auto_now_add has set the time of the insert.
    for row, index in zip(rows, range(count), strict=True):
        row.updated_at = now - timedelta(minutes=7 * index)
    Conversation.objects.bulk_update(rows, ["updated_at"], batch_size=300)
    owner = Membership.Role.OWNER
    members = (
        Membership(conversation=row, user=user, role=owner, read_revision=1, listed_at=row.updated_at) for row in rows
    )
    Membership.objects.bulk_create(members, batch_size=500)


def _run(pk: int, message: int, user: User) -> Any:
    from chat.models import Message, Run

    state = {"status": "done", "finish_reason": "stop", "output_tokens": 120, "elapsed_seconds": 2.4, "model": MODEL}
    run = Run(pk=pk, requested_by=user, upstream=UPSTREAM, model=MODEL, status="done", seq=1, state=state)
    run.message = Message(pk=message)
    return run


def _count_on(*models: type[Any]) -> None:
    """Advance PostgreSQL's sequences, which do not count rows inserted with given keys."""
    from django.core.management.color import no_style
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _question(index: int) -> str:
    return f"Question {index}: {_words(index, 8 + index % 23)}?"


def _answer(index: int) -> str:
    text = f"Answer {index}. {_words(index, 30 + index % 60).capitalize()}.\n\n"
    if index % 5 == 1:
        text += f"- {_words(index, 6)}\n- **{_words(index + 3, 5)}**\n- `{_words(index + 7, 2)}`\n\n"
    if index % 7 == 3:
        text += f"```python\ndef f{index}(x):\n    return [y * {index} for y in range(x)]\n```\n\n"
    if index % 11 == 5:
        text += f"| word | number |\n|---|---:|\n| {_words(index, 1)} | {index} |\n\n"
    return text + f"{_words(index + 11, 20 + index % 40).capitalize()}."


def _words(start: int, count: int) -> str:
    words = WORDS.split()
    return " ".join(words[(start * 7 + step * (1 + start % 5)) % len(words)] for step in range(count))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    from django.db import transaction

    from chat.models import User

    what, name, number = sys.argv[1:]
    with transaction.atomic():
        who, _ = User.objects.get_or_create(username=name, defaults={"password": "!"})
        if what == "messages":
            print(long_conversation(who, int(number)).pk)
        else:
            many_conversations(who, int(number))
