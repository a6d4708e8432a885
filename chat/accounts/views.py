"""The page behind an invitation's link, which creates one account, once."""

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from chat.accounts.forms import JoinForm
from chat.models import Invitation, User


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("token")
@sensitive_post_parameters("password1", "password2")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form for an open invitation; a POST creates the account and signs it in.

    An unknown, a used and an expired link get the same answer, 404. Somebody who is signed in is told so, and the
    invitation stays open.
    """
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="signup", limit_get=True)
    if limited:
        return limited
    invitation = Invitation.find(token)
    if invitation is None:
        return render(request, "join/closed.html", status=404)
    if request.user.is_authenticated:
        return render(request, "join/signed_in.html")
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user = accept(invitation, form)
        if user is None:
            return render(request, "join/closed.html", status=404)
        response: HttpResponse = perform_login(request, user, redirect_url="/")
        return response
    return render(
        request, "join/join.html", {"form": form, "invitation": invitation}, status=400 if form.errors else 200
    )


def accept(invitation: Invitation, form: JoinForm) -> User | None:
    """Create the account; None, with nothing stored, if somebody else used the link in the meantime."""
    with transaction.atomic():
        user: User = form.save(commit=False)
        user.is_staff = user.is_superuser = invitation.is_administrator
        user.save()
        if invitation.redeem(user):
            return user
        transaction.set_rollback(True)
    return None


@require_safe
def no_mail(request: HttpRequest) -> HttpResponse:
    """Explain what to do about a forgotten password where the site cannot send mail."""
    return render(request, "account/no_mail.html")
