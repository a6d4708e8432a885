"""Tools: what models may do, who must approve it, and every call that was made."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import Admin, Readable, badge, column, figure, moment, person, transcript_link
from chat.admin.filters import RequesterFilter
from chat.catalogue.tools import every_tool, tool_named
from chat.models import ToolCall, ToolPolicy
from chat.review import audit


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


@admin.register(ToolCall)
class ToolCallAdmin(Readable):
    """Shows for whom each tool was called, when and with what outcome. Arguments quote people: opening a call is audited."""

    list_display = ("id", "when", "tool", "asked_by", "state_word", "decided", "took", "size", "where")
    list_filter = ("status", "tool", RequesterFilter, ("created_at", admin.DateFieldListFilter))
    list_select_related = ("requested_by", "decided_by", "message__conversation")
    ordering = ("-pk",)
    sortable_by = ("id",)
    fields = (
        "id", "where", "tool", "arguments", "is_edited", "asked_by", "state_word", "decided", "decided_at", "created_at", "started_at",
        "ended_at", "took", "size",
    )  # fmt: skip
    readonly_fields = fields

    def read(self, request: HttpRequest, call: ToolCall) -> None:
        audit.note_reading(request, call.message.conversation, tool_call=call.pk)

    when = column(ToolCall, _("called"), lambda call: moment(call.created_at), ordering="pk")
    state_word = column(ToolCall, _("outcome"), lambda call: badge(call.status))
    asked_by = column(ToolCall, _("person"), lambda call: person(call.requested_by))
    decided = column(ToolCall, _("decided by"), lambda call: person(call.decided_by))
    took = column(ToolCall, _("time taken"), lambda call: figure("{:.1f} s", call.duration_seconds))
    where = column(ToolCall, _("conversation"), lambda call: transcript_link(call, call.message_id))

    @admin.display(description=_("result"))
    def size(self, call: ToolCall) -> str | None:
        if call.result_chars is None:
            return None
        return gettext("{count} characters").format(count=number_format(call.result_chars, force_grouping=True))
