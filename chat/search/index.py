"""The index that makes search quick on both databases; its rows are `IndexedText`.

SQLite: an FTS5 table of trigrams over those rows, which triggers keep in step. PostgreSQL: a GIN index of trigrams
(pg_trgm) on their text. Trigrams rather than words (unicode61, tsvector): both databases then find the same text, also
within words and in every language, including Chinese, Japanese and Korean, which put no blanks between words. pg_trgm is
an extension: if the database's user may not create it, the same queries run more slowly without an index, and a system
check reports it.
"""

from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection, transaction

from chat.models import IndexedText

FILL_ROWS = 500

_FORGET = (
    "INSERT INTO chat_indexedtext_fts(chat_indexedtext_fts, rowid, text) VALUES ('delete', old.message_id, old.text);"
)
_LEARN = "INSERT INTO chat_indexedtext_fts(rowid, text) VALUES (new.message_id, new.text);"
_SQLITE = (
    """CREATE VIRTUAL TABLE chat_indexedtext_fts
    USING fts5(text, content='chat_indexedtext', content_rowid='message_id', tokenize='trigram')""",
    f"CREATE TRIGGER chat_indexedtext_added AFTER INSERT ON chat_indexedtext BEGIN {_LEARN} END",
    f"CREATE TRIGGER chat_indexedtext_gone AFTER DELETE ON chat_indexedtext BEGIN {_FORGET} END",
    f"CREATE TRIGGER chat_indexedtext_changed AFTER UPDATE ON chat_indexedtext BEGIN {_FORGET} {_LEARN} END",
)
_SQLITE_DROP = (
    "DROP TRIGGER IF EXISTS chat_indexedtext_added",
    "DROP TRIGGER IF EXISTS chat_indexedtext_gone",
    "DROP TRIGGER IF EXISTS chat_indexedtext_changed",
    "DROP TABLE IF EXISTS chat_indexedtext_fts",
)
_SQLITE_FILL = "INSERT INTO chat_indexedtext_fts(chat_indexedtext_fts) VALUES ('rebuild')"
_POSTGRES = "CREATE INDEX chat_indexedtext_trigrams ON chat_indexedtext USING gin (text gin_trgm_ops)"
_POSTGRES_DROP = "DROP INDEX IF EXISTS chat_indexedtext_trigrams"


def create(db: Any = connection) -> bool:
    """Create the index over the existing rows; False if the database does not allow it."""
    with db.cursor() as cursor:
        if db.vendor == "sqlite":
            for statement in (*_SQLITE, _SQLITE_FILL):
                cursor.execute(statement)
            return True
        if not _has_trigrams(db):
            return False
        # Otherwise a transaction that has written rows fails with "pending trigger events".
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_POSTGRES)
        return True


def drop(db: Any = connection) -> None:
    """Drop the index; the rows stay."""
    with db.cursor() as cursor:
        for statement in _SQLITE_DROP if db.vendor == "sqlite" else (_POSTGRES_DROP,):
            cursor.execute(statement)


def exists(db: Any = connection) -> bool:
    """Whether the index exists."""
    with db.cursor() as cursor:
        if db.vendor == "sqlite":
            cursor.execute(
                "SELECT count(*) FROM sqlite_master WHERE name LIKE 'chat_indexedtext%' AND type = 'trigger'"
            )
            return bool(cursor.fetchone()[0] == 3)
        cursor.execute("SELECT to_regclass('chat_indexedtext_trigrams')")
        return cursor.fetchone()[0] is not None


def fill(messages: Any, indexed: Any, said: Callable[[int], None] = lambda count: None) -> int:
    """Write the rows of `messages` (a queryset) that `indexed` (the model IndexedText) lacks, in batches."""
    count = 0
    last = 0
    while True:
        batch = list(messages.filter(pk__gt=last, indexed=None).order_by("pk")[:FILL_ROWS])
        if not batch:
            return count
        last = batch[-1].pk
        rows = [row for row in map(IndexedText.of, batch) if row.text]
        indexed.objects.bulk_create(
            [indexed(message_id=row.message_id, conversation_id=row.conversation_id, text=row.text) for row in rows]
        )
        count += len(rows)
        said(count)


def _has_trigrams(db: Any) -> bool:
    try:
        # A savepoint: a refusal would end the transaction that a migration runs in.
        with transaction.atomic(using=db.alias), db.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        return False
    return True
