"""What a command may attach: so many files, and only what the model that is to answer takes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import catalogue
from chat.commands.find import RefusalError
from chat.models import Attachment, posting


def require_few(attachments: Sequence[UUID]) -> None:
    """Raises RefusalError for more than a message may have."""
    most = settings.MAX_ATTACHMENTS_PER_MESSAGE
    if len(attachments) > most:
        words = ngettext("A message takes at most {count} file.", "A message takes at most {count} files.", most)
        raise RefusalError("too_many_files", words.format(count=most))


def require_accepted(attachments: QuerySet[Attachment], choice: posting.Choice) -> None:
    """Raises RefusalError where one of these is a picture and the model takes none. Text is text for every model."""
    if not attachments.filter(kind=Attachment.Kind.IMAGE).exists():
        return
    if not catalogue.takes_images(choice.upstream, choice.model):
        words = _("{model} does not accept pictures. Choose another model, or remove the picture.")
        raise RefusalError("no_images", words.format(model=choice.model))
