"""The page behind an invitation's link, which creates one account, once; and our versions of allauth's pages."""

from datetime import timedelta
from typing import Any

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from chat import policy
from chat.accounts.forms import JoinForm
from chat.accounts.limits import may_try, too_many, too_many_tries
from chat.models import Invitation, User
from chat.review import audit

# An equal form within this time is the same press, not somebody who found the link later.
TWICE_WITHIN = timedelta(seconds=60)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables("token")
@sensitive_post_parameters("password1", "password2")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form for an open invitation; a POST creates the account and signs it in.

    An unknown, a used and an expired link get the same answer, 404. Somebody who is signed in is told so, and the
    invitation stays open.
    """
    invitation = policy.open_invitation(token)
    if invitation is None and (user := just_joined(request, token)):
        return perform_login(request, user, redirect_url="/")  # type: ignore[no-any-return]
    if invitation is None:
        # Only guesses are counted for the address: behind one address many people may open their own links at once.
        return render(request, "join/closed.html", status=404) if may_try(request, "join") else too_many(request)
    if request.user.is_authenticated:
        return render(request, "join/signed_in.html")
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not may_try(request, "join_link", key=token):
        form.add_error(None, too_many_tries())
    elif request.method == "POST" and form.is_valid():
        user = accept(request, invitation, form) or just_joined(request, token)
        if user is None:
            return render(request, "join/closed.html", status=404)
        response: HttpResponse = perform_login(request, user, redirect_url="/")
        return response
    return render(
        request, "join/join.html", {"form": form, "invitation": invitation}, status=400 if form.errors else 200
    )


def accept(request: HttpRequest, invitation: Invitation, form: JoinForm) -> User | None:
    """Create the account; None, with nothing stored, if the invitation has ended or somebody else used it meanwhile."""
    try:
        with transaction.atomic():
            # Locked, so that a maker whose right ends at this moment is seen either with it or without it.
            maker = User.objects.select_for_update().filter(pk=invitation.created_by_id or 0).first()
            invitation.created_by = maker
            user: User = form.save(commit=False)
            user.is_staff = user.is_superuser = invitation.is_administrator
            user.save()
            if policy.still_stands(invitation) and invitation.redeem(user):
                audit.note_account(request, user, "invitation.used", object=str(invitation.pk), name=str(invitation))
                return user
            transaction.set_rollback(True)
    except IntegrityError:
        # The same form was sent twice at once, and the other one has the name.
        pass
    return None


def just_joined(request: HttpRequest, token: str) -> User | None:
    """The account that an equal form has just created with this link, as after a double click; it has this password."""
    if request.method != "POST":
        return None
    used = Invitation.used_since(token, timezone.now() - TWICE_WITHIN)
    user = used.used_by if used else None
    is_equal = (
        user is not None
        and user.is_active
        and user.get_username() == request.POST.get("username", "")
        and user.check_password(request.POST.get("password1", ""))
    )
    return user if is_equal else None


class EmailView(account.EmailView):  # type: ignore[misc]  # allauth ships no types
    """A person's addresses; only one that was confirmed becomes the primary one, which receives the resets."""

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        address = self._get_email_address(request)
        if address and not address.verified:
            get_adapter().add_message(request, messages.ERROR, "account/messages/unverified_primary_email.txt")
            return None
        response: HttpResponse | None = super()._action_primary(request, *args, **kwargs)
        return response


email = login_required(EmailView.as_view())


@require_safe
def no_mail(request: HttpRequest) -> HttpResponse:
    """Explain what to do about a forgotten password where the site cannot send mail."""
    return render(request, "account/no_mail.html")


def closed(request: HttpRequest) -> HttpResponse:
    """The answer of a page that this installation does not have."""
    raise Http404
