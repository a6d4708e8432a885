"""MCP servers, which offer tools. A server is asked what it offers when it is saved; its tools are then listed under Tools."""

import time
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ForAdministrators, badge, column, isolated, moment
from chat.admin.upstreams import NamesField
from chat.models import McpServer, ToolPolicy, sealed
from chat.models.upstream import validate_key
from chat.review import audit
from chat.tools.mcp.offer import discover
from chat.tools.mcp.server import Catalog
from chat.tools.tool import ToolError
from chat.vault import VaultError

# This many names suffice to recognise a server.
NAMES_IN_A_MESSAGE = 10


class ValuesField(forms.CharField):
    """Secret values under names, one on each line; those that are stored are shown as dots."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 60, "spellcheck": "false", "dir": "ltr", "autocomplete": "off"})

    def __init__(self, between: str, names: Any, **about: Any) -> None:
        super().__init__(required=False, strip=True, **about)
        self.between = between
        self._names = names

    def to_python(self, value: Any) -> Any:
        return sealed.read(value or "", self.between, self._names)

    def prepare_value(self, value: Any) -> Any:
        return sealed.written(list(value), self.between) if isinstance(value, dict) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or {}))
        except forms.ValidationError:
            return True


class McpServerForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """A server and, write-only, its secrets."""

    secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60, "spellcheck": "false"}),
    )
    headers = ValuesField(
        ": ",
        sealed.HEADER,
        label=_("More headers"),
        help_text=_("One on each line, “Name: value”. Stored encrypted; dots stand for a stored value."),
    )
    command = NamesField(
        required=False, help_text=_("A program on this machine instead of an address: one word per line.")
    )
    environment = ValuesField(
        "=",
        sealed.VARIABLE,
        label=_("Environment"),
        help_text=_("Of the program, one on each line, “NAME=value”. Stored encrypted; dots stand for a stored value."),
    )
    tools = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Offered to models"),
        help_text=_("Set the approval that each tool needs under Tools."),
    )

    class Meta:
        model = McpServer
        fields = ("name", "slug", "url", "allow_private", "is_enabled", "header", "timeout_seconds", "command")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        server = self.instance
        if "secret" in self.fields:
            known = (
                gettext("Set, ends in …{ending}").format(ending=server.secret_hint) + ". " if server.has_secret else ""
            )
            self.fields["secret"].help_text = known + gettext(
                "The secret is stored encrypted. Changing the address erases it."
            )
        self.initial["headers"] = dict.fromkeys(server.header_names, sealed.KEPT)
        self.initial["environment"] = dict.fromkeys(server.variable_names, sealed.KEPT)
        if "tools" in self.fields:
            found = server.tools() if server.pk else []
            on = ToolPolicy.objects.filter(tool__in=[tool.name for tool in found], is_on=True)
            self.fields["tools"].choices = [(tool.name, _line_of(tool)) for tool in found]  # type: ignore[attr-defined]
            self.initial["tools"] = list(on.values_list("tool", flat=True))

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        validate_key(secret.removeprefix("Bearer "))
        return secret


def _line_of(tool: Any) -> SafeString:
    return format_html("<code>{}</code> <span class='quiet'>{}</span>", tool.name, tool.description[:140])


@dataclass(slots=True)
class Report:
    """What a test found: its rows, or the trouble that ended it, and how long it took."""

    rows: list[tuple[str, str]]
    trouble: str
    seconds: float


@admin.register(McpServer)
class McpServerAdmin(ForAdministrators):
    form = McpServerForm
    list_display = ("shown_name", "slug", "where", "state", "asked", "test_link")
    list_display_links = ("shown_name",)
    sortable_by = ()
    closed_lookups = frozenset({"sealed_secret", "secret_hint", "sealed_headers", "sealed_environment", "url"})
    change_form_template = "admin/chat/mcpserver/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "slug", "url", "allow_private", "is_enabled")}),
        (_("Secret"), {"fields": ("secret", "header", "headers")}),
        (_("Program"), {"classes": ("collapse",), "fields": ("command", "environment")}),
        (_("More"), {"classes": ("collapse",), "fields": ("timeout_seconds",)}),
        (_("Tools"), {"fields": ("tools",)}),
    )

    def absent_fields(self, request: HttpRequest, obj: Any) -> set[str]:
        """Hide the secrets from somebody who may only view, and the tools of a server that has none (yet)."""
        hidden = set() if self.has_change_permission(request, obj) else {"headers", "environment", "tools"}
        return super().absent_fields(request, obj) | hidden | (set() if obj is not None and obj.found else {"tools"})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = obj.secret_names()
        super().save_model(request, obj, form, change)
        given = form.cleaned_data
        if given.get("secret"):
            obj.set_secret(given["secret"])
        obj.set_values(given.get("headers"), given.get("environment"))
        if before - obj.secret_names() and {"url", "command"} & set(form.changed_data):
            words = _("The secrets for the earlier address or command were erased. Enter them again.")
            self.message_user(request, words, messages.WARNING)
        if "tools" in form.changed_data:
            _offer(obj, set(given["tools"]))

    def ask(self, row: McpServer) -> tuple[str, int]:
        return _ask_for_tools(row)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.test_view)
        return [path("test/<str:slug>/", view, name="chat_mcpserver_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """A POST asks the server for all that it offers, stores that, and shows it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        server = McpServer.objects.filter(slug=slug).first()
        if server is None:
            raise Http404
        report = None
        if request.method == "POST":
            audit.note(request, "mcpserver.tested", server=server.slug)
            report = _test(server)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Test {name}").format(name=server.name),
            "server": server,
            "where": _where(server),
            "report": report,
        }
        return TemplateResponse(request, "admin/chat/mcpserver/test.html", context)

    shown_name = column(McpServer, _("name"), lambda server: isolated(server.name))
    where = column(McpServer, _("address or command"), lambda server: _where(server))

    @admin.display(description=_("state"))
    def state(self, server: McpServer) -> SafeString:
        if not server.is_enabled:
            return badge("off", gettext("off"))
        if server.problem:
            return badge("failed", gettext("failed"), server.problem)
        count = len(server.found)
        word = ngettext("{count} tool", "{count} tools", count).format(count=count)
        if changed := len(server.changed_tools()):
            words = ngettext("{count} has changed", "{count} have changed", changed)
            return badge("failed", word, words.format(count=changed))
        return badge("open", word)

    @admin.display(description="")
    def test_link(self, server: McpServer) -> SafeString:
        address = reverse("admin:chat_mcpserver_test", args=[server.slug])
        return format_html('<a href="{}">{}</a>', address, _("Test"))

    asked = column(McpServer, _("last asked"), lambda server: moment(server.asked_at))


