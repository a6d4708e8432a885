"""`manage.py setup`: prepares an installation. It may run at every start and repeats nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from chat.models import Invitation, User

SETUP_LINK_VALID_FOR = timedelta(hours=24)


class Command(BaseCommand):
    help = (
        "Brings the database and the static files up to date. If there is no administrator, creates one from "
        "DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD, or prints a one-time link to create one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {str(error).strip()}. Check DATABASE_URL.") from error
        if static_files_are_stale():
            call_command("collectstatic", interactive=False, verbosity=0)
        if said := ensure_administrator():
            self.stdout.write(f"\n{said}\n\n")
            self.stdout.flush()


def ensure_administrator() -> str:
    """Create the first administrator, or a link to create one; returns what to print, "" if there is one already."""
    if User.objects.filter(is_superuser=True, is_active=True).exists():
        unused_setup_links().delete()
        return ""
    if settings.DJANGO_SUPERUSER_USERNAME:
        return make_administrator()
    return (
        "No administrator yet. Open this link within 24 hours to create the account; it works once:\n\n  "
        + setup_link()
    )


def make_administrator() -> str:
    """Create the account that the environment describes."""
    name, password = settings.DJANGO_SUPERUSER_USERNAME, settings.DJANGO_SUPERUSER_PASSWORD
    if not password:
        raise CommandError(
            "DJANGO_SUPERUSER_USERNAME is set without DJANGO_SUPERUSER_PASSWORD (or DJANGO_SUPERUSER_PASSWORD_FILE)."
        )
    if User.objects.filter(username__iexact=name).exists():
        raise CommandError(f"{name} exists and is not an administrator. Choose another DJANGO_SUPERUSER_USERNAME.")
    User.objects.create_superuser(name, settings.DJANGO_SUPERUSER_EMAIL, password)
    return f"Created the administrator {name}."


@transaction.atomic
def setup_link() -> str:
    """Issue a one-time link for the first administrator. Links printed before stop working."""
    unused_setup_links().delete()
    _, token = Invitation.issue(is_administrator=True, note="first administrator", valid_for=SETUP_LINK_VALID_FOR)
    return f"{base_url()}{reverse('join', args=[token])}"


def unused_setup_links() -> QuerySet[Invitation]:
    """Setup links that were printed and not used: invitations for an administrator that no account issued."""
    return Invitation.objects.filter(created_by=None, is_administrator=True, used_at=None)


def base_url() -> str:
    """The address of the site, as far as the settings tell."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    everywhere = ("0.0.0.0", "::")  # noqa: S104  # compared, not bound
    host = "localhost" if settings.HOST in everywhere else settings.HOST
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def static_files_are_stale() -> bool:
    """Whether something under static/ (or Django itself) is newer than the collected copy."""
    if settings.DEBUG:
        return False
    collected = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not collected.exists():
        return True
    since = collected.stat().st_mtime
    installed = Path(settings.BASE_DIR) / ".venv" / ".installed-requirements.txt"
    sources = [installed, *(path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*"))]
    return any(path.exists() and path.stat().st_mtime > since for path in sources)
