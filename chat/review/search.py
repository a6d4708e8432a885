"""Searches everybody's conversations and messages by their content.

Each word is searched for literally: no wildcards, no operators; "quoted words" stay together. The index of
`chat.search` holds only what people read. A reviewer searches reasoning and tool calls too, so the database scans the
parts of all messages in question; none of them is loaded into this process.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

from chat.models import Conversation, Membership, Message
from chat.search.words import escaped, words_of

# The fields that hold the text of parts: text, reasoning and results of tools; and the arguments of tool calls.
FIELDS = ("text", "arguments")


def messages(queryset: QuerySet[Message], query: str) -> QuerySet[Message]:
    """The messages that have every word of the query in their parts."""
    for word in words_of(query):
        queryset = queryset.filter(_holds(word))
    return queryset


def conversations(queryset: QuerySet[Conversation], query: str) -> QuerySet[Conversation]:
    """The conversations that have each word of the query in the title, a member's name or a message."""
    for word in words_of(query):
        named = Membership.objects.filter(conversation=OuterRef("pk")).filter(_named(word))
        # Not Exists: over 200,000 messages one pass took 1.9 s, a subquery for each conversation 5.4 s.
        holding = Message.objects.filter(_holds(word)).order_by().values("conversation")
        queryset = queryset.filter(Q(title__icontains=word) | Q(Exists(named)) | Q(pk__in=holding))
    return queryset


def _named(word: str) -> Q:
    return Q(user__username__icontains=word) | Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word)


def _holds(word: str) -> PartsHold:
    return PartsHold(F("parts"), Value(escaped(word)))


class PartsHold(Func):
    """Whether a text in a message's parts matches a pattern. The column is JSON, so its strings must be decoded first."""

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
