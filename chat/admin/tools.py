"""Tools: what models may do, who must approve it, and every call that was made."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import Admin, ReadOnly, isolated, moment, transcript_link
from chat.admin.filters import PersonFilter
from chat.catalogue.tools import every_tool, tool_named
from chat.models import ToolCall, ToolPolicy
from chat.review import audit
from chat.review.access import may_read


@admin.register(ToolPolicy)
class ToolPolicyAdmin(Admin):
    """One row for each existing tool. Tools come from the program and the MCP servers, so none is added or deleted here."""

    list_display = ("tool", "what", "is_on", "for_owners", "for_editors", "deciders", "may_edit")
    list_editable = ("is_on", "for_owners", "for_editors", "deciders", "may_edit")
    sortable_by = ()
    fields = ("tool", "what", "is_on", "for_owners", "for_editors", "deciders", "may_edit")
    readonly_fields = ("tool", "what")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolPolicy]:
        return super().get_queryset(request).filter(tool__in=every_tool())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("what it does"))
    def what(self, policy: ToolPolicy) -> str:
        tool = tool_named(policy.tool)
        return tool.description if tool else ""


class CallerFilter(PersonFilter):
    field = "requested_by"


@admin.register(ToolCall)
class ToolCallAdmin(ReadOnly):
    """Shows for whom each tool was called, when and with what outcome. Arguments quote people: opening a call is audited."""

    list_display = ("id", "when", "tool", "asked_by", "state_word", "decided", "took", "size", "where")
    list_filter = ("status", "tool", CallerFilter, ("created_at", admin.DateFieldListFilter))
    list_select_related = ("requested_by", "decided_by", "message__conversation")
    ordering = ("-pk",)
    sortable_by = ("id",)
    fields = (
        "id", "where", "tool", "arguments", "is_edited", "asked_by", "state_word", "decided", "decided_at", "created_at", "started_at",
        "ended_at", "took", "size",
    )  # fmt: skip
    readonly_fields = fields
    closed_lookups = frozenset({"arguments"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolCall]:
        return super().get_queryset(request).select_related("requested_by", "decided_by", "message__conversation")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not may_read(request):
            raise PermissionDenied
        call = self.get_object(request, object_id)
        if call is None:
            raise Http404
        audit.note_reading(request, call.message.conversation, tool_call=call.pk)
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("called"), ordering="pk")
    def when(self, call: ToolCall) -> str:
        return moment(call.created_at)

    @admin.display(description=_("outcome"))
    def state_word(self, call: ToolCall) -> SafeString:
        return format_html('<span class="badge badge--{}">{}</span>', call.status, call.status)

    @admin.display(description=_("person"))
    def asked_by(self, call: ToolCall) -> SafeString | str:
        return isolated(call.requested_by.get_username()) if call.requested_by else ""

    @admin.display(description=_("decided by"))
    def decided(self, call: ToolCall) -> SafeString | str:
        return isolated(call.decided_by.get_username()) if call.decided_by else ""

    @admin.display(description=_("time taken"))
    def took(self, call: ToolCall) -> str | None:
        return None if call.duration_seconds is None else f"{call.duration_seconds:.1f} s"

    @admin.display(description=_("result"))
    def size(self, call: ToolCall) -> str | None:
        return (
            None
            if call.result_chars is None
            else gettext("{count} characters").format(count=number_format(call.result_chars, force_grouping=True))
        )

    @admin.display(description=_("conversation"))
    def where(self, call: ToolCall) -> SafeString:
        return transcript_link(call.message.conversation, call.message_id)
