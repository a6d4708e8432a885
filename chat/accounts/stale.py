"""A page that was open while somebody signed in elsewhere in the browser: its forms carry a token that is no longer valid."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105  # the name of a field
# Fields with these in their names are not written into a page again.
SECRETS = ("password", "code", "key", "secret", "credential")


@require_safe
@never_cache
def token(request: HttpRequest) -> JsonResponse:
    """The token that this browser's forms need now. Only pages of this site can read the answer."""
    return JsonResponse({"token": get_token(request)})


def stale_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form or an upload whose token is not valid (Django's CSRF_FAILURE_VIEW); what was typed is kept.

    Only a form of one of our own pages is offered to be sent again: another site's is what the token protects from.
    """
    if "X-CSRFToken" in request.headers:
        message = _("This page is out of date, because somebody signed in in another tab. Reload it.")
        return JsonResponse({"code": "stale_page", "message": message}, status=403)
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if is_ours and request.path == reverse("account_login") and request.user.is_authenticated:
        # Signed in meanwhile in another tab: that is what this form was for.
        wanted = request.POST.get("next", "")
        is_safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
        return HttpResponseRedirect(wanted if is_safe else "/")
    sent = [(name, value) for name, values in request.POST.lists() if name != TOKEN_FIELD for value in values]
    is_kept = is_ours and not request.FILES and not any(secret in name for name, _ in sent for secret in SECRETS)
    return render(request, "403_csrf.html", {"sent": sent if is_kept else None, "is_ours": is_ours}, status=403)
