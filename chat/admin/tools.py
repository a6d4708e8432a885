"""Tools: what models may do, who must approve it, and every call that was made."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import Admin, Readable, badge, column, figure, moment, person, transcript_link
from chat.admin.filters import RequesterFilter
from chat.catalogue.tools import every_tool, tool_named
from chat.models import ToolCall, ToolPolicy
from chat.review import audit

# What may change of a tool, and one change: its field, what it was, what it is.
FIELDS = {
    "server": _("server"),
    "address": _("address or command"),
    "description": _("description"),
    "schema": _("arguments"),
    "is_harmless": _("read-only, according to the server"),
}
CHANGE = '<dt>{}</dt><dd><del class="changes__text">{}</del><ins class="changes__text">{}</ins></dd>'


@admin.register(ToolPolicy)
class ToolPolicyAdmin(Admin):
    """One row for each existing tool. Tools come from the program and the MCP servers, so none is added or deleted here."""

    list_display = ("tool", "what", "is_on", "for_owners", "for_editors", "deciders", "may_edit", "state")
    list_editable = ("is_on", "for_owners", "for_editors", "deciders", "may_edit")
    sortable_by = ()
    fields = ("tool", "what", "changes", "is_on", "for_owners", "for_editors", "deciders", "may_edit")
    readonly_fields = ("tool", "what", "changes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolPolicy]:
        return super().get_queryset(request).filter(tool__in=every_tool())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        has_changed = obj is not None and (tool := tool_named(obj.tool)) is not None and not obj.holds_for(tool)
        return [field for field in self.fields if field != "changes" or has_changed]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Set the rules for the tool as it is now; in the list, only where a rule was chosen: it does not show what changed."""
        tool, rules = tool_named(obj.tool), {"for_owners", "for_editors"}
        is_row_of_list = request.path == reverse("admin:chat_toolpolicy_changelist")
        if tool is not None and tool.source is not None and (not is_row_of_list or rules & set(form.changed_data)):
            obj.approved = tool.source
        super().save_model(request, obj, form, change)

    @admin.display(description="")
    def state(self, policy: ToolPolicy) -> SafeString | str:
        tool = tool_named(policy.tool)
        if tool is None or policy.holds_for(tool):
            return ""
        address = reverse("admin:chat_toolpolicy_change", args=[policy.pk])
        link = format_html('<a href="{}">{}</a>', address, _("What has changed?"))
        return format_html("{} {}", badge("failed", _("changed: requires approval")), link)

    @admin.display(description=_("changed since the rules were set"))
    def changes(self, policy: ToolPolicy) -> SafeString | str:
        tool = tool_named(policy.tool)
        rows = policy.changes_of(tool) if tool is not None else []
        shown = format_html_join("", CHANGE, ((FIELDS[field], before, now) for field, before, now in rows))
        advice = _("Until you save this page, the tool is not run automatically.")
        return format_html('<p>{}</p><dl class="changes">{}</dl>', advice, shown)

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
