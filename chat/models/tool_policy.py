"""What an administrator has said about a tool: whether it is offered, to whom it asks first, and who may answer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ToolPolicy(models.Model):
    """The rules of one tool; a tool without a row has its own defaults (`chat.tools`)."""

    class Rule(models.TextChoices):
        AUTO = "auto", _("run without asking")
        ASK = "ask", _("ask a person first")
        DENY = "deny", "never"

    class Deciders(models.TextChoices):
        ASKER = "asker", _("whose message it answers")
        WRITERS = "writers", _("who may write there")
        OWNERS = "owners", _("the owners")

    tool = models.CharField(max_length=128, unique=True)
    is_on = models.BooleanField(default=True, help_text=_("Models are told of this tool."))
    for_owners = models.CharField(max_length=4, choices=Rule.choices, default=Rule.ASK)
    for_editors = models.CharField(max_length=4, choices=Rule.choices, default=Rule.ASK)
    deciders = models.CharField(max_length=7, choices=Deciders.choices, default=Deciders.WRITERS)
    may_edit = models.BooleanField(default=True, help_text=_("Who decides may change the arguments."))

    class Meta:
        ordering = ["tool"]
        verbose_name = "tool"

    def __str__(self) -> str:
        return self.tool

    def rule_for(self, role: str) -> str:
        """auto, ask or deny, for somebody with that role in the conversation; who has none may use nothing."""
        rules = {"owner": self.for_owners, "editor": self.for_editors}
        return rules.get(role, self.Rule.DENY)
