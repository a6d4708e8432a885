"""How often somebody may try to get in: counted for the account and the link, and generously for the network address.

Many people share one address behind a company's router, so the address alone decides late (TRIES_PER_MINUTE). Wrong
passwords are counted for an account together with the browser or address that they come from, so that a stranger who
tries them does not lock the owner out: a browser that has signed in before has a count of its own.
"""

import secrets
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import user_logged_in
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from chat.models import User

APP = "allauth.account"
# The periods of the limits in settings.ACCOUNT_RATE_LIMITS after which another try may succeed.
MINUTE, AFTER_WRONG_PASSWORDS = 60, 300
# A browser is known for as long as browsers keep a cookie.
DEVICE_SECONDS = 400 * 86_400
DEVICE_SALT = "chat.accounts.device"


def may_try(request: HttpRequest, action: str, key: str | None = None) -> bool:
    """Count one try; False if there were too many, and then the answer becomes a 429 that says when to come back."""
    if ratelimit.consume(request, app=APP, action=action, key=key, limit_get=True):
        return True
    refuse(request, MINUTE)
    return False


def require_may_try(request: HttpRequest, action: str) -> None:
    """Raise the error of a form if there were too many tries: the form is shown again with what was typed."""
    if not may_try(request, action):
        raise too_many_tries()


def too_many_tries() -> forms.ValidationError:
    return forms.ValidationError(_("Too many attempts from your network. Wait a minute, then try again."))


def count_password(request: HttpRequest, login: str) -> RateLimitUsage:
    """Count a password that is about to be checked; a right one is taken back. ValidationError if too many were wrong."""
    device = _known_device(request, login)
    usage = ratelimit.consume(request, app=APP, action="login_failed", key=failure_key(request, login))
    if usage and not device:
        # Strangers together: all browsers and addresses that have never signed in to this account.
        strangers = ratelimit.consume(request, app=APP, action="login_failed_by_strangers", key=login.lower())
        usage = RateLimitUsage([*usage.usage, *strangers.usage]) if strangers else None
    if usage is None:
        refuse(request, AFTER_WRONG_PASSWORDS)
        raise forms.ValidationError(_("Too many wrong passwords. Wait five minutes, then try again."))
    return usage


def failure_key(request: HttpRequest, login: str) -> str:
    """What wrong passwords are counted for: the account, and the browser that knows it or else the address."""
    return f"{login.lower()}|{_known_device(request, login) or _address(request)}"


def refuse(request: HttpRequest, seconds: int) -> None:
    """Make the answer to this request a 429 with Retry-After, whatever page it shows."""
    request.try_again_seconds = seconds  # type: ignore[attr-defined]


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for too many tries where there is no form to show again; allauth finds it as `handler429`."""
    refuse(request, MINUTE)
    return render(request, "429.html", status=429)


class LimitsMiddleware:
    """Says with the answer that there were too many tries, and marks a browser in which somebody has signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if seconds := getattr(request, "try_again_seconds", 0):
            response.status_code = 429
            response["Retry-After"] = str(seconds)
        if user := getattr(request, "signed_in", None):
            _mark_device(response, user)
        return response


def _note_sign_in(request: HttpRequest, user: User, **sent: Any) -> None:
    request.signed_in = user  # type: ignore[attr-defined]


user_logged_in.connect(_note_sign_in, dispatch_uid=DEVICE_SALT)


def _mark_device(response: HttpResponseBase, user: User) -> None:
    value = signing.dumps({"user": user.pk, "browser": secrets.token_urlsafe(9)}, salt=DEVICE_SALT)
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        value,
        max_age=DEVICE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_device(request: HttpRequest, login: str) -> str:
    """What this browser is called, if somebody has signed in to this account with it; else ""."""
    try:
        known = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=DEVICE_SALT, max_age=DEVICE_SECONDS
        )
    except signing.BadSignature:
        return ""
    theirs = Q(username__iexact=login) | Q(email__iexact=login) | Q(emailaddress__email__iexact=login)
    return str(known["browser"]) if User.objects.filter(theirs, pk=known["user"]).exists() else ""


def _address(request: HttpRequest) -> str:
    try:
        return str(ratelimit.truncate_ip(get_adapter(request).get_client_ip(request)))
    except PermissionDenied:  # a Unix socket without a proxy that forwards the address
        return ""
