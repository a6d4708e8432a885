"""The audit trail, read-only: chat.review.audit writes it."""

import json

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ReadOnly, column, moment, person
from chat.admin.filters import ActorFilter, TextFilter
from chat.models import AuditEntry
from chat.review import audit

# The label of each action; the action's code is shown as the label's tooltip.
WORDS = {
    audit.READ: _("Read a conversation"),
    audit.LIST: _("Saw titles in a list"),
    audit.SEARCH: _("Searched the conversations"),
    audit.EXPORT: _("Exported a conversation"),
    "upstream.added": _("Added an upstream"),
    "upstream.changed": _("Changed an upstream"),
    "upstream.deleted": _("Deleted an upstream"),
    "upstream.tested": _("Tested an upstream"),
    "mcpserver.added": _("Added an MCP server"),
    "mcpserver.changed": _("Changed an MCP server"),
    "mcpserver.deleted": _("Deleted an MCP server"),
    "mcpserver.tested": _("Tested an MCP server"),
    "toolpolicy.added": _("Changed a tool"),
    "toolpolicy.changed": _("Changed a tool"),
    "user.added": _("Added a person"),
    "user.changed": _("Changed a person"),
    "user.second_factor_removed": _("Removed a second factor"),
    "group.added": _("Added a group"),
    "group.changed": _("Changed a group"),
    "group.deleted": _("Deleted a group"),
    "invitation.added": _("Invited somebody"),
    "invitation.deleted": _("Withdrew an invitation"),
    "invitation.used": _("Used an invitation"),
    "account.signed_in": _("Signed in"),
    "account.sign_in_failed": _("Entered a wrong password"),
    "account.joined": _("Created an account"),
    "account.password_set": _("Set a password"),
    "account.password_changed": _("Changed the password"),
    "account.password_reset": _("Reset the password by e-mail"),
    "account.email_added": _("Added an e-mail address"),
    "account.email_changed": _("Changed the e-mail address"),
    "account.email_removed": _("Removed an e-mail address"),
    "account.email_confirmed": _("Confirmed an e-mail address"),
    "account.factor_added": _("Added a second factor"),
    "account.factor_removed": _("Removed their second factor"),
    "account.factor_renewed": _("Renewed the recovery codes"),
    "account.factor_failed": _("Entered a wrong code"),
    "account.provider_added": _("Connected single sign-on"),
    "account.provider_removed": _("Disconnected single sign-on"),
}
# The list cuts longer details; the entry's own page shows them whole.
SHORT_DETAIL_CHARS = 160


class ActionFilter(TextFilter):
    """Filters by a prefix of the action: `conversation.`, `upstream.changed`."""

    title = _("action")
    parameter_name = "act"
    lookup = "action__startswith"

    def suggestions(self) -> list[str]:
        return [
            "conversation.read",
            "conversation.search",
            "conversation.export",
            "upstream.",
            "mcpserver.",
            "toolpolicy.",
            "user.",
            "group.",
            "invitation.",
        ]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """Shows who looked at what, and who changed the rules."""

    list_display = ("when", "who", "act", "what", "short_detail")
    list_filter = (ActorFilter, ActionFilter)
    list_select_related = ("actor",)
    list_display_links = ("when",)
    linked_lookups = frozenset({"conversation"})
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    sortable_by = ("when",)
    fields = ("when", "who", "act", "what", "whole_detail")
    readonly_fields = fields

    when = column(AuditEntry, _("when"), lambda entry: moment(entry.created_at, seconds=True), ordering="created_at")
    who = column(AuditEntry, _("person"), lambda entry: person(entry.actor) or gettext("deleted user"))

    @admin.display(description=_("action"))
    def act(self, entry: AuditEntry) -> SafeString:
        return format_html('<span title="{}">{}</span>', entry.action, WORDS.get(entry.action, entry.action))

    @admin.display(description=_("conversation"))
    def what(self, entry: AuditEntry) -> SafeString | str:
        if entry.conversation is None:
            return ""
        address = reverse("admin:chat_conversation_change", args=[entry.conversation])
        return format_html('<a class="id" href="{}">{}</a>', address, str(entry.conversation)[:8])

    @admin.display(description=_("detail"))
    def short_detail(self, entry: AuditEntry) -> SafeString:
        words = ", ".join(f"{name}: {_in_words(value)}" for name, value in entry.detail.items() if name != "path")
        cut = words if len(words) <= SHORT_DETAIL_CHARS else f"{words[:SHORT_DETAIL_CHARS]}…"
        return format_html('<bdi class="detail">{}</bdi>', cut)

    @admin.display(description=_("detail"))
    def whole_detail(self, entry: AuditEntry) -> SafeString:
        text = json.dumps(entry.detail, ensure_ascii=False, indent=2)
        return format_html('<pre class="detail" dir="ltr">{}</pre>', text)


def _in_words(value: object) -> str:
    return " · ".join(map(str, value)) if isinstance(value, list) else str(value)
