"""Upstreams: administrators configure them, enter a key that is never shown again, and test them."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat import catalogue
from chat.admin.base import ForAdministrators, badge, column, isolated
from chat.admin.examine import Report, examine
from chat.catalogue.entries import endpoint_of_row
from chat.catalogue.presets import PRESETS
from chat.models import ModelTrait, Upstream
from chat.models.upstream import validate_key
from chat.review import audit
from chat.shown.run_error import words_of_error
from chat.upstreams import own_headers
from chat.upstreams.endpoint import Endpoint
from chat.upstreams.errors import UpstreamError
from chat.vault import VaultError

# This many model names suffice to recognise a provider.
NAMES_IN_A_MESSAGE = 5
# More of what models refused does not fit a page that is about one test.
SHOWN_TRAITS = 100


class NamesField(forms.CharField):
    """A list of names, one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 50, "spellcheck": "false", "dir": "ltr"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))


def _providers() -> list[tuple[str, Any]]:
    return [("", _("Detect by the address")), *((preset.slug, preset.name) for preset in PRESETS.values())]


class UpstreamForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """An upstream and its key, which is write-only."""

    key = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60, "spellcheck": "false"}),
    )
    remove_key = forms.BooleanField(required=False, label=_("Remove the key"))
    headers = forms.CharField(
        required=False,
        label=_("Headers"),
        widget=forms.Textarea(
            attrs={"rows": 2, "cols": 60, "spellcheck": "false", "dir": "ltr", "autocomplete": "off"}
        ),
    )
    remove_headers = forms.BooleanField(required=False, label=_("Remove the headers"))
    provider = forms.ChoiceField(required=False, choices=_providers)
    model_names = NamesField(
        required=False,
        label=_("Models"),
        help_text=_("One name per line. Leave this empty to fetch the list from the upstream."),
    )

    class Meta:
        model = Upstream
        fields = (
            "name", "slug", "provider", "format", "base_url", "allow_private", "is_enabled", "model_names", "images",
            "context_tokens", "prefill", "stream_options", "max_tokens_field",
            "connect_seconds", "first_event_seconds", "silence_seconds", "content_seconds", "run_seconds",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "key" in self.fields:
            self.fields["key"].help_text = _about_key(self.instance)
            self.fields["headers"].help_text = _about_headers(self.instance)
            self.fields["provider"].help_text = _("Parley knows how each of these differs from the others.")
        if "remove_key" in self.fields and not self.instance.has_key:
            del self.fields["remove_key"]
        if "remove_headers" in self.fields and not self.instance.sealed_headers:
            del self.fields["remove_headers"]

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip()
        validate_key(key)
        return key

    def clean_headers(self) -> dict[str, str]:
        try:
            return own_headers.of_lines(self.cleaned_data["headers"])
        except own_headers.BadHeaderError as error:
            words = _("The header “{name}” cannot be set. Write one header per line, as in X-Title: Parley.")
            raise forms.ValidationError(str(words).format(name=error.name)) from None


def _about_headers(upstream: Upstream) -> str:
    words = gettext(
        "Sent with every request to this address, one per line: X-Title: Parley. Stored encrypted, as the key is."
    )
    if not upstream.sealed_headers:
        return words
    names = ", ".join(upstream.header_names)
    return gettext("Set: {names}. What you write here replaces them all.").format(names=names) + " " + words


def _about_key(upstream: Upstream) -> str:
    if not upstream.has_key:
        return gettext("Not set. The key is stored encrypted and cannot be read here again.")
    advice = gettext(
        "Leave this empty to keep the key. Changing the address erases it: enter it again together with the address."
    )
    return f"{_key_words(upstream)}. {advice}"


def _key_words(upstream: Upstream) -> str:
    if not upstream.key_hint:
        return gettext("Set")
    return gettext("Set, ends in …{ending}").format(ending=upstream.key_hint)


class UpstreamList(ChangeList):
    """The rows with their state in the catalogue; `given` lists the upstreams without a row: the environment's, the demo."""

    given: list[catalogue.Listing]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        listings = catalogue.listings()
        self.given = [each for each in listings if each.source != "row"]
        rows = {each.slug: each for each in listings if each.source == "row"}
        for upstream in self.result_list:
            upstream.shown_listing = rows.get(upstream.slug)


@admin.register(Upstream)
class UpstreamAdmin(ForAdministrators):
    form = UpstreamForm
    list_display = ("shown_name", "slug", "format", "base_url", "key_state", "state", "test_link")
    list_display_links = ("shown_name",)
    ordering = ("name",)
    sortable_by = ("name", "slug")
    search_fields = ("name", "slug", "base_url")
    change_list_template = "admin/chat/upstream/change_list.html"
    change_form_template = "admin/chat/upstream/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "slug", "provider", "format", "base_url", "allow_private", "is_enabled")}),
        (_("Key"), {"fields": ("key", "remove_key", "headers", "remove_headers")}),
        (_("Models"), {"fields": ("model_names", "images", "context_tokens", "prefill")}),
        (_("Compatibility"), {"classes": ("collapse",), "fields": ("stream_options", "max_tokens_field")}),
        (
            _("Timeouts, in seconds"),
            {
                "classes": ("collapse",),
                "fields": (
                    "connect_seconds",
                    "first_event_seconds",
                    "silence_seconds",
                    "content_seconds",
                    "run_seconds",
                ),
            },
        ),
    )

    def absent_fields(self, request: HttpRequest, obj: Any) -> set[str]:
        """Hide "Remove the key" as well where there is no key."""
        absent = super().absent_fields(request, obj)
        if "key" in absent:
            absent |= {"headers", "remove_headers"}
        if obj is None or not obj.has_key:
            absent |= {"remove_key"}
        return absent if obj is not None and obj.sealed_headers else absent | {"remove_headers"}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take a preset from the query string and nothing else: a link must not fill in where a key is sent."""
        preset = PRESETS.get(request.GET.get("preset", ""))
        if preset is None:
            return {}
        names = ("slug", "name", "format", "base_url", "allow_private", "max_tokens_field")
        return {"provider": preset.slug, **{name: getattr(preset, name) for name in names}}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        had_key = obj.has_key or bool(obj.sealed_headers)
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("key"):
            obj.set_key(form.cleaned_data["key"])
        elif form.cleaned_data.get("remove_key"):
            obj.set_key("")
        elif had_key and not obj.has_key and not obj.sealed_headers:
            words = _(
                "The address has changed, so the key for the earlier address was erased. Enter the key for this one."
            )
            self.message_user(request, words, messages.WARNING)
        if form.cleaned_data.get("headers") or form.cleaned_data.get("remove_headers"):
            obj.set_headers(form.cleaned_data.get("headers") or {})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        chosen = PRESETS.get(request.GET.get("preset", ""))
        extra = {"presets": PRESETS.values(), "chosen_preset": chosen} if object_id is None else {}
        return super().changeform_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def ask(self, row: Upstream) -> tuple[str, int]:
        return _ask_for_models(row)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return UpstreamList

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.test_view)
        return [path("test/<str:source>/<str:slug>/", view, name="chat_upstream_test"), *super().get_urls()]

    def test_view(self, request: HttpRequest, source: str, slug: str) -> HttpResponse:
        """Lets the administrator choose a model; a POST asks that model for one word and shows how each phase went."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        listing = next((each for each in catalogue.listings() if (each.source, each.slug) == (source, slug)), None)
        if listing is None:
            raise Http404
        model = request.POST.get("model", "")[:200].strip() or next(iter(listing.models), "")
        report = None
        if request.method == "POST":
            audit.note(request, "upstream.tested", upstream=slug, source=source, model=model)
            ModelTrait.forget(slug, model)
            report = _test(listing, model)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Test {name}").format(name=listing.name),
            "listing": listing,
            "models": listing.models[:500],
            "model": model,
            "report": report,
            "learned": ModelTrait.objects.filter(upstream=slug, base_url=listing.base_url)[:SHOWN_TRAITS],
        }
        return TemplateResponse(request, "admin/chat/upstream/test.html", context)

    shown_name = column(Upstream, _("name"), lambda upstream: isolated(upstream.name), ordering="name")

    @admin.display(description=_("key"))
    def key_state(self, upstream: Upstream) -> str:
        if not upstream.has_key:
            return gettext("none")
        return _key_words(upstream)

    @admin.display(description="")
    def test_link(self, upstream: Upstream) -> SafeString:
        address = reverse("admin:chat_upstream_test", args=["row", upstream.slug])
        return format_html('<a href="{}">{}</a>', address, _("Test"))

    @admin.display(description=_("state"))
    def state(self, upstream: Upstream) -> SafeString | str:
        listing: catalogue.Listing | None = upstream.shown_listing  # type: ignore[attr-defined]
        if listing is None:
            return ""
        word, look = (_("in use"), "open") if listing.is_used else (_("not used"), "off")
        if listing.is_used and listing.note and not listing.models:
            word, look = _("no models"), "failed"
        return badge(look, word, listing.note)


