"""What an invited person types."""

from django import forms
from django.contrib.auth.forms import UserCreationForm

from chat.models import User


class JoinForm(UserCreationForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """A name nobody has yet, whatever its case, and a password that passes the validators."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)
        labels = {"username": "Name"}
        help_texts = {"username": "What others see and type to add you. Letters, digits and @ . + - _"}
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "maxlength": 150})}
        error_messages = {"username": {"unique": "Somebody already has this name."}}
