"""Which messages may be what is looked for: the newest ones that hold every word. The only room that asks the databases.

Who may see what is part of each query, never of what is done with its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from chat.models import Conversation, IndexedText
from chat.policy import visible_to
from chat.search.words import escaped, holds, is_indexed, spellings

if TYPE_CHECKING:
    from chat.models import User

# Of what holds the words, so much is looked at and ranked: who needs more says another word.
MOST_CANDIDATES = 200
# So many texts are read for words that no index knows: one or two letters.
MOST_READ = 2000


def conversations(user: User) -> QuerySet[Conversation]:
    """Where `user` finds things: what they may see, without the trash."""
    return visible_to(user).filter(trashed_at=None)


def titles(user: User, words: list[str]) -> QuerySet[Conversation]:
    """The conversations whose title holds every word, newest first."""
    rows = conversations(user)
    for word in words:
        matches = Q()
        for spelling in spellings(word):
            matches |= Q(title__icontains=spelling)
        rows = rows.filter(matches)
    return rows.order_by("-updated_at")


def messages(user: User, words: list[str], few: int) -> list[int]:
    """The ids of the newest messages whose text holds every word, newest first; at most MOST_CANDIDATES.

    Whoever may see at most `few` messages has them read, without the index.
    """
    try:
        where, values = conversations(user).order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    if not any(map(is_indexed, words)) or _has_at_most(few, where, values):
        return _read(user, words)
    ask = _ask_sqlite if connection.vendor == "sqlite" else _ask_postgres
    sql, more = ask(words, where)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*more[0], *values, *more[1], MOST_CANDIDATES])
        return [row[0] for row in cursor.fetchall()]


def _has_at_most(few: int, where: str, values: tuple[Any, ...]) -> bool:
    # Whoever has few messages may share words with everybody: reading theirs is quicker than passing over all the others'.
    with connection.cursor() as cursor:
        inner = f"SELECT 1 FROM chat_indexedtext WHERE conversation_id IN ({where}) LIMIT {few + 1}"  # noqa: S608
        cursor.execute(f"SELECT count(*) FROM ({inner}) AS few", values)  # noqa: S608
        return bool(cursor.fetchone()[0] <= few)


def _read(user: User, words: list[str]) -> list[int]:
    rows = IndexedText.objects.filter(conversation__in=conversations(user)).order_by("-pk")
    newest = list(rows.values_list("pk", flat=True)[:MOST_READ])
    texts = IndexedText.objects.filter(pk__in=newest).order_by("-pk").values_list("pk", "text")
    found: list[int] = []
    for pk, text in texts.iterator(chunk_size=100):
        if holds(text, words):
            found.append(pk)
            if len(found) == MOST_CANDIDATES:
                break
    return found


def _ask_sqlite(words: list[str], where: str) -> tuple[str, tuple[list[str], list[str]]]:
    match = " AND ".join('"' + word.replace('"', '""') + '"' for word in words if is_indexed(word))
    likes, values = "", []
    for word in words:
        if not is_indexed(word):
            patterns = [escaped(spelling) for spelling in spellings(word)]
            likes += " AND (" + " OR ".join(["t.text LIKE %s ESCAPE '\\'"] * len(patterns)) + ")"
            values += patterns
    # CROSS JOIN keeps the order of the tables: the trigrams give rows by id, newest first, until there are enough.
    sql = (
        "SELECT t.message_id FROM chat_indexedtext_fts CROSS JOIN chat_indexedtext t"  # noqa: S608  # only names of ours
        " ON t.message_id = chat_indexedtext_fts.rowid WHERE chat_indexedtext_fts MATCH %s"
        f" AND t.conversation_id IN ({where}){likes} ORDER BY chat_indexedtext_fts.rowid DESC LIMIT %s"
    )
    return sql, ([match], values)


def _ask_postgres(words: list[str], where: str) -> tuple[str, tuple[list[str], list[str]]]:
    likes = " AND t.text ILIKE %s" * len(words)
    sql = (
        f"SELECT t.message_id FROM chat_indexedtext t WHERE t.conversation_id IN ({where}){likes}"  # noqa: S608  # as above
        " ORDER BY t.message_id DESC LIMIT %s"
    )
    return sql, ([], [escaped(word) for word in words])
