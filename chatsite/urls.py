"""All addresses of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from chat.accounts.views import no_mail
from chat.web import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    # Replaces allauth's page if no mail can be sent.
    *([] if settings.EMAIL_CONFIGURED else [path("account/password/reset/", no_mail)]),
    # Sets this browser's language; people who are signed in choose theirs in the preferences.
    path("language/", set_language, name="set_language"),
    path("account/", include("allauth.urls")),
    path("join/", include("chat.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("chat.web.urls")),
]
