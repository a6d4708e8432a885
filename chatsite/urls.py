"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from chat import health
from chat.accounts.views import no_mail

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    # Takes the place of allauth's page where no mail can be sent.
    *([] if settings.EMAIL_CONFIGURED else [path("account/password/reset/", no_mail)]),
    path("account/", include("allauth.urls")),
    path("join/", include("chat.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]
