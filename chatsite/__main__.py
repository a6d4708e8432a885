"""Serves the site: `python -m chatsite [--setup]`.

Importing Daphne binds an event loop, and importing Django reads the settings, so the functions import them after both
have been chosen.
"""

import asyncio
import os
import socket
import sys
from contextlib import closing

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, SystemCheckError

from chatsite.keys import keep_files_private


def main() -> None:
    """Run Daphne on settings.HOST and settings.PORT until SIGTERM.

    --setup first runs `manage.py setup`: migrations, static files, and the first administrator or a link to create one.
    All other arguments are passed to Daphne.
    """
    arguments = sys.argv[1:]
    keep_files_private()
    use_uvloop()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    try:
        if "--setup" in arguments:
            arguments.remove("--setup")
            refuse_taken_port()
            set_up()
        serve(arguments)
    except (ImproperlyConfigured, CommandError, SystemCheckError) as error:
        sys.exit(f"Parley cannot start: {error}")


def use_uvloop() -> None:
    """Use uvloop if the platform has it: it costs a third less CPU per token than the standard loop."""
    try:
        import uvloop
    except ImportError:
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def refuse_taken_port() -> None:
    """Exit if the port is taken, before a second start on it invalidates the first one's setup link."""
    from django.conf import settings

    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            hint = f"Stop what uses it, or choose another: PORT={settings.PORT + 1} bin/up"
            raise CommandError(f"{settings.HOST}:{settings.PORT} cannot be used ({error.strerror}). {hint}") from error


def set_up() -> None:
    """Prepare the installation in this process, which saves a second start of Python."""
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("setup")
    connections.close_all()


def serve(arguments: list[str]) -> None:
    """Run Daphne's command line."""
    from django.conf import settings

    from chatsite import held_frames, large_bodies
    from chatsite.server import CommandLine

    large_bodies.install()
    held_frames.install()
    host, port = settings.HOST, settings.PORT
    shown = settings.PUBLIC_URL or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    print(f"Parley is at {shown} (Ctrl-C stops it)", flush=True)  # noqa: T201
    CommandLine().run(
        [
            *("--bind", host.replace(":", r"\:"), "--port", str(port)),
            # A chat stays open for days; Daphne would end a connection after one day.
            *("--websocket_timeout", "-1"),
            # After a restart hundreds of pages reconnect in one second; Daphne's limit of 5 s would refuse the last of them.
            *("--websocket_connect_timeout", "20"),
            *("--websocket-max-message-size", str(settings.MAX_FRAME_BYTES * 2)),
            *("--application-close-timeout", "5"),
            *("--verbosity", "0", "--no-server-name"),
            *arguments,
            "chatsite.asgi:application",
        ]
    )


if __name__ == "__main__":
    main()
