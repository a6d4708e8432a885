"""The runs and conversations that one socket watches, each with a pump, which ends when the right to see them does."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from chat import policy
from chat.commands import RefusalError
from chat.commands.find import conversation_of_run, role_in
from chat.database import in_thread
from chat.models import User
from chat.sockets.connection import Connection
from chat.sockets.pumps import ConversationPump, RunPump
from chat.sockets.sweep import Snapshot


class Watches:
    """`lost` is called with a conversation that the person may no longer watch but may still find in the trash."""

    def __init__(self, user: User, connection: Connection, lost: Callable[[UUID], None]) -> None:
        self._user = user
        self._connection = connection
        self._lost = lost
        self._conversations: dict[UUID, ConversationPump] = {}
        self._runs: dict[int, RunPump] = {}

    async def watch_run(self, run: int, after: int) -> None:
        """Send what happens in a run after position `after`. Raises RefusalError."""
        if run not in self._runs and len(self._runs) >= settings.MAX_WATCHED:
            words = _("One connection watches at most {count} runs.")
            raise RefusalError("limit", words.format(count=settings.MAX_WATCHED))
        conversation = await in_thread(conversation_of_run, self._user, run)
        self.unwatch_run(run)
        pump = self._runs[run] = RunPump(self._connection, run, after, conversation)
        pump.task = self._connection.spawn(self._pump_run(pump), f"pump run {run}")

    def unwatch_run(self, run: int) -> None:
        """Send nothing more of a run."""
        _end(self._runs.pop(run, None))

    async def _pump_run(self, pump: RunPump) -> None:
        await pump.work()
        if self._runs.get(pump.run) is pump:
            self._runs.pop(pump.run)

    async def watch_conversation(self, conversation: UUID, after: int) -> None:
        """Send what is new in a conversation after revision `after`. Raises RefusalError."""
        if conversation not in self._conversations and len(self._conversations) >= settings.MAX_WATCHED:
            words = _("One connection watches at most {count} conversations.")
            raise RefusalError("limit", words.format(count=settings.MAX_WATCHED))
        role = await in_thread(role_in, self._user, conversation)
        self.unwatch_conversation(conversation)
        pump = ConversationPump(self._connection, self._user, conversation, role, after)
        self._conversations[conversation] = pump
        pump.task = self._connection.spawn(self._pump_conversation(pump), f"pump conversation {conversation}")

    def unwatch_conversation(self, conversation: UUID) -> None:
        """Send nothing more of a conversation; runs of it that are watched go on."""
        _end(self._conversations.pop(conversation, None))

    async def _pump_conversation(self, pump: ConversationPump) -> None:
        await pump.work()
        await self._lose(pump.conversation)

    def has(self, conversation: UUID) -> bool:
        """Whether this conversation is watched."""
        return conversation in self._conversations

    def conversations(self) -> set[UUID]:
        """The conversations of which something is shown: as a whole, or one of their runs."""
        return {*self._conversations, *(pump.conversation for pump in self._runs.values())}

    def ring(self, conversation: UUID) -> None:
        """Something in a conversation has changed."""
        if conversation in self._conversations:
            self._conversations[conversation].ring.set()

    async def compare(self, stored: Snapshot) -> None:
        """End what the person may not see any more, and ring where something else is stored than was shown."""
        # A conversation that was opened while the sweep read is compared by the next sweep.
        for conversation in self.conversations() & stored.asked:
            role = stored.roles.get((self._user.pk, conversation))
            pump = self._conversations.get(conversation)
            if not policy.may(role, policy.READ):
                await self._lose(conversation)
            elif pump is not None and pump.differs(
                stored.revisions.get(conversation, 0), role, stored.present.get(conversation, frozenset())
            ):
                pump.ring.set()

    async def _lose(self, conversation: UUID) -> None:
        pump = self._conversations.pop(conversation, None)
        for run in [run for run, watched in self._runs.items() if watched.conversation == conversation]:
            self.unwatch_run(run)
        await self._connection.send("conversation.gone", conversation=str(conversation))
        if pump is not None and policy.may(pump.role, policy.MANAGE):
            self._lost(conversation)
        _end(pump)


def _end(pump: RunPump | ConversationPump | None) -> None:
    if pump is not None and pump.task is not asyncio.current_task():
        pump.task.cancel()
