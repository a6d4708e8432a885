"""The administration's doors: who gets in, and what hangs in the hall. What is behind each door is in chat.admin."""

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

# These apps register pages that print secrets (TOTP seeds, tokens of an identity provider): they stay closed.
CLOSED_APPS = frozenset({"account", "mfa", "socialaccount", "usersessions"})

SECTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Records"), ("Conversation", "Message", "Run", "ToolCall", "AuditEntry")),
    (_("People"), ("User", "Invitation", "Group")),
    (_("Models and tools"), ("Upstream", "ToolPolicy", "McpServer")),
)


class AdminSite(admin.AdminSite):
    """Django's admin with one way to sign in, the site's own: its second factor and its rate limits hold here, too."""

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
        """Somebody who is signed in and does not belong here gets "not found", as behind every other door."""
        inner: View = super().admin_view(view, cacheable)

        @wraps(inner)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return door

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To the site's own sign-in, and from there to where the person was going."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            wanted = resolve_url("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        return redirect_to_login(wanted, resolve_url(settings.LOGIN_URL))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """One's own password is changed in one place, the account's."""
        return HttpResponseRedirect(resolve_url("account_change_password"))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models by SECTIONS; what is in none of them comes last, under its app's own name."""
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