def _where(server: McpServer) -> str:
    return server.url or " ".join(server.command)


def _offer(server: McpServer, chosen: set[str]) -> None:
    """Offer these of the server's tools to models, and no others."""
    for tool in server.tools():
        ToolPolicy.objects.filter(tool=tool.name).update(is_on=tool.name in chosen)


def _test(server: McpServer) -> Report:
    began = time.monotonic()
    catalog, trouble = _ask(server)
    seconds = time.monotonic() - began
    if catalog is None:
        return Report([], trouble, seconds)
    names = ", ".join(tool.name for tool in catalog.tools)
    rows = [
        (gettext("Server"), f"{catalog.software or '?'}, MCP {catalog.protocol} {catalog.transport}".strip()),
        (gettext("Tools"), f"{len(catalog.tools)}: {names}" if names else gettext("none")),
        (gettext("Prompts"), ", ".join(prompt.name for prompt in catalog.prompts) or gettext("none")),
        (gettext("Resources"), ", ".join(resource.title for resource in catalog.resources) or gettext("none")),
        (gettext("Instructions"), catalog.instructions or gettext("none")),
        (gettext("Left out"), "\n".join(catalog.skipped)),
        (gettext("Changed"), ", ".join(server.changed_tools())),
    ]
    return Report([row for row in rows if row[1]], "", seconds)


def _ask(server: McpServer) -> tuple[Catalog | None, str]:
    """What the server offers, stored; or why it could not be asked."""
    try:
        catalog = async_to_sync(discover)(server.server())
    except (ToolError, VaultError) as error:
        server.note_problem(str(error))
        return None, str(error)
    server.note_found(catalog)
    return catalog, ""


def _ask_for_tools(server: McpServer) -> tuple[str, int]:
    """Ask the server for its tools; the sentence to show after saving, and its level."""
    if not server.is_enabled:
        return gettext("{name} is off.").format(name=server.name), messages.INFO
    catalog, trouble = _ask(server)
    if catalog is None:
        return trouble, messages.WARNING
    count, names = len(server.found), ", ".join(one["name"] for one in server.found[:NAMES_IN_A_MESSAGE])
    more = ", …" if count > NAMES_IN_A_MESSAGE else ""
    words = ngettext("{name} offers {count} tool: {tools}.", "{name} offers {count} tools: {tools}.", count)
    said = [words.format(name=server.name, count=count, tools=(names or gettext("none")) + more)]
    said.append(gettext("New tools require approval; their rules are under Tools."))
    if off := server.tools_off():
        words = ngettext("{count} of them is not offered to models.", "{count} of them are not offered to models.", off)
        said.append(words.format(count=off))
    if changed := server.changed_tools():
        words = gettext("Changed, so that they require approval again: {tools}.")
        said.append(words.format(tools=", ".join(changed)))
    said += catalog.skipped
    return " ".join(said), messages.WARNING if catalog.skipped or changed else messages.SUCCESS
