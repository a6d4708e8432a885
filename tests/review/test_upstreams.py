"""Upstreams in the administration: the key is never shown and never sent to another address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from chat import catalogue, demo
from chat.admin.examine import Report, examine
from chat.models import AuditEntry, ModelTrait, Upstream, User
from chat.upstreams.check import CheckStep
from chat.upstreams.lessons import Lesson
from tests.environment import set_upstream
from tests.fake_upstream import FakeUpstream
from tests.review.conftest import Browser

KEY = "sk-very-secret-key-0123456789abcd1234"
LIST = "/admin/chat/upstream/"


@pytest.fixture
def upstream(db: None) -> Upstream:
    row = Upstream.objects.create(
        slug="far",
        name="Far",
        format="openai",
        base_url="https://far.example",
        model_names=["m1"],
        max_tokens_field="max_tokens",
    )
    return row.set_key(KEY)


def form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Far", "slug": "far", "format": "openai", "base_url": "https://far.example", "is_enabled": "on",
        "model_names": "m1", "stream_options": "on", "max_tokens_field": "max_tokens", "connect_seconds": "10",
        "first_event_seconds": "300", "silence_seconds": "60", "content_seconds": "300", "run_seconds": "1800",
        "images": "auto", "key": "", **changes,
    }  # fmt: skip


def change(client: Client, upstream: Upstream, **changes: Any) -> Any:
    return client.post(f"{LIST}{upstream.pk}/change/", form(**changes), follow=True)


def test_the_key_is_never_shown(upstream: Upstream, ada_browser: Client) -> None:
    for address in (LIST, f"{LIST}{upstream.pk}/change/", f"{LIST}{upstream.pk}/history/", f"{LIST}test/row/far/"):
        page = ada_browser.get(address).content.decode()
        assert KEY not in page
        assert upstream.sealed_key not in page
    assert "Set, ends in …1234" in ada_browser.get(f"{LIST}{upstream.pk}/change/").content.decode()
    assert "Set, ends in …1234" in ada_browser.get(LIST).content.decode()


def test_a_refused_form_does_not_give_the_key_back(upstream: Upstream, ada_browser: Client) -> None:
    page = change(ada_browser, upstream, key="sk-typed-just-now-000000", run_seconds="never").content.decode()
    assert "sk-typed-just-now" not in page
    assert "Please correct the error" in page


def test_a_new_key_is_sealed_and_leaves_no_trace(upstream: Upstream, ada_browser: Client) -> None:
    page = change(ada_browser, upstream, key="sk-another-key-0000000000009876").content.decode()
    assert "sk-another-key" not in page
    upstream.refresh_from_db()
    assert upstream.endpoint().key == "sk-another-key-0000000000009876"
    row = AuditEntry.objects.get(action="upstream.changed")
    assert row.detail["fields"] == ["key"]
    assert "sk-another-key" not in str(row.detail)


def test_leaving_the_field_empty_keeps_the_key(upstream: Upstream, ada_browser: Client) -> None:
    change(ada_browser, upstream, name="Farther")
    upstream.refresh_from_db()
    assert (upstream.name, upstream.endpoint().key) == ("Farther", KEY)


def test_another_address_erases_the_key_and_says_so(upstream: Upstream, ada_browser: Client) -> None:
    page = change(ada_browser, upstream, base_url="https://evil.example").content.decode()
    assert "the key for the earlier address was erased" in page
    upstream.refresh_from_db()
    assert (upstream.base_url, upstream.sealed_key, upstream.key_hint) == ("https://evil.example", "", "")


def test_another_address_with_its_key_keeps_that_one(upstream: Upstream, ada_browser: Client) -> None:
    change(ada_browser, upstream, base_url="https://new.example", key="sk-new-000000000000001111")
    upstream.refresh_from_db()
    assert upstream.endpoint().key == "sk-new-000000000000001111"


def test_the_key_can_be_removed(upstream: Upstream, ada_browser: Client) -> None:
    change(ada_browser, upstream, remove_key="on")
    upstream.refresh_from_db()
    assert not upstream.has_key


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "smart’quote", "x" * 5_000])
def test_what_is_no_key_is_refused_in_words(upstream: Upstream, ada_browser: Client, key: str) -> None:
    page = change(ada_browser, upstream, key=key).content.decode()
    assert "This is not a key" in page
    upstream.refresh_from_db()
    assert upstream.endpoint().key == KEY


def test_an_upstream_is_added_from_a_preset_and_a_link_fills_in_nothing_else(ada_browser: Client) -> None:
    page = ada_browser.get(
        f"{LIST}add/?preset=anthropic&base_url=https://evil.example&name=Anthropic2"
    ).content.decode()
    assert "https://api.anthropic.com" in page
    assert "evil.example" not in page.replace("preset=anthropic", "")
    data = form(slug="new", name="New", key="sk-new-000000000000001111", model_names="a\n\n b \na")
    ada_browser.post(f"{LIST}add/", data, follow=True)
    made = Upstream.objects.get(slug="new")
    assert (made.model_names, made.endpoint().key) == (["a", "b"], "sk-new-000000000000001111")
    assert AuditEntry.objects.filter(action="upstream.added").exists()


def test_upstreams_of_the_environment_are_shown_and_not_changed(settings: Any, ada_browser: Client) -> None:
    set_upstream(settings, "openai", key="sk-from-the-environment-1234", models=("gpt",))
    page = ada_browser.get(LIST).content.decode()
    assert "from the environment" in page
    assert "https://api.openai.com" in page
    assert "sk-from-the-environment" not in page
    Upstream.objects.create(slug="openai", name="Mine", format="openai", base_url="https://mine.example")
    assert "the environment always wins" in ada_browser.get(LIST).content.decode()


def test_only_administrators_configure_upstreams(upstream: Upstream, sam: User, browser_of: Browser) -> None:
    from django.contrib.auth.models import Permission

    sam.user_permissions.set(Permission.objects.filter(content_type__app_label="chat", content_type__model="upstream"))
    client = browser_of(sam)
    assert client.get(LIST).status_code == 200
    page = client.get(f"{LIST}{upstream.pk}/change/").content.decode()
    assert 'name="key"' not in page
    assert 'name="base_url"' not in page
    assert change(client, upstream, base_url="https://evil.example").status_code == 403
    for address in (f"{LIST}add/", f"{LIST}{upstream.pk}/delete/", f"{LIST}test/row/far/"):
        assert client.get(address).status_code == 403, address
        assert client.post(address).status_code == 403, address
    upstream.refresh_from_db()
    assert upstream.endpoint().key == KEY


def test_the_test_asks_only_by_post(upstream: Upstream, ada_browser: Client) -> None:
    with FakeUpstream() as far:
        far.models(["m2"])
        far.scenario("m2", [{"status": 404, "body": "no"}])
        upstream.name, upstream.base_url, upstream.allow_private = "<b>Far</b>", far.url, True
        upstream.save()
        upstream.set_key(KEY)
        assert ada_browser.get(f"{LIST}test/row/far/").status_code == 200
        assert far.log() == []
        page = ada_browser.post(f"{LIST}test/row/far/", {"model": "m2"}).content.decode()
        assert {request["model"] for request in far.log()} == {"m2"}
    assert "Resolve the host name" in page
    assert re.search(r"\d ms<", page)
    assert re.search(r'class="steps__text"[^>]*>[^<]*&lt;b&gt;Far&lt;/b&gt;', page)
    assert "It does not work yet." in page
    assert AuditEntry.objects.get(action="upstream.tested").detail["model"] == "m2"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="ada"), backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(f"{LIST}test/row/far/").status_code == 403
    assert ada_browser.get(f"{LIST}test/environment/far/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("there", [True, False])
def test_saving_asks_for_the_models_and_says_what_came_back(there: bool, ada_browser: Client) -> None:
    catalogue.forget()
    base_url = demo.start() if there else "http://127.0.0.1:9"
    data = form(base_url=base_url, allow_private="on", model_names="")
    page = ada_browser.post(f"{LIST}add/", data, follow=True).content.decode()
    if there:
        assert "Far lists 2 models: demo, demo-thinking" in page
        assert ">in use</span>" in page
    else:
        assert "The models of Far could not be listed. " in page
        assert ">no models</span>" in page
        assert ">in use</span>" not in page


def test_saving_what_is_switched_off_says_so(upstream: Upstream, ada_browser: Client) -> None:
    page = change(ada_browser, upstream, is_enabled="").content.decode()
    assert "Far is not used. Switched off." in page


def test_the_test_names_the_phase_that_failed_also_without_a_model() -> None:
    upstream = Upstream(slug="near", name="Near", format="openai", base_url="http://127.0.0.1:9", allow_private=True)
    report = examine(upstream.endpoint(), "")
    assert [(name, step.ok) for name, step in report.rows] == [("Resolve the host name", True), ("Connect", False)]
    assert report.trouble == ""


@pytest.mark.parametrize(
    ("steps", "name"),
    [(["dns", "tcp"], "Encrypt the connection"), (["dns", "tcp", "models"], "First word"), ([], "Start")],
)
def test_what_ended_a_test_is_named_after_the_phase_it_came_in(steps: list[Any], name: str) -> None:
    report = Report([CheckStep(phase, 0.1, True, "") for phase in steps], "m", "Too slow.")
    assert report.ended_in == name


def test_the_test_of_a_server_that_is_not_there_says_so(ada_browser: Client) -> None:
    Upstream.objects.create(
        slug="near",
        name="Near",
        format="openai",
        base_url="http://127.0.0.1:9",
        allow_private=True,
        is_enabled=False,
        model_names=["m"],
    )
    page = ada_browser.post(f"{LIST}test/row/near/").content.decode()
    assert "Connect" in page
    assert "failed" in page
    assert "It does not work yet." in page


@pytest.mark.parametrize("trouble", [RuntimeError("sk-leaked"), TimeoutError()])
def test_a_test_that_breaks_is_a_report(upstream: Upstream, trouble: Exception) -> None:
    async def broken(*args: Any) -> None:
        raise trouble

    report = examine(upstream.endpoint(), "m1", broken)
    assert not report.ok
    assert report.trouble
    assert "sk-leaked" not in report.trouble


def test_what_was_learned_is_listed_and_a_test_of_the_model_finds_it_out_anew(
    upstream: Upstream, ada_browser: Client
) -> None:
    for model in ("m1", "m2"):
        ModelTrait.learn("far", "https://far.example", model, [Lesson("tools", False, f"{model} has no tools")])
    ModelTrait.learn("far", "https://elsewhere.example", "m3", [Lesson("tools", False, "not at this address")])
    page = ada_browser.get(f"{LIST}test/row/far/").content.decode()
    assert "m1 has no tools" in page
    assert "not at this address" not in page
    upstream.base_url, upstream.allow_private = "http://127.0.0.1:9", True
    upstream.save()
    ada_browser.post(f"{LIST}test/row/far/", {"model": "m1"})
    assert list(ModelTrait.objects.values_list("model", flat=True)) == ["m2", "m3"]


def test_headers_are_sealed_shown_by_name_alone_and_erased_with_their_address(
    upstream: Upstream, ada_browser: Client
) -> None:
    page = change(
        ada_browser, upstream, headers="X-Title: Parley\nHelicone-Auth: Bearer very-secret-word"
    ).content.decode()
    assert "very-secret-word" not in page
    page = ada_browser.get(f"{LIST}{upstream.pk}/change/").content.decode()
    assert "helicone-auth, x-title" in page
    assert "very-secret-word" not in page
    upstream.refresh_from_db()
    assert "very-secret-word" not in upstream.sealed_headers
    assert upstream.endpoint().headers == {"x-title": "Parley", "helicone-auth": "Bearer very-secret-word"}
    assert "very-secret-word" not in str(list(AuditEntry.objects.values()))
    change(ada_browser, upstream, name="Farther")
    upstream.refresh_from_db()
    assert upstream.endpoint().headers, "leaving the field empty keeps them"
    change(ada_browser, upstream, base_url="https://elsewhere.example")
    upstream.refresh_from_db()
    assert (upstream.endpoint().headers, upstream.header_names) == ({}, [])


def test_headers_can_be_removed_and_a_forbidden_one_is_refused(upstream: Upstream, ada_browser: Client) -> None:
    upstream.set_headers({"x-title": "Parley"})
    assert "cannot be set" in change(ada_browser, upstream, headers="Host: evil.example").content.decode()
    upstream.refresh_from_db()
    assert upstream.endpoint().headers == {"x-title": "Parley"}
    change(ada_browser, upstream, remove_headers="on")
    upstream.refresh_from_db()
    assert upstream.endpoint().headers == {}


def test_the_provider_says_how_a_server_anywhere_is_asked(upstream: Upstream, ada_browser: Client) -> None:
    change(ada_browser, upstream, provider="azure")
    upstream.refresh_from_db()
    found = catalogue.endpoint("far")
    assert found is not None
    assert found.traits_of("m").key_header == "api-key"
    assert found.url("/chat/completions") == "https://far.example/openai/v1/chat/completions"
    assert found.key == KEY, "the address is the same"
