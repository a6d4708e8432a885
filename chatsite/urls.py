"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from chat import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("account/", include("allauth.urls")),
    path("join/", include("chat.accounts.urls")),
    path("admin/", admin.site.urls),
    path("", include("chat.urls")),
]
