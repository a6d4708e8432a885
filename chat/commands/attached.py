"""What a message may have attached: a limited number of files, and only what the model that answers accepts."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import catalogue, policy
from chat.models import Attachment, User
from chat.models.post import Asked, usable
from chat.models.refusal import RefusalError
from chat.wire.commands import MessagePost


def usable_by(user: User, command: MessagePost, asked: Asked) -> list[dict[str, Any]]:
    """The parts of a message's attachments, which the model that is asked accepts. Raises RefusalError."""
    if not command.attachments:
        return []
    most = settings.MAX_ATTACHMENTS_PER_MESSAGE
    if len(command.attachments) > most:
        words = ngettext("A message takes at most {count} file.", "A message takes at most {count} files.", most)
        raise RefusalError("too_many_files", words.format(count=most))
    require_accepted(policy.attachments_visible_to(user).filter(pk__in=command.attachments), asked)
    return usable(user, command.client_id, command.attachments, command.conversation)


def require_accepted(attachments: QuerySet[Attachment], asked: Asked) -> None:
    """Raises RefusalError where one of these is only pictures and the model takes none. Text is text for every model."""
    if not attachments.filter(Attachment.pictures_alone()).exists():
        return
    if not catalogue.takes_images(asked.upstream, asked.model):
        words = _("{model} does not accept pictures. Choose another model, or remove the picture.")
        raise RefusalError("no_images", words.format(model=asked.model))
