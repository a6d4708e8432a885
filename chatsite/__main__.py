"""Serves the site: `python -m chatsite`. Sets the fast event loop before Daphne is imported, which binds one at import."""

import asyncio
import os
import sys

from django.core.exceptions import ImproperlyConfigured


def main() -> None:
    """Runs Daphne on settings.HOST and settings.PORT until SIGTERM; extra arguments go to Daphne."""
    use_uvloop()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    from django.conf import settings

    try:
        host, port = settings.HOST, settings.PORT
    except ImproperlyConfigured as error:
        sys.exit(f"Parley cannot start: {error}")

    from daphne.cli import CommandLineInterface

    CommandLineInterface().run(
        [
            *("--bind", host, "--port", str(port)),
            # A chat stays open for days: no end after Daphne's default of one day.
            *("--websocket_timeout", "-1"),
            *("--websocket-max-message-size", str(settings.MAX_FRAME_BYTES * 2)),
            *("--application-close-timeout", "5"),
            *("--verbosity", "0", "--no-server-name"),
            *sys.argv[1:],
            "chatsite.asgi:application",
        ]
    )


def use_uvloop() -> None:
    """uvloop costs a third less CPU per token than the standard loop; not every platform has it."""
    try:
        import uvloop
    except ImportError:
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


if __name__ == "__main__":
    main()
