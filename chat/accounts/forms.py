"""The forms of the account pages."""

from typing import Any

from allauth.account import forms as account
from allauth.account.models import EmailAddress
from allauth.core import context
from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat.accounts.limits import require_may_try
from chat.accounts.usernames import require_distinct
from chat.models import User


class JoinForm(UserCreationForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """Asks for a username that is free in any case, a password that passes the validators, and optionally a full name."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "first_name")
        labels = {"username": _("Username"), "first_name": _("Full name (optional)")}
        help_texts = {
            "username": _(
                "You sign in with it, and others can find you by it. Letters, digits and @ . + - _, no spaces."
            ),
            "first_name": _("Shown to others. If this is empty, your username is shown."),
        }
        widgets = {
            "username": forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "maxlength": 150}),
            "first_name": forms.TextInput(attrs={"autocomplete": "name", "maxlength": 150}),
        }
        error_messages = {
            "username": {
                "unique": _("This name is already taken."),
                "invalid": _("Only letters, digits and @ . + - _ are allowed."),
            }
        }

    def clean_username(self) -> str:
        require_distinct(self.cleaned_data["username"])
        return super().clean_username()

    def validate_password_for_user(self, user: User, password_field_name: str = "password1") -> None:  # noqa: S107
        """Show what is wrong with a password at the first of its two fields, not at the repetition."""
        super().validate_password_for_user(user, password_field_name)  # type: ignore[misc]  # unknown to the stubs


class Plain:
    """allauth's forms without placeholders that repeat the label, and without the link to reset a password by mail."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        for name in ("password", "oldpassword"):
            if name in self.fields:
                self.fields[name].help_text = ""


class LoginForm(Plain, account.LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the username (or e-mail address) and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username")

    def clean(self) -> Any:
        """Counted here, not by allauth's view, which would answer without the form."""
        require_may_try(self.request, "sign_in")
        return super().clean()


class SignupForm(Plain, account.SignupForm):  # type: ignore[misc]  # allauth ships no types
    """Used where sign-up is open."""

    def clean(self) -> Any:
        """Counted here, not by allauth's view, which would answer without the form."""
        require_may_try(context.request, "sign_up")
        return super().clean()


class ChangePasswordForm(Plain, account.ChangePasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the old password once and the new one twice."""


class ResetPasswordForm(Plain, account.ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the address to send the link to, which is confirmed or the account's primary one."""

    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if _is_theirs(user, email)]
        return email


class ReauthenticateForm(Plain, account.ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Asks for the password before a change to the account's security."""


def _is_theirs(user: User, email: str) -> bool:
    """Whether the account's owner or an administrator vouches for this address; one that was merely added does not count."""
    known = EmailAddress.objects.filter(user=user, email__iexact=email).filter(Q(verified=True) | Q(primary=True))
    return user.email.lower() == email.lower() or known.exists()
