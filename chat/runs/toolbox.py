"""The tools that one run may use: what is offered to the model, and by which rule each call is decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from chat.catalogue.tools import every_tool, left_out, tool_named
from chat.models import Membership, Run, ToolPolicy
from chat.tools import Tool
from chat.upstreams.request import ToolSpec

# What gives all tools by name.
Tools = Callable[[], Mapping[str, Tool]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool, and the rules that hold for the person who asked."""

    tool: Tool
    rule: str
    deciders: str
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What is offered, by name, in the order in which the model is told of it; `left_out`: for what there was no room."""

    offers: Mapping[str, Offer] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told."""
        return tuple(offer.tool.spec for offer in self.offers.values())

    @property
    def guidance(self) -> str:
        """What the servers of the tools say about their use, each once."""
        return "\n\n".join(dict.fromkeys(offer.tool.guidance for offer in self.offers.values() if offer.tool.guidance))


def toolbox_of(run: Run, tools: Tools = every_tool) -> Toolbox:
    """The tools for a run: those that are on, unless the conversation does without."""
    wanted = run.options.get("tools")
    if wanted is False:
        return Toolbox()
    chosen = [tool for tool in tools().values() if not isinstance(wanted, list) or tool.name in wanted]
    policies = {policy.tool: policy for policy in ToolPolicy.objects.filter(tool__in=[tool.name for tool in chosen])}
    roles = dict(Membership.objects.filter(conversation=run.message.conversation_id).values_list("user", "role"))
    role = roles.get(run.requested_by_id or 0, "")
    offers = [offer for tool in chosen if (offer := _offer(tool, policies.get(tool.name), role)) is not None]
    over = left_out(offer.tool for offer in offers)
    return Toolbox({offer.tool.name: offer for offer in offers if offer.tool.name not in over}, tuple(over))


def guarded(run: Run, offer: Offer) -> Offer:
    """The offer as it holds for a call now: where other people read along, a personal tool asks the person it belongs to.

    Asked anew for each call: people come and go while an answer is written, and while it waits for a decision.
    """
    if not offer.tool.is_personal:
        return offer
    others = Membership.objects.filter(conversation=run.message.conversation_id).exclude(user=run.requested_by_id)
    if not others.exists():
        return offer
    return replace(offer, rule=ToolPolicy.Rule.ASK, deciders=ToolPolicy.Deciders.ASKER)


def is_off(tool: Tool) -> bool:
    """Whether an administrator has switched the tool, or its server, off: then it ends for a run at work, too."""
    if tool.source is not None and tool_named(tool.name) is None:
        return True
    return ToolPolicy.objects.filter(tool=tool.name, is_on=False).exists()


def _offer(tool: Tool, policy: ToolPolicy | None, role: str) -> Offer | None:
    if policy is None:
        return Offer(tool, tool.policy, ToolPolicy.Deciders.WRITERS, may_edit=True) if tool.is_on else None
    rule = policy.rule_now(role, tool)
    # What may never run is not offered: a model that is told of it would only try.
    return (
        Offer(tool, rule, policy.deciders, policy.may_edit) if policy.is_on and rule != ToolPolicy.Rule.DENY else None
    )
