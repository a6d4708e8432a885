"""The one Django app. Its system checks are registered when it is ready."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as present
from django.apps.registry import Apps
from django.db.models.signals import post_migrate


class ChatConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "chat"

    def ready(self) -> None:
        from chat import checks  # noqa: F401
        from chat.admin import names

        names.give()

        post_migrate.connect(_write_down_tools, sender=self)


def _write_down_tools(using: str, apps: Apps = present, **kwargs: Any) -> None:
    """A row for each tool that has none yet, with its defaults: what an administrator sees is what holds."""
    from chat.tools import TOOLS

    try:
        policies = apps.get_model("chat", "ToolPolicy").objects.using(using)
    except LookupError:
        return  # migrated back to before there were tools
    for tool in TOOLS.values():
        rules = {"is_on": tool.is_on, "for_owners": tool.policy, "for_editors": tool.policy}
        policies.get_or_create(tool=tool.name, defaults=rules)
