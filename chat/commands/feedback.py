"""Commands about what people think of answers."""

from chat import policy
from chat.commands.find import OK, Done, Handlers, found
from chat.database import threaded
from chat.models import Feedback, Message, User
from chat.wire.commands import MessageRate


@threaded
def _rate(user: User, command: MessageRate) -> Done:
    # Everyone who may read an answer may rate it; a rating does not change the conversation.
    answer = found(policy.messages_visible_to(user).filter(pk=command.message, role=Message.Role.ASSISTANT).first())
    Feedback.give(answer, user, command.value, command.reason.strip())
    return Done(OK)


COMMANDS: Handlers = {MessageRate: _rate}
