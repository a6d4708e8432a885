"""A fresh sign-in: what a stolen session must not reach asks for the password, or the second factor, again."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

View = Callable[..., HttpResponseBase]


def is_fresh(request: HttpRequest) -> bool:
    """Whether this person signed in, or confirmed who they are, within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record.get("at", 0) > since for record in records)


def ask_again(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to where the person confirms who they are, and from there back to this page.

    What the page had sent is not kept: it may contain passwords, and sessions are stored in clear.
    """
    methods = get_adapter().get_reauthentication_methods(request.user)
    if methods:
        address = methods[0]["url"]
    elif settings.OIDC_SERVER_URL:
        # Without a password, only the identity provider knows the person.
        address = reverse("openid_connect_login", args=["oidc"])
    else:
        raise PermissionDenied
    return HttpResponseRedirect(f"{address}?{urlencode({'next': request.get_full_path()})}")


def requires_fresh(view: View) -> View:
    """The view, for a fresh sign-in only."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not is_fresh(request):
            return ask_again(request)
        return view(request, *args, **kwargs)

    return guarded
