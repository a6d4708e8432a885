"""What a socket tells unasked when a doorbell rings: items of the list of conversations, and personal events."""

from collections.abc import Mapping
from uuid import UUID

import structlog

from chat.database import DATABASE_TROUBLE, in_thread
from chat.models import User
from chat.shown import listing
from chat.shown.personal import PERSONAL, PersonalEvent
from chat.sockets.connection import Connection
from chat.sockets.watches import Watches

log = structlog.get_logger(__name__)


class News:
    """Reads what has changed for one person and sends it; `personal` is the table of personal events."""

    def __init__(
        self, user: User, connection: Connection, watches: Watches, personal: Mapping[str, PersonalEvent] = PERSONAL
    ) -> None:
        self._user = user
        self._connection = connection
        self._watches = watches
        self._readers = personal
        self._items: set[UUID] = set()
        self._events: set[tuple[str, str | None]] = set()
        self._is_telling = False

    def tell_personal(self, event: str, about: str | None) -> None:
        """Send a personal event, as it is stored now."""
        self._events.add((event, about))
        self._start()

    def tell_item(self, conversation: UUID) -> None:
        """Send a conversation's item of the list, as it is stored now."""
        self._items.add(conversation)
        self._start()

    def _start(self) -> None:
        # One task tells everything that changed meanwhile: a person with many tabs and busy conversations rings often,
        # and of two tasks the one that read first could send last.
        if not self._is_telling:
            self._is_telling = True
            self._connection.spawn(self._tell(), "news")

    async def _tell(self) -> None:
        try:
            while self._events or self._items:
                # What changes while the database is read is read again.
                events, self._events = self._events, set()
                items, self._items = self._items, set()
                for event, about in events:
                    await self._tell_event(event, about)
                if items:
                    await self._tell_items(items)
        except DATABASE_TROUBLE as error:
            log.warning("socket.news_not_read", error=str(error)[:200])
        finally:
            self._is_telling = False

    async def _tell_event(self, event: str, about: str | None) -> None:
        fields = await in_thread(self._readers[event], self._user, about)
        await self._connection.wait_for_room()
        await self._connection.send(event, **fields)

    async def _tell_items(self, asked: set[UUID]) -> None:
        items = await in_thread(listing.conversation_items, self._user, asked)
        for conversation in asked:
            await self._connection.wait_for_room()
            if conversation in items:
                # A conversation that this reader watches counts as read, even while its patch is on the way.
                unread = items[conversation]["unread"] and not self._watches.has(conversation)
                await self._connection.send("conversation.listed", item={**items[conversation], "unread": unread})
            else:
                await self._connection.send("conversation.gone", conversation=str(conversation))
