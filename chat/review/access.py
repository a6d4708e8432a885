"""The permission to read what others wrote."""

from django.http import HttpRequest


def may_read(request: HttpRequest) -> bool:
    """Whether this person may read what others wrote: administrators may, and staff with both permissions to view."""
    return request.user.has_perms(["chat.view_conversation", "chat.view_message"])
