"""What every page of the administration has in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from chat.models import Conversation
from chat.review import audit

# Django's class takes no parameter at run time.
if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class Admin(Base):
    """The base of all model pages: lists read one page of rows and count no more; each change is audited."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "–"
    # Fields that a query string must not filter by: the length of the list would reveal their content.
    closed_lookups: ClassVar[frozenset[str]] = frozenset()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        if lookup.split("__", 1)[0] in self.closed_lookups:
            return False
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[arg-type]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        audit.note(request, f"{self.opts.model_name}.added", object=str(obj.pk), name=str(obj)[:200])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        if fields := changed_fields(message):
            audit.note(
                request, f"{self.opts.model_name}.changed", object=str(obj.pk), name=str(obj)[:200], fields=fields
            )
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            audit.note(request, f"{self.opts.model_name}.deleted", object=str(obj.pk), name=str(obj)[:200])
        return super().log_deletions(request, queryset)


class ReadOnly(Admin):
    """The base for rows that nobody may add, change or delete, not even an administrator."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def came_from(self, request: HttpRequest) -> str:
        """The query string of the list that the reader came from, for the link back to it."""
        return request.GET.get("_changelist_filters", "")


def changed_fields(message: Any) -> list[str]:
    """The names of the fields that Django's change message lists."""
    if not isinstance(message, list):
        return [str(message)] if message else []
    names: Iterable[Any] = (name for entry in message for name in entry.get("changed", {}).get("fields", []))
    return [str(name) for name in names]


def isolated(text: str) -> SafeString:
    """Text that people wrote, isolated so that a right-to-left mark in it affects nothing around it."""
    return format_html("<bdi>{}</bdi>", text)


def moment(when: datetime | None, *, seconds: bool = False) -> str:
    """Date and time in the site's time zone, largest unit first, so that a column of them sorts by eye."""
    return format(timezone.localtime(when), "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") if when else ""


def transcript_link(conversation: Conversation, message: int | None = None) -> SafeString:
    """A link to the transcript, scrolled to `message` if one is given."""
    address = reverse("admin:chat_conversation_change", args=[conversation.pk])
    position = f"?message={message}#m{message}" if message else ""
    return format_html('<a href="{}{}"><bdi>{}</bdi></a>', address, position, str(conversation))
