"""Finding conversations and messages by what is in them: the one place that knows how.

Each word is looked for as it is written: no wildcards, no operators; "quoted words" stay together. There is no index
behind it yet, so the database reads the texts of everything that is searched; nothing of that is loaded here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils.text import smart_split, unescape_string_literal

from chat.models import Conversation, Membership, Message

# A search of one sentence is a search; SQLite refuses patterns over 50,000 bytes, and each word costs a pass.
LONGEST_WORD_CHARS = 200
MOST_WORDS = 8

# The growing strings of all parts: text, reasoning, results of tools, and what tools were asked.
FIELDS = ("text", "arguments")


def words_of(query: str) -> list[str]:
    """The words of a query, without what no text holds; at most MOST_WORDS of at most LONGEST_WORD_CHARS."""
    words = []
    for word in smart_split(query.replace("\0", " ")):
        if len(word) > 1 and word[0] in "\"'" and word[0] == word[-1]:
            word = unescape_string_literal(word)
        words.append(word[:LONGEST_WORD_CHARS])
    return [word for word in words if word.strip()][:MOST_WORDS]


def messages(queryset: QuerySet[Message], query: str) -> QuerySet[Message]:
    """Those of the messages that hold every word of the query in their parts."""
    for word in words_of(query):
        queryset = queryset.filter(_holds(word))
    return queryset


def conversations(queryset: QuerySet[Conversation], query: str, *, in_text: bool) -> QuerySet[Conversation]:
    """Those that have every word of the query in the title, in a member's name or, where allowed, in one message."""
    for word in words_of(query):
        found = Q(title__icontains=word) | Q(
            Exists(Membership.objects.filter(conversation=OuterRef("pk")).filter(_named(word)))
        )
        if in_text:
            # Not Exists: with 200,000 messages one pass over them took 1.9 s, a look into each conversation 5.4 s.
            found |= Q(pk__in=Message.objects.filter(_holds(word)).order_by().values("conversation"))
        queryset = queryset.filter(found)
    return queryset


def _named(word: str) -> Q:
    return Q(user__username__icontains=word) | Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word)


def _holds(word: str) -> PartsHold:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return PartsHold(F("parts"), Value(f"%{escaped}%"))


class PartsHold(Func):
    """Whether the text in a message's parts is like a pattern. The column is JSON: what is stored is not what is read."""

    output_field = BooleanField()

    def as_sql(self, compiler: SQLCompiler, connection: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return self._sql(
            compiler,
            each="json_each(CASE json_type({parts}) WHEN 'array' THEN {parts} ELSE '[]' END) AS part",
            test="json_extract(part.value, '$.{field}') LIKE %s ESCAPE '\\'",
        )

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return self._sql(
            compiler,
            each="jsonb_array_elements(CASE jsonb_typeof({parts}) WHEN 'array' THEN {parts} ELSE '[]'::jsonb END) AS part(value)",
            test="part.value->>'{field}' ILIKE %s ESCAPE '\\'",
        )

    def _sql(self, compiler: SQLCompiler, *, each: str, test: str) -> tuple[str, tuple[Any, ...]]:
        parts, pattern = self.get_source_expressions()
        column, _ = compiler.compile(parts)
        tests = " OR ".join(test.format(field=field) for field in FIELDS)
        _, values = compiler.compile(pattern)
        sql = f"EXISTS (SELECT 1 FROM {each.format(parts=column)} WHERE {tests})"  # noqa: S608  # only names of ours
        return sql, tuple(values) * len(FIELDS)
