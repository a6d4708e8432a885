"""Which passwords are refused: those that somebody guesses who knows common passwords, the site and the person."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# A list of leaked passwords is tried within minutes even against our slow hash; this many guesses take years.
FEWEST_GUESSES = 10**9
# The estimate takes more than linear time (64 random characters: 0.7 s); beyond this length it no longer matters.
LONGEST_CHARS = 40
SITE_NAMES = ("parley",)


class GuessableValidator:
    """Estimates how many guesses a password takes: common ones, years and patterns added to them, names."""

    def validate(self, password: str, user: Any = None) -> None:
        # Its lists of words and names take 15 MB, which a process needs only when somebody chooses a password.
        from zxcvbn import zxcvbn

        estimate = zxcvbn(password[:LONGEST_CHARS], user_inputs=[*SITE_NAMES, *_names_of(user)])
        if estimate["guesses"] < FEWEST_GUESSES:
            raise ValidationError(
                _("This password is easy to guess. Take several words that have nothing to do with you or this site."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("Several words that have nothing to do with each other make a good password.")


def _names_of(user: Any) -> list[str]:
    """What is known of a person: the names and each of their words, and the e-mail address up to the @."""
    known = [str(getattr(user, field, "") or "") for field in ("username", "first_name", "last_name")]
    known.append(str(getattr(user, "email", "") or "").partition("@")[0])
    return [name for name in {*known, *" ".join(known).split()} if name]
