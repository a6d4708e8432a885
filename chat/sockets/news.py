"""What a socket tells unasked when a doorbell rings: items of the list of conversations, and personal events."""

from uuid import UUID

import structlog

from chat.database import DATABASE_TROUBLE, in_thread
from chat.models import User
from chat.shown import listing
from chat.shown.personal import PERSONAL
from chat.sockets.connection import Connection
from chat.sockets.watches import Watches

log = structlog.get_logger(__name__)


class News:
    """Reads what has changed for one person and sends it."""

    def __init__(self, user: User, connection: Connection, watches: Watches) -> None:
        self._user = user
        self._connection = connection
        self._watches = watches
        self._changed: set[UUID] = set()
        self._is_telling = False

    def tell_personal(self, event: str, about: str | None) -> None:
        """Send a personal event, as it is stored now."""
        self._connection.spawn(self._tell_personal(event, about), event)

    async def _tell_personal(self, event: str, about: str | None) -> None:
        try:
            fields = await in_thread(PERSONAL[event], self._user, about)
        except DATABASE_TROUBLE as error:
            log.warning("socket.personal_not_read", event=event, error=str(error)[:200])
            return
        await self._connection.wait_for_room()
        await self._connection.send(event, **fields)

    def tell_item(self, conversation: UUID) -> None:
        """Send a conversation's item of the list, as it is stored now."""
        # One task tells everything that changed meanwhile: a person with many tabs and busy conversations rings often.
        self._changed.add(conversation)
        if not self._is_telling:
            self._is_telling = True
            self._connection.spawn(self._tell_items(), "items")

    async def _tell_items(self) -> None:
        try:
            while self._changed:
                # What changes while the database is read is read again.
                asked, self._changed = self._changed, set()
                items = await in_thread(listing.conversation_items, self._user, asked)
                for conversation in asked:
                    await self._connection.wait_for_room()
                    if conversation in items:
                        # A conversation that this reader watches counts as read, even while its patch is on the way.
                        unread = items[conversation]["unread"] and not self._watches.has(conversation)
                        await self._connection.send(
                            "conversation.listed", item={**items[conversation], "unread": unread}
                        )
                    else:
                        await self._connection.send("conversation.gone", conversation=str(conversation))
        except DATABASE_TROUBLE as error:
            log.warning("socket.items_not_read", error=str(error)[:200])
        finally:
            self._is_telling = False
