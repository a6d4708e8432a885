"""Puts the site's own administration in the place of Django's."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin, with the doors of chatsite.admin."""

    default_site = "chatsite.admin.AdminSite"
