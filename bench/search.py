"""Measures searching: fills the site's database with messages of two people, then searches for words of each kind.

DATA_DIR=/tmp/somewhere python -m bench.search 100000          (DATABASE_URL=… for PostgreSQL)
"""

from __future__ import annotations

import os
import random
import sys
import time
from statistics import median
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from chat.models import User

PER_CONVERSATION = 50
# A short question and a long answer, about 800 characters on average, as in real use.
LENGTHS_CHARS = (60, 200, 1200, 1800)
ASKED = 15


def fill(count: int) -> tuple[User, User, list[str]]:
    """Store `count` messages, of which 97 % are Alice's and the rest Bob's; words are as frequent as in a language."""
    from chat.models import Conversation, IndexedText, Message, User

    dice = random.Random(7)
    words = ["".join(dice.choices("etaoinshrdlucmfwyp", k=dice.randint(2, 10))) for _ in range(30_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    people = [User.objects.get_or_create(username=name)[0] for name in ("alice", "bob")]
    began = time.perf_counter()
    for number in range(count // PER_CONVERSATION):
        owner = people[number % 33 == 0]
        conversation = Conversation.start(owner, title=" ".join(dice.choices(words, weights, k=4)))
        rows = []
        for index in range(PER_CONVERSATION):
            text = " ".join(dice.choices(words, weights, k=dice.choice(LENGTHS_CHARS) // 6))
            role = "user" if index % 2 == 0 else "assistant"
            rows.append(Message(conversation=conversation, role=role, parts=[{"type": "text", "text": text}]))
        Message.objects.bulk_create(rows)
        IndexedText.objects.bulk_create([IndexedText.of(row) for row in rows])
    print(f"filled in {time.perf_counter() - began:.0f} s")
    return people[0], people[1], words


def report(alice: User, bob: User, words: list[str]) -> None:
    """Print the median and the worst time of each kind of query."""
    from chat import search

    long = [word for word in words if len(word) >= 4]
    queries = {
        "a word in nearly every message": long[0],
        "a frequent word": long[40],
        "a seldom word": long[8_000],
        "three words": " ".join(long[5:8]),
        "two words side by side": f'"{long[0]} {long[1]}"',
        "no such word": "xqzvxqzv",
        "two letters": words[0][:2],
        "one seldom sign": "%",
    }
    for name, query in queries.items():
        for user in (alice, bob):
            times = []
            for _ in range(ASKED):
                began = time.perf_counter()
                found = search.find(user, query)
                times.append(1000 * (time.perf_counter() - began))
            told = f"median {median(times):6.1f} ms, worst {max(times):6.1f} ms, {len(found['items'])} hits"
            print(f"{name:32} {user.username:6} {told}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        cast = fill(int(sys.argv[1]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    report(*cast)
