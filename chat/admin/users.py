"""People: who has an account, what they may do, and when they were last seen. Accounts are deactivated, never deleted."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.accounts.fresh import ask_again, is_fresh
from chat.accounts.usernames import require_distinct
from chat.admin.base import Admin, FreshSignIn, badge, column, isolated, moment
from chat.models import Invitation, User
from chat.policy import may_invite
from chat.review import audit

FACTORS = {"totp": _("authenticator app"), "webauthn": "passkey", "recovery_codes": _("recovery codes")}
# Only administrators may grant these.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """An account that an administrator makes, under a name as at every other door."""

    def clean_username(self) -> str:
        require_distinct(self.cleaned_data["username"])
        return super().clean_username()


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    """A person's account without the password, which has its own page."""

    request: HttpRequest

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active", *POWERS)
        help_texts = {
            "is_active": _("If this is off, the person is signed out everywhere within seconds. Their messages stay."),
            "is_staff": _("Can open this administration and see what the permissions below allow."),
            "is_superuser": _("An administrator can do everything here, configure upstreams and review conversations."),
        }

    def clean_username(self) -> str:
        """Refuse a name that differs from another only in case: people are added to conversations by name."""
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This name is already taken."))
        if "username" in self.changed_data:
            require_distinct(name)
        return name

    def clean_email(self) -> str:
        """Refuse an address that another account has: the link for a new password would reach both."""
        email = str(self.cleaned_data["email"])
        others = User.objects.exclude(pk=self.instance.pk)
        if email and others.filter(Q(email__iexact=email) | Q(emailaddress__email__iexact=email)).exists():
            raise forms.ValidationError(_("Another person has this address."))
        return email

    def clean(self) -> dict[str, Any]:
        """Refuse changes that lock the person out themselves or leave the site without an administrator."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance == self.request.user:
            for field in ("is_active", "is_staff", "is_superuser"):
                if field in cleaned and getattr(self.instance, field) and not cleaned[field]:
                    self.add_error(field, _("You cannot remove this from yourself. Another administrator can."))
        return cleaned


@admin.register(User)
class UserAdmin(DjangoUserAdmin, FreshSignIn):  # type: ignore[type-arg]  # Django's class takes no parameter at run time
    form = UserForm
    add_form = NewUserForm
    list_display = ("username", "shown_name", "email", "standing", "second_factor", "seen", "joined")
    list_filter = ("is_active", "is_superuser", "is_staff")
    ordering = ("username",)
    sortable_by = ("username", "seen", "joined")
    search_fields = ("username", "first_name", "last_name", "email")
    readonly_fields = (
        "password_link",
        "second_factor",
        "their_conversations",
        "seen",
        "signed_in",
        "joined",
    )
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "is_active")}),
        (_("Signing in"), {"fields": ("password_link", "second_factor", "seen", "signed_in", "joined")}),
        (_("Records"), {"fields": ("their_conversations",)}),
        (_("Permissions"), {"fields": POWERS[:2]}),
        (_("Permissions for staff"), {"classes": ("collapse",), "fields": POWERS[2:]}),
    )
    actions = ("remove_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.only("user_id", "type", "last_used_at").order_by("pk")
        return super().get_queryset(request).prefetch_related(Prefetch("authenticator_set", factors))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return Admin.lookup_allowed(self, lookup, value, request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"request": request})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the link for setting a password only to those whom its page lets in."""
        hidden = set() if request.user.is_superuser else {"password_link"}
        return [
            (title, options | {"fields": tuple(name for name in options["fields"] if name not in hidden)})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Staff who are not administrators cannot grant POWERS to anybody, nor take over an account by its address."""
        return self.readonly_fields if request.user.is_superuser else (*self.readonly_fields, "email", *POWERS)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Withdraw the open invitations that the person may no longer make; reactivating does not bring them back."""
        super().save_related(request, form, formsets, change)
        # Read anew: the object remembers the permissions that it had before its groups changed.
        user = User.objects.get(pk=form.instance.pk)
        for invitation in Invitation.objects.filter(created_by=user, used_at=None):
            if not may_invite(user, administrators=invitation.is_administrator):
                audit.note(request, "invitation.deleted", object=str(invitation.pk), name=str(invitation))
                invitation.delete()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Only administrators set other people's passwords: whoever sets one can sign in as that person."""
        if not request.user.is_superuser:
            raise PermissionDenied
        if not is_fresh(request):
            return ask_again(request)
        response: HttpResponse = super().user_change_password(request, id, form_url)
        return response

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an administrator may change an administrator, be it the name or the password."""
        if obj is not None and (obj.is_superuser or obj.is_staff) and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the audit trail refers to accounts, so an unwanted account is deactivated instead."""
        return False

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """Django asks this for the action below: only administrators may remove somebody's second factor."""
        return bool(request.user.is_superuser)

    @admin.action(description=_("Remove the second factor (if it was lost)"), permissions=["reset"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Delete all authenticators of the selected people, who can then sign in with their password alone."""
        if not self.has_reset_permission(request):
            raise PermissionDenied
        if not is_fresh(request):
            return ask_again(request)
        for user in queryset.order_by("pk")[: self.list_max_show_all]:
            count, _kinds = Authenticator.objects.filter(user=user).delete()
            if count:
                audit.note(request, "user.second_factor_removed", object=str(user.pk), name=user.get_username())
                self.message_user(
                    request,
                    gettext("{name} now signs in with the password alone.").format(name=user.get_username()),
                    messages.WARNING,
                )
        return None

    shown_name = column(User, _("name"), lambda user: isolated(user.get_full_name()))

    @admin.display(description=_("account type"))
    def standing(self, user: User) -> SafeString:
        words = {
            "administrator": _("administrator"),
            "staff": _("staff"),
            "member": _("member"),
            "deactivated": _("deactivated"),
        }
        word = "administrator" if user.is_superuser else "staff" if user.is_staff else "member"
        if not user.is_active:
            word = "deactivated"
        return badge(word, words[word])

    seen = column(
        User, _("last seen"), lambda user: moment(user.last_seen_at or user.last_login), ordering="last_seen_at"
    )
    signed_in = column(User, _("last signed in"), lambda user: moment(user.last_login))
    joined = column(User, _("joined"), lambda user: moment(user.date_joined), ordering="date_joined")

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> str:
        kinds = dict.fromkeys(str(FACTORS.get(each.type, each.type)) for each in user.authenticator_set.all())  # type: ignore[attr-defined]
        return ", ".join(kinds) or gettext("none")

    @admin.display(description=_("password"))
    def password_link(self, user: User) -> SafeString:
        state = _("Set.") if user.has_usable_password() else _("None: the person signs in another way.")
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('{} <a href="{}">{}</a>', state, address, _("Set a new password"))

    @admin.display(description=_("conversations"))
    def their_conversations(self, user: User) -> SafeString:
        address = reverse("admin:chat_conversation_changelist")
        return format_html(
            '<a href="{}?person={}">{}</a>', address, user.get_username(), _("Conversations of this person")
        )


# Django has registered its own page, which knows neither our rules for lookups nor the audit trail.
admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, FreshSignIn):
    """Groups of staff with their permissions, which only administrators may grant."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return Admin.lookup_allowed(self, lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)
