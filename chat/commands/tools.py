"""Commands about tool calls that wait for a person."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chat import policy, runs
from chat.catalogue.tools import tool_named
from chat.commands.find import NOT_FOUND, OK, Done, Handlers, conversation_for, conversation_of_run
from chat.database import in_thread
from chat.models import Run, ToolCall, ToolPolicy, User
from chat.models.refusal import RefusalError
from chat.tools.tool import ToolError
from chat.wire.commands import ToolDecide


async def _decide(user: User, command: ToolDecide) -> Done:
    arguments = command.arguments

    def decide() -> None:
        conversation_for(user, conversation_of_run(user, command.run), policy.WRITE)
        call = ToolCall.objects.filter(run=command.run, index=command.index).select_related("run").first()
        if call is None or call.run is None:
            raise RefusalError(**NOT_FOUND)
        _require_decider(user, call, call.run)
        if arguments is not None and command.approve:
            _require_own_right(user, call, call.run)
            _require_fitting(call, arguments)
        if not call.run.is_live or not call.decide(user, approve=command.approve, arguments=arguments):
            raise RefusalError("decided", _("This request was already answered, or it has expired."))

    await in_thread(decide)
    await runs.decided(command.run)
    return Done(OK)


def _require_decider(user: User, call: ToolCall, run: Run) -> None:
    may = {
        ToolPolicy.Deciders.ASKER: call.requested_by_id == user.pk,
        ToolPolicy.Deciders.OWNERS: run.message.conversation.role_of(user) == "owner",
    }
    tool = tool_named(call.tool)
    # Another member may have joined the conversation since the question was asked.
    is_personal = tool is not None and tool.is_personal
    deciders = ToolPolicy.Deciders.ASKER if is_personal else ToolPolicy.Deciders(call.deciders)
    if not may.get(deciders, True):
        raise RefusalError("not_allowed", _("Somebody else in this conversation has to decide this."))


def _require_own_right(user: User, call: ToolCall, run: Run) -> None:
    """Changed arguments are what the decider asks for, so a rule that forbids the tool to the decider's role holds."""
    rules = ToolPolicy.objects.filter(tool=call.tool).first()
    role = run.message.conversation.role_of(user) or ""
    if rules is not None and rules.rule_for(role) == ToolPolicy.Rule.DENY:
        raise RefusalError(
            "not_allowed", _("You may approve this call, but not change it: your role may not use this tool.")
        )


def _require_fitting(call: ToolCall, arguments: str) -> None:
    if not call.may_edit:
        raise RefusalError("not_allowed", _("The arguments of this tool cannot be edited."))
    tool = tool_named(call.tool)
    try:
        if tool is not None:
            tool.read(arguments)
    except ToolError as error:
        raise RefusalError("bad_arguments", str(error)) from None


COMMANDS: Handlers = {ToolDecide: _decide}
