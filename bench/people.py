"""Creates accounts for a load in a data folder, before the server starts; prints a signed-in session for each person.

DATA_DIR=… python -m bench.people 200
"""

from __future__ import annotations

import json
import os
import sys

import django


def make(count: int) -> list[str]:
    """Create `count` people; returns their session keys."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from chat.models import User

    User.objects.bulk_create(User(username=f"reader{index}", password="!") for index in range(count))
    keys = []
    for user in User.objects.filter(username__startswith="reader"):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(str(session.session_key))
    return keys


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        print(json.dumps(make(int(sys.argv[1]))))
