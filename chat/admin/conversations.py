"""Conversations: find them by title, person, words, model, date or status, read the transcript, export."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import Readable, TitleList, column, isolated, moment, title_of
from chat.admin.filters import MemberFilter, ModelFilter, OutcomeFilter, TrashFilter, UpstreamFilter
from chat.models import AuditEntry, Conversation, Membership, Message
from chat.review import audit, export, reading, search
from chat.review.access import may_read
from chat.search.words import words_of

# More names do not fit a cell; the transcript lists all.
NAMES_IN_A_CELL = 4


class ConversationList(TitleList):
    """A page of the list; lengths and members are fetched with one query each for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        ids = [conversation.pk for conversation in self.result_list]
        lengths = dict(
            Message.objects.filter(conversation__in=ids).order_by().values_list("conversation").annotate(Count("pk"))
        )
        people: dict[UUID, list[str]] = {}
        for member in Membership.objects.filter(conversation__in=ids).select_related("user").order_by("pk"):
            people.setdefault(member.conversation_id, []).append(member.user.get_username())
        for conversation in self.result_list:
            conversation.shown_length = lengths.get(conversation.pk, 0)
            conversation.shown_people = people.get(conversation.pk, [])


@admin.register(Conversation)
class ConversationAdmin(Readable):
    list_display = ("shown_title", "people", "length", "upstream", "model", "changed")
    list_filter = (OutcomeFilter, MemberFilter, UpstreamFilter, ModelFilter, TrashFilter)
    date_hierarchy = "updated_at"
    ordering = ("-updated_at", "-pk")
    sortable_by = ("changed",)
    search_fields = ("title",)
    search_help_text = _(
        "Title, person, or words of the messages; “quoted words” stay together. Searches are recorded in the audit trail."
    )
    actions = ("export_jsonl", "export_csv")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ConversationList

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return self.search_fields if may_read(request) else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        if not words_of(search_term):
            return queryset, False
        if not may_read(request):
            raise PermissionDenied
        audit.note_search(request, search_term)
        return search.conversations(queryset, search_term), False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """There is none, because nobody changes a conversation here; Django's page would show its title."""
        raise Http404

    def read(self, request: HttpRequest, conversation: Conversation) -> HttpResponse:
        """A page of the transcript. Reading another person's conversation is noted before it is shown."""
        page = reading.page(
            conversation, _number(request.GET.get("page")), around=_number(request.GET.get("message")) or None
        )
        noted = audit.note_reading(request, conversation, page=page.number)
        context = {
            "conversation": conversation,
            "members": conversation.memberships.select_related("user").order_by("pk")[:200],
            "page": page,
            "noted": noted is not None,
            "readings": AuditEntry.objects.filter(conversation=conversation.pk).count(),
            "title": str(conversation),
        }
        return self.page(request, "review/transcript.html", context)

    def has_read_permission(self, request: HttpRequest) -> bool:
        """Django asks this for actions with the permission "read", which are the exports."""
        return may_read(request)

    @admin.action(description=_("Export as JSON lines (the whole tree)"), permissions=["read"])
    def export_jsonl(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> StreamingHttpResponse:
        return _download(request, queryset, "jsonl")

    @admin.action(description=_("Export as CSV (a line for each message)"), permissions=["read"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> StreamingHttpResponse:
        return _download(request, queryset, "csv")

    @admin.display(description=_("title"))
    def shown_title(self, conversation: Conversation) -> Any:
        title = isolated(title_of(conversation))
        return format_html("{} <small>({})</small>", title, _("in the trash")) if conversation.trashed_at else title

    @admin.display(description=_("people"))
    def people(self, conversation: Conversation) -> Any:
        names: list[str] = conversation.shown_people  # type: ignore[attr-defined]
        more = (
            gettext(" and {count} more").format(count=len(names) - NAMES_IN_A_CELL)
            if len(names) > NAMES_IN_A_CELL
            else ""
        )
        return isolated(", ".join(names[:NAMES_IN_A_CELL]) + more)

    length = column(Conversation, _("messages"), lambda conversation: f"{conversation.shown_length:,}")  # type: ignore[attr-defined]
    changed = column(
        Conversation, _("last change"), lambda conversation: moment(conversation.updated_at), ordering="updated_at"
    )


def _download(request: HttpRequest, queryset: QuerySet[Conversation], form: str) -> StreamingHttpResponse:
    """Stream the selection as a file; each conversation in it is noted before it is sent."""
    content_type, write = export.FORMS[form]
    selection = queryset.select_related("created_by")
    notes: Any = audit.ExportNotes(request, form, selection.count())
    name = f"parley-conversations-{timezone.now():%Y%m%d-%H%M%S}.{form}"
    return StreamingHttpResponse(
        export.streamed(write(selection, notes)),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"},
    )


def _number(text: str | None) -> int:
    """A whole number from a query string; 0 for anything else, and for numbers too large to be a row's key."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
