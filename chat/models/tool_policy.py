"""An administrator's rules for a tool: whether it is offered, who is asked first, and who may decide."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ToolPolicy(models.Model):
    """The rules of one tool; a tool without a row has its own defaults (`chat.tools`)."""

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

    class Meta:
        ordering = ["tool"]
        verbose_name = "tool"

    def __str__(self) -> str:
        return self.tool

    def rule_for(self, role: str) -> str:
        """auto, ask or deny, for somebody with that role in the conversation; without a role, deny."""
        rules = {"owner": self.for_owners, "editor": self.for_editors}
        return rules.get(role, self.Rule.DENY)
