"""Where a second factor is required, a person without one is led to the page that adds it, and to nothing else."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from chat.policy import needs_second_factor

# What adding a factor takes; leaving, and reading the page in another language.
OPEN_PATHS = (
    "/account/second-factor/",
    "/account/2fa/",
    "/account/reauthenticate/",
    "/account/login/",
    "/account/logout/",
    "/account/oidc/",
    "/language/",
    "/reports/",
    "/healthz",
    "/metrics",
    "/static/",
)


class SecondFactorMiddleware:
    """Redirects every other request of such a person. The socket has its own check, at the handshake."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(OPEN_PATHS) and needs_second_factor(request.user, request.session):
            return HttpResponseRedirect(reverse("second_factor"))
        return self._get_response(request)


@require_safe
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Explain what is required, and lead to an authenticator app or a passkey; afterwards to the conversations."""
    if not needs_second_factor(request.user, request.session):
        return HttpResponseRedirect("/")
    return render(request, "account/second_factor.html")
