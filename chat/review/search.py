"""Finding conversations and messages of everybody, by what is in them.

Each word is looked for as it is written: no wildcards, no operators; "quoted words" stay together. The index of
`chat.search` has what people read; whoever examines looks through thoughts and tools too, so the database reads the
parts of everything that is searched; nothing of that is loaded here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

from chat.models import Conversation, Membership, Message
from chat.search.words import escaped, words_of

# The growing strings of all parts: text, reasoning, results of tools, and what tools were asked.
FIELDS = ("text", "arguments")


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
    return PartsHold(F("parts"), Value(escaped(word)))


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
