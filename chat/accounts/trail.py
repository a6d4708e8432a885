"""What happens to accounts is in the audit trail: sign-ins, failed ones, passwords, second factors, addresses."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest

from chat.models import User
from chat.review import audit

# Each of allauth's signals that concerns the security of one account, and what the trail calls it.
ACTIONS: dict[str, Signal] = {
    "account.signed_in": account.user_logged_in,
    "account.joined": account.user_signed_up,
    "account.password_set": account.password_set,
    "account.password_changed": account.password_changed,
    "account.password_reset": account.password_reset,
    "account.email_added": account.email_added,
    "account.email_changed": account.email_changed,
    "account.email_removed": account.email_removed,
    "account.email_confirmed": account.email_confirmed,
    "account.factor_added": mfa.authenticator_added,
    "account.factor_removed": mfa.authenticator_removed,
    "account.factor_renewed": mfa.authenticator_reset,
    "account.factor_failed": mfa.authentication_failed,
    "account.provider_added": social.social_account_added,
    "account.provider_removed": social.social_account_removed,
}


def follow() -> None:
    """Write a row whenever one of these signals is sent; called once, when the apps are ready."""
    for action, signal in ACTIONS.items():
        signal.connect(_noting(action), weak=False, dispatch_uid=action)
    user_login_failed.connect(_note_failure, dispatch_uid="account.sign_in_failed")


def _noting(action: str) -> Any:
    def note(request: HttpRequest, **sent: Any) -> None:
        user = sent.get("user") or _owner(sent)
        if user is not None:
            audit.note_account(request, user, action, **_detail(sent))

    return note


def _owner(sent: dict[str, Any]) -> User | None:
    owned = sent.get("email_address") or sent.get("socialaccount") or sent.get("sociallogin")
    user: User | None = getattr(owned, "user", None)
    return user if user is not None and user.pk else None


def _detail(sent: dict[str, Any]) -> dict[str, str]:
    """What the row says besides the account: never a code, a secret or a token."""
    detail = {}
    if authenticator := sent.get("authenticator"):
        detail["factor"] = str(authenticator.type)
    if address := sent.get("email_address") or sent.get("to_email_address"):
        detail["email"] = str(address.email)
    if sent.get("sociallogin"):
        detail["method"] = "single sign-on"
    return detail


def _note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **sent: Any) -> None:
    """A failed sign-in is noted for an existing account only: people type their passwords into the field for the name."""
    name = str(credentials.get("username") or credentials.get("email") or "")[:254]
    if request is None or not name:
        return
    for user in User.objects.filter(username__iexact=name) or User.objects.filter(email__iexact=name)[:1]:
        audit.note_account(request, user, "account.sign_in_failed")
