"""MCP servers, which offer tools. A server is asked for its tools when it is saved; they are then listed under Tools."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ForAdministrators, badge, column, isolated, moment
from chat.admin.upstreams import NamesField
from chat.models import McpServer
from chat.models.upstream import validate_key
from chat.tools.mcp.offer import discover
from chat.tools.tool import ToolError
from chat.vault import VaultError


class McpServerForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """A server and, write-only, its secret."""

    secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60, "spellcheck": "false"}),
    )
    command = NamesField(
        required=False, help_text=_("A program on this machine instead of an address: one word per line.")
    )

    class Meta:
        model = McpServer
        fields = ("name", "slug", "url", "allow_private", "is_enabled", "header", "timeout_seconds", "command")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "secret" in self.fields:
            known = (
                gettext("Set, ends in …{ending}").format(ending=self.instance.secret_hint) + ". "
                if self.instance.has_secret
                else ""
            )
            self.fields["secret"].help_text = known + gettext(
                "The secret is stored encrypted. Changing the address erases it."
            )

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        validate_key(secret.removeprefix("Bearer "))
        return secret


@admin.register(McpServer)
class McpServerAdmin(ForAdministrators):
    form = McpServerForm
    list_display = ("shown_name", "slug", "where", "state", "asked")
    list_display_links = ("shown_name",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("name", "slug", "url", "allow_private", "is_enabled")}),
        (_("Secret"), {"fields": ("secret", "header")}),
        (_("More"), {"classes": ("collapse",), "fields": ("timeout_seconds", "command")}),
    )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("secret"):
            obj.set_secret(form.cleaned_data["secret"])

    def ask(self, row: McpServer) -> tuple[str, int]:
        return _ask_for_tools(row)

    shown_name = column(McpServer, _("name"), lambda server: isolated(server.name))
    where = column(McpServer, _("address or command"), lambda server: server.url or " ".join(server.command))

    @admin.display(description=_("state"))
    def state(self, server: McpServer) -> SafeString:
        if not server.is_enabled:
            word, look = gettext("off"), "off"
        elif server.problem:
            word, look = gettext("failed"), "failed"
        else:
            count = len(server.found)
            word, look = ngettext("{count} tool", "{count} tools", count).format(count=count), "open"
        return badge(look, word, server.problem)

    asked = column(McpServer, _("last asked"), lambda server: moment(server.asked_at))


def _ask_for_tools(server: McpServer) -> tuple[str, int]:
    """Ask the server for its tools; the sentence to show after saving, and its level."""
    if not server.is_enabled:
        return f"{server.name} is off.", messages.INFO
    try:
        server.note_found(async_to_sync(discover)(server.server()))
    except (ToolError, VaultError) as error:
        server.note_problem(str(error))
        return str(error), messages.WARNING
    count, names = len(server.found), ", ".join(one["name"] for one in server.found) or gettext("none")
    words = ngettext("{name} offers {count} tool: {tools}.", "{name} offers {count} tools: {tools}.", count)
    rules = gettext("New tools require approval; their rules are under Tools.")
    return f"{words.format(name=server.name, count=count, tools=names)} {rules}", messages.SUCCESS
