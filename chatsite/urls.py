"""All addresses of the site."""

from allauth.account.views import password_set
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from chat.accounts import stale, views
from chat.accounts.fresh import requires_fresh
from chat.accounts.second_factor import second_factor
from chat.web import health

# allauth looks for it here.
handler429 = "chat.accounts.limits.too_many"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    # These replace allauth's pages; the names stay allauth's. Without mail, no address can be confirmed or receive a link.
    path("account/", RedirectView.as_view(pattern_name="account_change_password")),
    path("account/email/", views.email if settings.EMAIL_CONFIGURED else views.closed),
    *([] if settings.EMAIL_CONFIGURED else [path("account/password/reset/", views.no_mail)]),
    path("account/token/", stale.token),
    path("account/second-factor/", second_factor, name="second_factor"),
    path("account/password/set/", requires_fresh(password_set)),
    # Sets this browser's language; people who are signed in choose theirs in the preferences.
    path("language/", set_language, name="set_language"),
    path("account/", include("allauth.urls")),
    path("join/", include("chat.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("chat.web.urls")),
]
