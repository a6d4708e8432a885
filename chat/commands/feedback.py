"""Commands about what people think of answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chat import policy
from chat.commands.find import NOT_FOUND, OK, Done, RefusalError
from chat.database import in_thread
from chat.models import Feedback, Message, User
from chat.text import clean
from chat.wire.commands import Command, MessageRate


async def _rate(user: User, command: MessageRate) -> Done:
    def rate() -> Done:
        # Everyone who may read an answer may rate it; a rating does not change the conversation.
        answer = policy.messages_visible_to(user).filter(pk=command.message, role=Message.Role.ASSISTANT).first()
        if answer is None:
            raise RefusalError(**NOT_FOUND)
        Feedback.give(answer, user, command.value, clean(command.reason).strip())
        return Done(OK)

    return await in_thread(rate)


COMMANDS: dict[type[Command], Callable[[User, Any], Awaitable[Done]]] = {MessageRate: _rate}
