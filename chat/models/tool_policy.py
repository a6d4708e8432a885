"""An administrator's rules for a tool: whether it is offered, who is asked first, and who may decide."""

from __future__ import annotations

import json

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.tools import Tool


class ToolPolicy(models.Model):
    """The rules of one tool; a tool without a row has its own defaults (`chat.tools`).

    A rule for a tool of another party was made for what that tool was: its server, its address, its description and its
    schema. When any of these changes, the tool is not run automatically until an administrator sets its rule again.
    """

    class Rule(models.TextChoices):
        AUTO = "auto", _("run automatically")
        ASK = "ask", _("require approval")
        DENY = "deny", _("never run")

    class Deciders(models.TextChoices):
        ASKER = "asker", _("the person who asked")
        WRITERS = "writers", _("anyone who can write in the conversation")
        OWNERS = "owners", _("owners of the conversation")

    tool = models.CharField(max_length=128, unique=True)
    is_on = models.BooleanField(default=True, help_text=_("Offer this tool to models."))
    for_owners = models.CharField(max_length=4, choices=Rule.choices, default=Rule.ASK)
    for_editors = models.CharField(max_length=4, choices=Rule.choices, default=Rule.ASK)
    deciders = models.CharField(max_length=7, choices=Deciders.choices, default=Deciders.WRITERS)
    may_edit = models.BooleanField(default=True, help_text=_("The person who decides can edit the arguments."))
    approved = models.JSONField(
        default=dict,
        editable=False,
        help_text="The source (chat.tools.tool) of the tool for which the rules were made.",
    )

    class Meta:
        ordering = ["tool"]
        verbose_name = "tool"

    def __str__(self) -> str:
        return self.tool

    def rule_for(self, role: str) -> str:
        """auto, ask or deny, for somebody with that role in the conversation; without a role, deny."""
        rules = {"owner": self.for_owners, "editor": self.for_editors}
        return rules.get(role, self.Rule.DENY)

    def rule_now(self, role: str, tool: Tool) -> str:
        """The same for the tool as it is now: what runs automatically asks if it is not what it was."""
        rule = self.rule_for(role)
        return self.Rule.ASK if rule == self.Rule.AUTO and not self.holds_for(tool) else rule

    def holds_for(self, tool: Tool) -> bool:
        """Whether the tool is what it was when the rules were made."""
        return tool.source is None or self.approved == tool.source

    def changes_of(self, tool: Tool) -> list[tuple[str, str, str]]:
        """What has changed since then: the field, what it was, what it is."""
        if self.holds_for(tool) or tool.source is None:
            return []
        before, now = self.approved, tool.source
        fields = ("server", "address", "description", "schema", "is_harmless")
        changed = [(field, _shown(before.get(field)), _shown(now.get(field))) for field in fields]
        return [each for each in changed if each[1] != each[2]]


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)
