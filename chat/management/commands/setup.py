"""`manage.py setup`: makes sure that somebody can administer a new installation."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from chat.models import Invitation, User

SETUP_LINK_VALID_FOR = timedelta(hours=24)


class Command(BaseCommand):
    help = (
        "Makes the first administrator from DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD, or prints a one-time link "
        "that does. Does nothing where an administrator exists."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            unused_setup_links().delete()
            return
        if settings.DJANGO_SUPERUSER_USERNAME:
            self.stdout.write(make_administrator())
        else:
            self.stdout.write(
                f"Open this link within 24 hours to make the administrator's account; it works once:\n\n  {setup_link()}\n"
            )


def make_administrator() -> str:
    """Makes the account that the environment describes; returns a sentence to print."""
    name, password = settings.DJANGO_SUPERUSER_USERNAME, settings.DJANGO_SUPERUSER_PASSWORD
    if not password:
        raise CommandError("DJANGO_SUPERUSER_USERNAME is set without DJANGO_SUPERUSER_PASSWORD (or …_PASSWORD_FILE).")
    if User.objects.filter(username__iexact=name).exists():
        raise CommandError(f"{name} exists and is not an administrator. Choose another DJANGO_SUPERUSER_USERNAME.")
    User.objects.create_superuser(name, settings.DJANGO_SUPERUSER_EMAIL, password)
    return f"Made the administrator {name}."


@transaction.atomic
def setup_link() -> str:
    """A new one-time link for the first administrator. Links printed before stop working: the newest one counts."""
    unused_setup_links().delete()
    _, token = Invitation.issue(is_administrator=True, note="first administrator", valid_for=SETUP_LINK_VALID_FOR)
    return f"{base_url()}{reverse('join', args=[token])}"


def unused_setup_links() -> QuerySet[Invitation]:
    """Setup links that were printed and not used: issued by nobody, for an administrator."""
    return Invitation.objects.filter(created_by=None, is_administrator=True, used_at=None)


def base_url() -> str:
    """Where people reach the site, as far as the settings tell."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    everywhere = ("0.0.0.0", "::")  # noqa: S104  # compared, not bound
    host = "localhost" if settings.HOST in everywhere else settings.HOST
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"
