"""A query string filters a list only by what its page offers: no lookup reveals a hidden field or occupies the server."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import OperationalError, connection
from django.db.models import Field, Model
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from chat.admin.base import Admin
from chat.models import AuditEntry, Conversation, User
from tests.cast import Cast

pytestmark = pytest.mark.django_db
# What each list offers. Whoever adds a filter adds its lookups here, and sees what they reveal.
OFFERED = {
    "auditentry": {"person", "act", "conversation", "created_at__year", "created_at__month", "created_at__day"},
    "conversation": {
        "status", "person", "upstream", "model", "trash", "updated_at__year", "updated_at__month", "updated_at__day",
    },
    "group": set(),
    "invitation": {"state", "is_administrator__exact", "is_administrator__isnull"},
    "mcpserver": set(),
    "message": {
        "role__exact", "role__isnull", "status", "rating", "person", "upstream", "model", "created_at__gte", "created_at__lt",
    },
    "run": {
        "status__exact", "status__isnull", "person", "upstream", "model", "created_at__gte", "created_at__lt",
    },
    "toolcall": {
        "status__exact", "status__isnull", "tool", "tool__isnull", "person", "created_at__gte", "created_at__lt",
    },
    "toolpolicy": set(),
    "upstream": set(),
    "user": {
        f"{field}__{kind}" for field in ("is_active", "is_superuser", "is_staff") for kind in ("exact", "isnull")
    },
}  # fmt: skip


def fields_of(model: type[Model], depth: int = 2) -> Iterator[tuple[str, Any]]:
    """The path and field of everything that a lookup can reach from this model."""
    for field in model._meta.get_fields():
        yield field.name, field
        if depth > 1 and field.is_relation and field.related_model:
            for path, inner in fields_of(field.related_model, depth - 1):  # type: ignore[arg-type]
                yield f"{field.name}__{path}", inner


def every_lookup(model: type[Model]) -> Iterator[str]:
    for path, field in fields_of(model):
        yield path
        if isinstance(field, Field):
            yield from (f"{path}__{lookup}" for lookup in field.get_lookups())
            yield f"{path}__key__regex"
    yield from ("pk", "pk__in")


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.model_name)
def test_only_what_a_page_offers_filters_its_list(model: type[Model], ada: User) -> None:
    page = admin.site._registry[model]
    assert isinstance(page, Admin)
    request = HttpRequest()
    request.user = ada
    offered = OFFERED[model._meta.model_name or ""]
    passed = {lookup for lookup in every_lookup(model) if page.lookup_allowed(lookup, "1", request)}
    assert passed == {lookup for lookup in offered if lookup in set(every_lookup(model))}
    assert all(page.lookup_allowed(lookup, "1", request) for lookup in offered)
    assert not any("regex" in lookup for lookup in passed)


def test_what_is_offered_still_filters(cast: Cast, ada_browser: Client) -> None:
    for model, lookups in OFFERED.items():
        page = reverse(f"admin:{'auth' if model == 'group' else 'chat'}_{model}_changelist")
        for lookup in lookups:
            for value in ("1", "alice", "2026", "9999", "99999999999999999999", "-1", "\0"):
                answer = ada_browser.get(page, {lookup: value})
                assert answer.status_code in (200, 302, 400), (model, lookup, value)


def test_a_regular_expression_is_refused_before_the_database_sees_it(cast: Cast, ada_browser: Client) -> None:
    Conversation.objects.update(title="a" * 34)
    page = reverse("admin:chat_conversation_changelist")
    assert ada_browser.get(page).status_code == 200
    assert ada_browser.get(page, {"title__regex": "^(a+)+!b"}).status_code == 400
    assert ada_browser.get(page, {"options__system__startswith": "Y"}).status_code == 400


def test_the_detail_of_an_entry_is_no_filter_and_no_error(ada: User, ada_browser: Client) -> None:
    AuditEntry.objects.create(actor=ada, action="conversation.read")
    assert ada_browser.get("/admin/chat/auditentry/").status_code == 200
    assert ada_browser.get("/admin/chat/auditentry/?detail__contains=F").status_code == 400


def test_sqlite_has_no_regular_expressions(alice: User) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite's are Python's")
    assert User.objects.filter(username__startswith="al").exists()
    with pytest.raises(OperationalError, match="user-defined function raised exception"):
        User.objects.filter(username__regex="^al").exists()
