"""Invitations: creating one shows its link once; the list shows its state; deleting it withdraws it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.accounts.fresh import ask_again, is_fresh
from chat.admin.base import Admin, badge, column, isolated, moment, person
from chat.admin.filters import ChoiceFilter
from chat.models import Invitation

DAYS = ((1, _("a day")), (7, _("a week")), (30, "30 days"))


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """Asks whom the invitation is for, and how long it is valid."""

    valid_days = forms.TypedChoiceField(label=_("Valid for"), choices=DAYS, coerce=int, initial=7)

    class Meta:
        model = Invitation
        fields = ("note", "is_administrator")
        labels = {"note": _("For")}
        help_texts = {"note": _("A name or an address, to tell your invitations apart. Only administrators see it.")}


class StateFilter(ChoiceFilter):
    """Filters by whether the link still works."""

    title = _("state")
    parameter_name = "state"
    conditions = {
        "open": ("open", Q(used_at=None, expires_at__gt=Now())),
        "used": ("used", Q(used_at__isnull=False)),
        "expired": ("expired", Q(used_at=None, expires_at__lte=Now())),
    }


@admin.register(Invitation)
class InvitationAdmin(Admin):
    form = InvitationForm
    list_display = ("for_whom", "state", "is_administrator", "invited_by", "made", "expires")
    list_filter = (StateFilter, "is_administrator")
    list_select_related = ("created_by", "used_by")
    list_display_links = None
    ordering = ("-created_at",)
    sortable_by = ("made", "expires")
    search_fields = ("note", "used_by__username")
    fields = ("note", "valid_days", "is_administrator")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An invitation is created, used or withdrawn, never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.used_at:
            return False
        return super().has_delete_permission(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only an administrator may invite an administrator."""
        if obj is not None:
            return ("for_whom", "state", "is_administrator", "invited_by", "made", "expires")
        return [name for name in self.fields if name != "is_administrator" or request.user.is_superuser]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj is not None else ()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if request.user.is_superuser and self.has_add_permission(request) and not is_fresh(request):
            # The form of an administrator can invite administrators.
            return ask_again(request)
        plain = {"show_save_and_add_another": False, "show_save_and_continue": False}
        response: HttpResponse = super().add_view(request, form_url, {**plain, **(extra_context or {})})
        return response

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Issue the invitation with the model's own verb; the token exists only for the response to this request."""
        may_make_administrators = request.user.is_superuser
        issued, request._invitation_token = Invitation.issue(  # type: ignore[attr-defined]
            created_by=request.user,  # type: ignore[arg-type]
            note=obj.note,
            is_administrator=obj.is_administrator and may_make_administrators,
            valid_for=timedelta(days=form.cleaned_data["valid_days"]),
        )
        obj.__dict__.update(issued.__dict__)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The page with the link. It is the response to the form itself, so that the link is stored nowhere."""
        path = reverse("join", args=[request._invitation_token])  # type: ignore[attr-defined]
        link = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("The invitation is ready"),
            "invitation": obj,
            "link": link,
        }
        return TemplateResponse(request, "admin/chat/invitation/issued.html", context)

    for_whom = column(Invitation, _("for"), lambda invitation: isolated(str(invitation)))

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> SafeString | str:
        if invitation.used_at:
            who = invitation.used_by.get_username() if invitation.used_by else _("deleted user")
            return format_html("{} <bdi>{}</bdi>", _("used by"), who)
        if invitation.expires_at <= timezone.now():
            return gettext("expired")
        return badge("open", _("open"))

    made = column(Invitation, _("created"), lambda invitation: moment(invitation.created_at), ordering="created_at")
    expires = column(Invitation, _("expires"), lambda invitation: moment(invitation.expires_at), ordering="expires_at")
    invited_by = column(
        Invitation, _("invited by"), lambda invitation: person(invitation.created_by) or gettext("setup")
    )
