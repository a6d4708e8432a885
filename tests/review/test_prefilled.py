"""No link fills in a form of the administration: neither whom to invite, nor where a key is sent."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from chat.models import User

pytestmark = pytest.mark.django_db
# What each kind of field would take from a link: a word, a tick, a number, a row.
VALUES = ("evil", "on", "77", "https://evil.example/mcp")


def test_an_add_page_ignores_its_address(ada: User, ada_browser: Client, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = ada
    opened = [model for model, page in admin.site._registry.items() if page.has_add_permission(request)]
    assert len(opened) > 4
    for model in opened:
        ignores(model, request, ada_browser)


def ignores(model: type[Model], request: HttpRequest, ada_browser: Client) -> None:
    page = admin.site._registry[model]
    names = [*flatten_fieldsets(page.get_fieldsets(request)), *(field.name for field in model._meta.fields)]
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    plain = ada_browser.get(address).context["adminform"].form
    for value in VALUES:
        filled = ada_browser.get(address, dict.fromkeys(names, value)).context["adminform"].form
        shown, expected = ({name: form[name].value() for name in form.fields} for form in (filled, plain))
        assert shown == expected
        assert filled.initial == plain.initial


def test_a_preset_still_fills_in_an_upstream(ada_browser: Client) -> None:
    form = (
        ada_browser.get("/admin/chat/upstream/add/?preset=openai&base_url=https://evil.example")
        .context["adminform"]
        .form
    )
    assert form.initial["slug"] == "openai"
    assert "evil" not in str(form.initial)
