"""python -m tests.live.harness.bootstrap: fills an empty database for the live tests.

People, all with the password of the environment: ada administers; alice, bob and charlie are ordinary. Besides the
upstreams of the environment there are two rows whose models go on from a prefilled answer, and one, `own`, that tests
point where they like.
"""

from __future__ import annotations

import os
import sys

import django

from .machine import alone_in
from .server import ROOT


def main() -> None:
    """Migrate, collect the static files, then make people and upstreams."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()

    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command

    from chat.management.commands.setup import static_files_are_stale
    from chat.models import Upstream, User

    call_command("migrate", interactive=False, verbosity=0)
    with alone_in(ROOT / "static"):
        if static_files_are_stale():
            call_command("collectstatic", interactive=False, verbosity=0)
    # Hashed once: with the site's own hasher, which is slow on purpose.
    password = make_password(os.environ["LIVE_PASSWORD"])
    for name in sys.argv[1].split(","):
        is_admin = name == "ada"
        User.objects.create(username=name, password=password, is_staff=is_admin, is_superuser=is_admin)
    for slug, format in [("prefill-openai", "openai"), ("prefill-anthropic", "anthropic"), ("own", "openai")]:
        Upstream.objects.create(
            slug=slug,
            name=slug.title(),
            format=format,
            base_url=os.environ["OPENAI_BASE_URL"],
            allow_private=True,
            prefill=slug != "own",
            connect_seconds=float(os.environ["CONNECT_TIMEOUT_SECONDS"]),
            silence_seconds=float(os.environ["SILENCE_TIMEOUT_SECONDS"]),
            first_event_seconds=float(os.environ["FIRST_EVENT_TIMEOUT_SECONDS"]),
        )


if __name__ == "__main__":
    main()
