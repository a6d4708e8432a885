"""Our rules for django-allauth: who may sign up, and how second factors are stored."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from chat import vault
from chat.accounts import limits
from chat.accounts.fresh import ask_again, is_fresh
from chat.accounts.usernames import require_distinct

log = structlog.get_logger(__name__)

# allauth does not say whose secret it seals, so the context names only the kind.
MFA_CONTEXT = "mfa_authenticator"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Opens sign-up only where ENABLE_SIGNUP is set, and asks everybody for a fresh sign-in before security changes."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ENABLE_SIGNUP)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Also for single sign-on, where allauth makes another name of ASCII letters if this one is refused."""
        require_distinct(username)
        return str(super().clean_username(username, shallow=shallow))

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Always; somebody without a password and a second factor, of whom allauth asks nothing, signs in once more."""
        request = context.request
        if not self.get_reauthentication_methods(request.user) and not is_fresh(request):
            raise ImmediateHttpResponse(ask_again(request))
        return True

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Also what a reset of the password clears. Without the request's Host, which an attacker chooses."""
        return limits.failure_key(request, _login_of(credentials))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the password by our own rules; allauth takes the count back if it was right."""
        self._login_failed_rl_usage = limits.count_password(request, _login_of(credentials))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose links and names are the site's own, not those of the request's Host header."""
        addresses = {name: _public(value) for name, value in context.items() if name.endswith("_url")}
        site = {"name": "Parley", "domain": urlsplit(settings.PUBLIC_URL).netloc or self.request.get_host()}
        super().send_mail(template_prefix, email, {**context, **addresses, "current_site": site})

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell the person about a change that is done already: without a mail server it stays done, and the log has it."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except OSError as error:
            log.warning("account.not_notified", error=str(error)[:200])


def _login_of(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")


def _public(address: str) -> str:
    """The address below PUBLIC_URL, if that is set."""
    if not settings.PUBLIC_URL:
        return address
    return f"{settings.PUBLIC_URL}{urlunsplit(('', '', *urlsplit(address)[2:]))}"


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Single sign-on: everyone whom the identity provider lets through gets an account, even where sign-up is closed.

    The operator who set OIDC_SERVER_URL decides at the provider who is let through. An equal e-mail address never
    gives access to an existing account: its person connects it on the account page.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return True


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Names the site in passkey prompts and encrypts TOTP secrets at rest."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": "Parley"}

    def encrypt(self, text: str) -> str:
        """Seal TOTP secrets and recovery seeds like upstream keys: a stolen database must not yield codes."""
        return vault.seal(text, MFA_CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(encrypted_text, MFA_CONTEXT)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()