def _ask_for_models(upstream: Upstream) -> tuple[str, int]:
    """Ask for the models, for a few seconds at most; the sentence to show after saving, and its level."""
    if upstream.is_enabled and not upstream.model_names:
        async_to_sync(catalogue.refresh)(upstream.slug, force=True)
    listing = next(each for each in catalogue.listings() if (each.source, each.slug) == ("row", upstream.slug))
    name = upstream.name
    if not listing.is_used:
        return gettext("{name} is not used. {why}").format(name=name, why=listing.note), messages.WARNING
    if upstream.model_names:
        words = gettext("{name} offers the models listed here. Press Test to see whether it answers.")
        return words.format(name=name), messages.INFO
    if listing.note:
        words = gettext("The models of {name} could not be listed. {why}")
        return words.format(name=name, why=listing.note), messages.WARNING
    if not listing.models:
        words = gettext("{name} has not listed its models yet. Press Test to see what it is waiting for.")
        return words.format(name=name), messages.WARNING
    more = ", …" if len(listing.models) > NAMES_IN_A_MESSAGE else ""
    shown = ", ".join(listing.models[:NAMES_IN_A_MESSAGE]) + more
    words = ngettext(
        "{name} lists {count} model: {models}", "{name} lists {count} models: {models}", len(listing.models)
    )
    return words.format(name=name, count=len(listing.models), models=shown), messages.SUCCESS


def _test(listing: catalogue.Listing, model: str) -> Report:
    try:
        endpoint = _endpoint(listing)
    except UpstreamError as error:
        return Report(trouble=words_of_error(error.report()))
    except VaultError as error:
        return Report(trouble=str(error))
    report = examine(endpoint, model)
    catalogue.learn(endpoint, report.model, report.lessons)
    return report


def _endpoint(listing: catalogue.Listing) -> Endpoint:
    """The endpoint of a listing; a row's even while it is switched off or the environment takes precedence."""
    if listing.source == "row":
        return endpoint_of_row(Upstream.objects.get(slug=listing.slug))
    endpoint = catalogue.endpoint(listing.slug)
    if endpoint is None:
        raise Http404
    return endpoint
