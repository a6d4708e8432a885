"""Messages: a list that shows no content, and a page for one message, whose opening is audited as reading."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import Readable, badge, column, moment, person, transcript_link
from chat.admin.filters import AuthorFilter, ModelFilter, OutcomeFilter, RatingFilter, UpstreamFilter
from chat.models import Message
from chat.review import audit, reading, search
from chat.review.access import may_read
from chat.search.words import words_of


@admin.register(Message)
class MessageAdmin(Readable):
    list_display = ("id", "when", "role", "who", "upstream", "model", "status", "where")
    list_filter = (
        "role", OutcomeFilter, RatingFilter, AuthorFilter, UpstreamFilter, ModelFilter, ("created_at", admin.DateFieldListFilter),
    )  # fmt: skip
    list_select_related = ("author", "conversation", "run")
    ordering = ("-pk",)
    sortable_by = ("id",)
    search_fields = ("parts",)
    search_help_text = _("Words as written; “quoted words” stay together. Searches are recorded in the audit trail.")

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

    def read(self, request: HttpRequest, message: Message) -> HttpResponse:
        """The whole message with its runs."""
        audit.note_reading(request, message.conversation, message=message.pk)
        title = gettext("Message {number}").format(number=message.pk)
        context = {"conversation": message.conversation, "entry": reading.single(message), "title": title}
        return self.page(request, "review/message.html", context)

    when = column(Message, _("written"), lambda message: moment(message.created_at), ordering="pk")
    who = column(Message, _("author"), lambda message: person(message.author))
    status = column(Message, _("status"), lambda message: badge(message.run.status) if message.run else "")
    where = column(Message, _("conversation"), lambda message: transcript_link(message, message.pk))
