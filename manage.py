#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from chatsite.keys import keep_files_private


def main() -> None:
    """Runs one command; a refused setting is one sentence, not a traceback."""
    keep_files_private()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Parley cannot start: {error}")


if __name__ == "__main__":
    main()
