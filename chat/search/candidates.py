"""The candidates for a search: the newest messages that contain every word. The only file that queries the index.

What the person may see is a condition of each query; rows are never filtered afterwards.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from chat.models import Conversation, IndexedText, User
from chat.policy import visible_to
from chat.search.words import escaped, holds, is_indexed, spellings

# At most this many matches are ranked; to see other results, refine the query.
MOST_CANDIDATES = 200
# At most this many texts are read for words of one or two letters, which the index does not contain.
MOST_READ = 2000
READ_AT_ONCE = 250

Values = tuple[Any, ...]


def conversations(user: User) -> QuerySet[Conversation]:
    """The conversations that a search of `user` covers."""
    return visible_to(user)


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

    Where `user` may see at most `few` messages, these are read without the index.
    """
    try:
        where, values = conversations(user).order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    # Where the person has few messages, reading them is quicker than skipping everybody else's matches in the index.
    has_few = _count(few + 1, where, values) <= few
    if has_few or not any(map(is_indexed, words)):
        return _read(_newest(where, values, by_conversation=has_few), words)
    ask = _ask_sqlite if connection.vendor == "sqlite" else _ask_postgres
    sql, before, after = ask(words, where)
    return _ids(sql, [*before, *values, *after, MOST_CANDIDATES])


def _count(most: int, where: str, values: Values) -> int:
    sql = f"SELECT 1 FROM chat_indexedtext WHERE conversation_id IN ({where}) LIMIT %s"  # noqa: S608  # only our own names
    return _ids(f"SELECT count(*) FROM ({sql}) AS few", [*values, most])[0]  # noqa: S608


def _newest(where: str, values: Values, *, by_conversation: bool) -> list[int]:
    # The plus stops SQLite from collecting and sorting all rows of a person with 100,000 messages, which took 60 ms.
    column = "conversation_id" if by_conversation or connection.vendor != "sqlite" else "+conversation_id"
    sql = f"SELECT message_id FROM chat_indexedtext WHERE {column} IN ({where}) ORDER BY message_id DESC LIMIT %s"  # noqa: S608
    return _ids(sql, [*values, MOST_READ])


def _ids(sql: str, values: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _read(newest: list[int], words: list[str]) -> list[int]:
    found: list[int] = []
    for start in range(0, len(newest), READ_AT_ONCE):
        some = newest[start : start + READ_AT_ONCE]
        texts = IndexedText.objects.filter(pk__in=some).order_by("-pk").values_list("pk", "text")
        found += [pk for pk, text in texts if holds(text, words)]
        if len(found) >= MOST_CANDIDATES:
            return found[:MOST_CANDIDATES]
    return found


def _ask_sqlite(words: list[str], where: str) -> tuple[str, list[str], list[str]]:
    match = " AND ".join('"' + word.replace('"', '""') + '"' for word in words if is_indexed(word))
    likes, values = "", []
    for word in words:
        if not is_indexed(word):
            patterns = [escaped(spelling) for spelling in spellings(word)]
            likes += " AND (" + " OR ".join(["t.text LIKE %s ESCAPE '\\'"] * len(patterns)) + ")"
            values += patterns
    # CROSS JOIN fixes the order of the tables: the trigram table yields rows by id, newest first, until LIMIT is reached.
    sql = (
        "SELECT t.message_id FROM chat_indexedtext_fts CROSS JOIN chat_indexedtext t"  # noqa: S608  # only our own names
        " ON t.message_id = chat_indexedtext_fts.rowid WHERE chat_indexedtext_fts MATCH %s"
        f" AND t.conversation_id IN ({where}){likes} ORDER BY chat_indexedtext_fts.rowid DESC LIMIT %s"
    )
    return sql, [match], values


def _ask_postgres(words: list[str], where: str) -> tuple[str, list[str], list[str]]:
    likes = " AND t.text ILIKE %s" * len(words)
    sql = (
        f"SELECT t.message_id FROM chat_indexedtext t WHERE t.conversation_id IN ({where}){likes}"  # noqa: S608  # as above
        " ORDER BY t.message_id DESC LIMIT %s"
    )
    return sql, [], [escaped(word) for word in words]
