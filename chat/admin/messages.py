"""Messages: a list that shows no content, and a page for one message, whose opening is audited as reading."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ReadOnly, isolated, moment, transcript_link
from chat.admin.filters import AuthorFilter, ModelFilter, OutcomeFilter, RatingFilter, UpstreamFilter
from chat.admin.runs import status_badge
from chat.models import Message
from chat.review import audit, reading, search
from chat.review.access import may_read
from chat.search.words import words_of


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = ("id", "when", "role", "who", "upstream", "model", "status", "where")
    list_filter = (
        "role", OutcomeFilter, RatingFilter, AuthorFilter, UpstreamFilter, ModelFilter, ("created_at", admin.DateFieldListFilter),
    )  # fmt: skip
    list_select_related = ("author", "conversation", "run")
    ordering = ("-pk",)
    sortable_by = ("id",)
    search_fields = ("parts",)
    search_help_text = _("Words as written; “quoted words” stay together. Searches are recorded in the audit trail.")
    closed_lookups = frozenset({"parts"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("parts")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return self.search_fields if may_read(request) else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        if not words_of(search_term):
            return queryset, False
        if not may_read(request):
            raise PermissionDenied
        audit.note_search(request, search_term)
        return search.messages(queryset, search_term), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The whole message with its runs."""
        if not may_read(request):
            raise PermissionDenied
        message = self.get_object(request, object_id)
        if message is None:
            raise Http404
        audit.note_reading(request, message.conversation, message=message.pk)
        context = {
            **self.admin_site.each_context(request),
            "list_filters": self.came_from(request),
            "conversation": message.conversation,
            "entry": reading.single(message),
            "title": gettext("Message {number}").format(number=message.pk),
        }
        return TemplateResponse(request, "review/message.html", context)

    @admin.display(description=_("written"), ordering="pk")
    def when(self, message: Message) -> str:
        return moment(message.created_at)

    @admin.display(description=_("author"))
    def who(self, message: Message) -> Any:
        return isolated(message.author.get_username()) if message.author else ""

    @admin.display(description=_("status"))
    def status(self, message: Message) -> Any:
        return status_badge(message.run) if message.run else ""

    @admin.display(description=_("conversation"))
    def where(self, message: Message) -> Any:
        return transcript_link(message.conversation, message.pk)
