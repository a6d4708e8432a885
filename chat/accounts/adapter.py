"""Our rules for django-allauth: who may sign up, and how second factors are stored."""

from typing import Any

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
from chat.accounts.fresh import ask_again, is_fresh

log = structlog.get_logger(__name__)

# allauth does not say whose secret it seals, so the context names only the kind.
MFA_CONTEXT = "mfa_authenticator"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Opens sign-up only where ENABLE_SIGNUP is set, and asks everybody for a fresh sign-in before security changes."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.ENABLE_SIGNUP)

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Always; somebody without a password and a second factor, of whom allauth asks nothing, signs in once more."""
        request = context.request
        if not self.get_reauthentication_methods(request.user) and not is_fresh(request):
            raise ImmediateHttpResponse(ask_again(request))
        return True

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell the person about a change that is done already: without a mail server it stays done, and the log has it."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except OSError as error:
            log.warning("account.not_notified", error=str(error)[:200])


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
