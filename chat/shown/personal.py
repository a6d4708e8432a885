"""What one person alone is told, on each of their pages: drafts, preferences, folders and personas."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from chat.models import Draft, User
from chat.shown.listing import folder_list
from chat.shown.personas import persona_list

PersonalEvent = Callable[[User, str | None], dict[str, Any]]


def draft_of(user: User, conversation: UUID | None) -> dict[str, Any]:
    """What `user` has written there and not sent; the caller has checked that they may see the conversation."""
    found = Draft.objects.filter(user=user, conversation=conversation).first()
    return (found or Draft(conversation_id=conversation)).as_json()


def preferences_of(user: User) -> dict[str, Any]:
    """What the page remembers for `user`: {preferences}."""
    return {"preferences": User.objects.values_list("preferences", flat=True).get(pk=user.pk)}


# Each event, and the function that reads its fields for this person and the conversation it is about, if any.
PERSONAL: dict[str, PersonalEvent] = {
    "draft": lambda user, about: draft_of(user, UUID(about) if about else None),
    "preferences": lambda user, about: preferences_of(user),
    "folder.list": lambda user, about: folder_list(user),
    "persona.list": lambda user, about: persona_list(user),
}
