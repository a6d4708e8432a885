"""The one Django app: at its start it registers the system checks and names the pages of the administration."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as present
from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from chat.tools import TOOLS


class ChatConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "chat"

    def ready(self) -> None:
        # They need the models, which do not exist when Django imports this file.
        from chat import checks  # noqa: F401
        from chat.accounts import trail
        from chat.admin import names

        names.set_verbose_names()
        trail.follow()

        connection_created.connect(without_regexp)
        post_migrate.connect(write_down_tools, sender=self)


def without_regexp(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Replace the REGEXP that Django gives SQLite: it is Python's `re`, which can backtrack for ever and blocks all threads."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("regexp", 2, _refuse)


def _refuse(pattern: object, text: object) -> None:
    raise ValueError("regular expressions are not used in queries")


def write_down_tools(using: str, apps: Apps = present, **kwargs: Any) -> None:
    """Create a policy with the defaults for each tool that has none, so that an administrator sees the rules that hold."""
    try:
        policies = apps.get_model("chat", "ToolPolicy").objects.using(using)
    except LookupError:
        return  # the database was migrated back to a version without tools
    rules = (
        policies.model(tool=tool.name, is_on=tool.is_on, for_owners=tool.policy, for_editors=tool.policy)
        for tool in TOOLS.values()
    )
    policies.bulk_create(rules, ignore_conflicts=True)
