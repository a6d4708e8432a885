"""What a username must be besides Django's own rules."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.text import has_unseen, is_of_one_script


def require_distinct(username: str) -> None:
    """Raises ValidationError for a name that looks like another: by letters of another alphabet, or by ones without a shape."""
    if has_unseen(username):
        raise ValidationError(_("Only letters, digits and @ . + - _ are allowed."))
    if not is_of_one_script(username):
        raise ValidationError(_("Use the letters of one alphabet only."))
