"""The administration's site: who gets in, and the sections of its first page. The model pages are in chat.admin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponseBase]

# The pages of these apps would show secrets (TOTP seeds, tokens of an identity provider), so they are not registered.
CLOSED_APPS = frozenset({"account", "mfa", "socialaccount", "usersessions"})

SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Records"), ("Conversation", "Message", "Run", "ToolCall", "AuditEntry")),
    (_("People"), ("User", "Invitation", "Group")),
    (_("Models and tools"), ("Upstream", "ToolPolicy", "McpServer")),
)


class AdminSite(admin.AdminSite):
    """Django's admin with the site's own sign-in, so that its second factor and its rate limits apply here, too."""

    site_title = "Parley"
    site_header = _("Parley administration")
    index_title = _("Administration")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register models, but none of CLOSED_APPS."""
        models: Iterable[type[Model]] = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        )
        super().register(
            [model for model in models if model._meta.app_label not in CLOSED_APPS], admin_class, **options
        )

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Respond with 404 to a person without access who is signed in, as all other views do."""
        inner: View = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return guarded

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the site's own sign-in, and from there to the requested page."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            wanted = resolve_url("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        return redirect_to_login(wanted, resolve_url(settings.LOGIN_URL))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirect to the account's page, the only one for changing one's password."""
        return HttpResponseRedirect(resolve_url("account_change_password"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models grouped by SECTIONS; those in no section come last, under their app's name."""
        apps: list[Any] = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = {model["object_name"]: model for app in apps for model in app["models"]}
        sections = [
            {"name": name, "models": [models.pop(each) for each in names if each in models]} for name, names in SECTIONS
        ]
        others = [
            {"name": app["name"], "models": [model for model in app["models"] if model["object_name"] in models]}
            for app in apps
        ]
        return [
            section | {"app_label": "", "app_url": section["models"][0]["admin_url"], "has_module_perms": True}
            for section in [*sections, *others]
            if section["models"]
        ]
