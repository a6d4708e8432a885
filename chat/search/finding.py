"""Turns candidates into search results: ranked, in pages, each with a snippet."""

from typing import Any

from django.db.models.functions import Left

from chat.models import IndexedText, Message, User
from chat.search import candidates
from chat.search.snippet import marked, snippet
from chat.search.words import any_of, words_of

PAGE_HITS = 20
MOST_TITLES = 10
# Whether a word stands alone is looked for in this many characters of each candidate; the rest is read for its snippet.
RANKED_CHARS = 20_000


def find(user: User, query: str, page: int = 0, *, few: int = candidates.MOST_READ) -> dict[str, Any]:
    """What `user` may see and contains every word of `query`: {query, page, items, more}.

    Titles come first, then messages in which the words stand alone, then those that contain them within other words; of
    each, the newest first. An item is {conversation, title, message, role, author, created_at, snippet}; that of a title has
    no message. A snippet is a list of [text, whether it matches]. Where `user` may see at most `few` messages, these are
    read instead of asking the index, which holds everybody's.
    """
    words = words_of(query)
    if not words:
        return {"query": query, "page": page, "items": [], "more": False}
    titles = [_title(row, words) for row in candidates.titles(user, words)[:MOST_TITLES]] if page == 0 else []
    ranked = _ranked(_outside_the_trash(candidates.messages(user, words, few)), words)
    shown = ranked[page * PAGE_HITS : (page + 1) * PAGE_HITS]
    more = len(ranked) > (page + 1) * PAGE_HITS
    return {"query": query, "page": page, "items": titles + _hits(shown, words), "more": more}


def _title(row: Any, words: list[str]) -> dict[str, Any]:
    return {
        "conversation": str(row.pk),
        "title": row.title,
        "message": None,
        "role": None,
        "author": None,
        "created_at": row.updated_at.isoformat(),
        "snippet": marked(row.title, words),
    }


def _outside_the_trash(found: list[int]) -> list[int]:
    kept = set(Message.objects.filter(pk__in=found, trashed_at__isnull=True).values_list("pk", flat=True))
    return [pk for pk in found if pk in kept]


def _ranked(found: list[int], words: list[str]) -> list[int]:
    alone = [any_of([word], whole=True) for word in words]
    rows = IndexedText.objects.filter(pk__in=found).annotate(begin=Left("text", RANKED_CHARS))
    whole = {pk for pk, text in rows.values_list("pk", "begin") if all(word.search(text) for word in alone)}
    return sorted(found, key=lambda pk: (pk not in whole, -pk))


def _hits(shown: list[int], words: list[str]) -> list[dict[str, Any]]:
    rows = IndexedText.objects.filter(pk__in=shown).select_related("message__author", "conversation")
    by_id = {row.pk: row for row in rows.defer("message__parts", "conversation__options")}
    # A message that was deleted meanwhile is left out.
    return [_hit(by_id[pk], words) for pk in shown if pk in by_id]


def _hit(row: IndexedText, words: list[str]) -> dict[str, Any]:
    message, author = row.message, row.message.author
    return {
        "conversation": str(row.conversation_id),
        "title": row.conversation.title,
        "message": message.pk,
        "role": message.role,
        "author": author.display_name if author else None,
        "created_at": message.created_at.isoformat(),
        "snippet": snippet(row.text, words),
    }
