"""Replaces Django's administration by the site's own."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin with the site of chatsite.admin."""

    default_site = "chatsite.admin.AdminSite"
