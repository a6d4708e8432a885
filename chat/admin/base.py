"""What every page of the administration has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.debug import sensitive_post_parameters

from chat.accounts.fresh import ask_again, is_fresh
from chat.models import Conversation, Message, User
from chat.review import audit
from chat.review.access import may_read

# Django's class takes no parameter at run time.
if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


Row = TypeVar("Row", bound=Model)


class Admin(Base):
    """The base of all model pages: lists read one page of rows and count no more; each change is audited."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "–"
    # Lookups that links of ours use, besides those of list_filter and date_hierarchy.
    linked_lookups: ClassVar[frozenset[str]] = frozenset()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Whether the query string may filter by it: only by what a filter, the date hierarchy or a link of ours offers.

        Django lets every lookup on the model's own fields pass. The length of the list then reveals their content letter
        by letter, and one regular expression can occupy the server for ever.
        """
        if "\0" in value:
            return False
        if self.date_hierarchy and lookup in {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}:
            # Django adds a year to the last one that datetime knows, and fails.
            return value.isascii() and value.isdecimal() and len(value) <= 4 and value != "9999"
        return lookup in self.linked_lookups | self._filter_lookups(request or HttpRequest())

    def _filter_lookups(self, request: HttpRequest) -> set[str]:
        names: set[str] = set()
        for each in self.list_filter:
            if isinstance(each, type):
                shown: Any = each(request, {}, self.model, self)
            else:
                path, kind = each if isinstance(each, tuple) else (each, None)
                field = get_fields_from_path(self.model, str(path))[-1]
                create: Any = kind or admin.FieldListFilter.create
                shown = create(field, request, {}, self.model, self, field_path=path)
            names.update(shown.expected_parameters())
        return names

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing: a link must not fill in a form, such as whom to invite or where a key is sent."""
        return {}

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._audit(request, "added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        if fields := changed_fields(message):
            self._audit(request, "changed", obj, fields=fields)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            self._audit(request, "deleted", obj)
        return super().log_deletions(request, queryset)

    def _audit(self, request: HttpRequest, verb: str, obj: Model, **more: Any) -> None:
        audit.note(request, f"{self.opts.model_name}.{verb}", object=str(obj.pk), name=str(obj)[:200], **more)


class FreshSignIn(Admin):
    """The base for pages that give or take the power to sign in: they open for a fresh sign-in only."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        may = self.has_change_permission(request) if object_id else self.has_add_permission(request)
        if may and not is_fresh(request):
            return ask_again(request)
        return super().changeform_view(request, object_id, form_url, extra_context)


class ReadOnly(Admin):
    """The base for rows that nobody may add, change or delete, not even an administrator."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows together with those of list_select_related, for the page of one row as well.

        Each row knows whether it is shown to somebody who may read: a title is the first words of a conversation.
        """
        related = self.list_select_related
        rows: QuerySet[Any] = super().get_queryset(request).annotate(shows_title=Value(may_read(request)))
        return rows if isinstance(related, bool) else rows.select_related(*related)


class TitleList(ChangeList):
    """A page of a list that names conversations: before their titles are shown, it is noted whose they are."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if may_read(request):
            audit.note_listing(
                request, self.opts.model_name or "", [conversation_of(row).pk for row in self.result_list]
            )


def conversation_of(row: Any) -> Conversation:
    """The conversation that a row of such a list belongs to."""
    if isinstance(row, Conversation):
        return row
    conversation: Conversation = row.conversation if isinstance(row, Message) else row.message.conversation
    return conversation


class WithTitles(ReadOnly):
    """The base for lists that name conversations."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TitleList


class Readable(WithTitles):
    """The base for rows that contain people's words: to open one is reading, which is permitted and audited apart."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not may_read(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        page = self.read(request, row)
        return page or super().change_view(request, object_id, form_url, extra_context)

    def read(self, request: HttpRequest, row: Any) -> HttpResponse | None:
        """Audit that the row is read; returns the page that shows it, or None for Django's own."""
        raise NotImplementedError

    def page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        """A page of the review with a link back to the list that the reader came from."""
        came_from = {"list_filters": request.GET.get("_changelist_filters", "")}
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **came_from, **context})


class ForAdministrators(Admin):
    """The base for rows that decide where words and keys are sent, and what runs: a group's permissions never suffice."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def absent_fields(self, request: HttpRequest, obj: Any) -> set[str]:
        """Hide the fields for a secret from somebody who may only view."""
        return set() if self.has_change_permission(request, obj) else {"key", "remove_key", "secret"}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        absent = self.absent_fields(request, obj)
        kept = [
            (title, options | {"fields": tuple(name for name in options["fields"] if name not in absent)})
            for title, options in self.fieldsets or ()
        ]
        return [fieldset for fieldset in kept if fieldset[1]["fields"]]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        request._saved_row = obj  # type: ignore[attr-defined]

    @method_decorator(sensitive_post_parameters("key", "secret", "headers", "environment"))
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        # The row is committed only now; before, a thread that asks its server would not see it.
        if saved := getattr(request, "_saved_row", None):
            self.message_user(request, *self.ask(saved))
        return response

    def ask(self, row: Any) -> tuple[str, int]:
        """Ask the row's server what it offers; the sentence to show after saving, and its level."""
        raise NotImplementedError


def changed_fields(message: Any) -> list[str]:
    """The names of the fields that Django's change message lists."""
    if not isinstance(message, list):
        return [str(message)] if message else []
    names: Iterable[Any] = (name for entry in message for name in entry.get("changed", {}).get("fields", []))
    return [str(name) for name in names]


def column(
    model: type[Row], title: Any, show: Callable[[Row], object], ordering: str | None = None
) -> Callable[[Any, Row], object]:
    """A column of a list or a field of a page: its title, and what it shows of a row of `model`."""

    @admin.display(description=title, ordering=ordering)
    def shown(_: Any, row: Row) -> object:
        return show(row)

    return shown


def figure(form: str, value: float | None) -> str | None:
    """The number in this form; None, which is shown as a dash, if it is unknown."""
    return None if value is None else form.format(value)


def badge(look: str, word: object = "", note: str = "") -> SafeString:
    """A word with its colour, the look itself if there is no other word; behind it a quiet note."""
    shown = format_html('<span class="badge badge--{}">{}</span>', look, word or look)
    return format_html('{} <span class="quiet">{}</span>', shown, note) if note else shown


def person(user: User | None) -> SafeString | str:
    """A person's name, empty if there is none."""
    return isolated(user.get_username()) if user else ""


def isolated(text: str) -> SafeString:
    """Text that people wrote, isolated so that a right-to-left mark in it affects nothing around it."""
    return format_html("<bdi>{}</bdi>", text)


def moment(when: datetime | None, *, seconds: bool = False) -> str:
    """Date and time in the site's time zone, largest unit first, so that a column of them sorts by eye."""
    return format(timezone.localtime(when), "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") if when else ""


def title_of(row: Any) -> str:
    """The title of the row's conversation, or its id for somebody who may not read it."""
    conversation = conversation_of(row)
    return str(conversation) if row.shows_title else str(conversation.pk)[:8]


def transcript_link(row: Any, message: int) -> SafeString:
    """A link to the transcript of the row's conversation, scrolled to `message`."""
    conversation = conversation_of(row)
    address = reverse("admin:chat_conversation_change", args=[conversation.pk])
    return format_html('<a href="{}?message={}#m{}"><bdi>{}</bdi></a>', address, message, message, title_of(row))
