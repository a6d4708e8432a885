"""The catalogue of upstreams: precedence, what is shown, and which models may be asked."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from chat import catalogue, demo
from chat.catalogue import ModelChoice
from chat.catalogue.entries import KeyUnreadableError
from chat.catalogue.presets import PRESETS
from chat.models import Upstream
from chatsite.values import Values
from tests.catalogue.rows import KEY, dead_address, row
from tests.environment import set_upstream

pytestmark = pytest.mark.django_db


class TestEnvironment:
    def test_a_key_is_enough(self, settings):
        set_upstream(settings, "openai", key=KEY, models=("gpt",))
        set_upstream(settings, "anthropic", key=KEY, models=("claude",))
        found = {slug: catalogue.endpoint(slug) for slug in ("openai", "anthropic")}
        assert {slug: (one.name, one.base_url, one.format) for slug, one in found.items()} == {
            "openai": ("OpenAI", "https://api.openai.com", "openai"),
            "anthropic": ("Anthropic", "https://api.anthropic.com", "anthropic"),
        }
        assert found["openai"].key == found["anthropic"].key == KEY
        assert found["openai"].traits_of("m").max_tokens_field == "max_completion_tokens"

    @pytest.mark.parametrize("slug", ["openai", "anthropic", "ollama"])
    def test_a_conversation_is_cut_where_the_environment_says_so(self, slug, settings):
        set_upstream(settings, slug, base_url="https://models.example")
        uncut = catalogue.endpoint(slug)
        set_upstream(settings, slug, context_tokens=32_000)
        cut = catalogue.endpoint(slug)
        assert uncut is not None
        assert cut is not None
        assert (uncut.context_tokens, cut.context_tokens) == (None, 32_000)

    def test_an_address_is_enough_and_may_be_private(self, settings):
        set_upstream(settings, "ollama", base_url="http://ollama:11434", models=("llama",))
        ollama = catalogue.endpoint("ollama")
        assert ollama is not None
        assert (ollama.name, ollama.key, ollama.allow_private) == ("Ollama", "", True)

    @pytest.mark.parametrize(
        ("base_url", "name"),
        [("https://ai.megallm.io/v1", "MegaLLM"), ("https://models.example:8443", "models.example:8443")],
    )
    def test_another_host_gives_its_own_name(self, settings, base_url, name):
        set_upstream(settings, "openai", key=KEY, base_url=base_url, models=("m",))
        found = catalogue.endpoint("openai")
        assert found is not None
        assert (found.name, found.base_url, found.traits_of("m").max_tokens_field) == (name, base_url, "max_tokens")

    def test_it_wins_over_a_row_and_says_so(self, settings):
        set_upstream(settings, "openai", key=KEY, models=("gpt",))
        row("openai", base_url="https://elsewhere.example")
        found = catalogue.endpoint("openai")
        assert found is not None
        assert found.base_url == "https://api.openai.com"
        used, unused = catalogue.listings()
        assert (used.source, used.is_used) == ("environment", True)
        assert (unused.source, unused.is_used) == ("row", False)
        assert "the environment always wins" in unused.note


class TestRows:
    def test_a_row_is_an_endpoint_with_its_own_timeouts(self):
        row(connect_seconds=3, run_seconds=60, context_tokens=8000, prefill=True).set_key(KEY)
        found = catalogue.endpoint("house")
        assert found is not None
        assert (found.key, found.models, found.context_tokens, found.traits_of("m").prefill) == (
            KEY,
            ("m-1",),
            8000,
            True,
        )
        assert (found.timeouts.connect_seconds, found.timeouts.run_seconds) == (3, 60)
        assert found.allow_private is False
        assert KEY not in repr(found)

    def test_one_that_is_off_is_not_used_but_listed(self):
        row(is_enabled=False)
        assert catalogue.endpoint("house") is None
        assert catalogue.model_list() == []
        assert [(one.slug, one.is_used, one.note) for one in catalogue.listings()] == [
            ("house", False, "Switched off.")
        ]

    def test_an_unknown_one_is_none(self):
        assert catalogue.endpoint("nobody") is None
        assert not catalogue.is_in_use("nobody")

    def test_an_unreadable_key_harms_nobody_else(self, settings):
        row().set_key(KEY)
        row("other")
        settings.ENCRYPTION_KEYS = ["another key " * 4]
        assert catalogue.endpoint("other") is not None
        assert [choice.upstream for choice in catalogue.model_list()] == ["house", "other"]
        assert catalogue.is_in_use("house")
        with pytest.raises(KeyUnreadableError, match="The key of House cannot be used"):
            catalogue.endpoint("house")

    @pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.slug)
    def test_every_preset_makes_a_valid_row(self, preset):
        Upstream(
            slug=preset.slug,
            name=preset.name,
            format=preset.format,
            base_url=preset.base_url,
            allow_private=preset.allow_private,
            max_tokens_field=preset.max_tokens_field,
        ).full_clean()


class TestDemo:
    def test_it_answers_when_nothing_is_configured(self, settings):
        settings.DEMO = "auto"
        assert catalogue.default() == ModelChoice("demo", "Demo (no key needed)", "demo", demo=True, images=True)
        assert [choice.model for choice in catalogue.model_list()] == ["demo", "demo-thinking"]
        found = catalogue.endpoint("demo")
        assert found is not None
        assert found.base_url == demo.start()

    def test_it_steps_aside_for_any_other(self, settings):
        settings.DEMO = "auto"
        row()
        assert [choice.upstream for choice in catalogue.model_list()] == ["house"]
        assert catalogue.endpoint("demo") is None

    def test_it_is_not_proposed_before_the_others_have_answered(self, settings):
        settings.DEMO = "auto"
        row(model_names=[], base_url=dead_address())
        assert catalogue.is_in_use("demo")  # a conversation begun with it can continue
        assert catalogue.model_list() == []

    def test_it_can_be_asked_for_and_forbidden(self, settings):
        settings.DEMO = "off"
        assert catalogue.model_list() == []
        assert catalogue.default() is None
        row()
        settings.DEMO = "on"
        assert {choice.upstream for choice in catalogue.model_list()} == {"house", "demo"}
        assert catalogue.default() == ModelChoice("house", "House", "m-1")

    def test_a_row_cannot_replace_it(self, settings):
        row("demo")
        assert catalogue.endpoint("demo") is None


class TestDefault:
    @pytest.mark.parametrize(
        ("wanted", "upstream", "model"),
        [
            ("", "house", "m-1"),
            ("m-2", "house", "m-2"),
            ("other/m-3", "other", "m-3"),
            ("vendor/m-4", "other", "vendor/m-4"),
            ("other/unlisted", "other", "unlisted"),
            ("no-such-model", "house", "m-1"),
        ],
    )
    def test_it_is_the_wanted_one_else_the_first(self, settings, wanted, upstream, model):
        row(model_names=["m-1", "m-2"])
        row("other", model_names=["m-3", "vendor/m-4"])
        settings.DEFAULT_MODEL = wanted
        choice = catalogue.default()
        assert choice is not None
        assert (choice.upstream, choice.model) == (upstream, model)

    def test_a_wanted_one_counts_before_the_models_are_known(self, settings):
        row(model_names=[], base_url=dead_address(), allow_private=True)
        settings.DEFAULT_MODEL = "m-9"
        assert catalogue.default() == ModelChoice("house", "House", "m-9")

    @pytest.mark.parametrize(
        ("wanted", "choice"),
        [("", None), ("small", ("house", "small")), ("openai/small", ("openai", "small")), ("a/b", ("house", "a/b"))],
    )
    def test_titles_come_from_the_wanted_model(self, settings, wanted, choice):
        set_upstream(settings, "openai", key=KEY)
        settings.TITLE_MODEL = wanted
        assert catalogue.title_choice("house", "m-1") == choice


class TestOffers:
    def test_only_what_an_administrator_listed(self, settings):
        set_upstream(settings, "openai", key=KEY, models=("gpt",))
        row()
        assert catalogue.offers("openai", "gpt")
        assert catalogue.offers("house", "m-1")
        assert not catalogue.offers("openai", "m-1")
        assert not catalogue.offers("house", "m-2")
        assert not catalogue.offers("nobody", "m-1")

    def test_the_default_model_in_any_case(self, settings):
        row()
        settings.DEFAULT_MODEL = "house/m-2"
        assert catalogue.offers("house", "m-2")
        assert not catalogue.offers("house", "m-3")

    def test_one_look_at_the_rows(self, django_assert_num_queries):
        row()
        with django_assert_num_queries(1):
            assert catalogue.offers("house", "m-1")


def test_headers_of_the_environment_are_sent_and_secret():
    env = Values({"OPENAI_API_KEY": KEY, "OPENAI_HEADERS": "x-gateway=let%2Cme%20in-123456"})
    [found] = env.upstreams()
    assert found.headers == {"x-gateway": "let,me in-123456"}
    assert "let,me in-123456" in env.secrets
    with pytest.raises(ImproperlyConfigured, match="OPENAI_HEADERS"):
        Values({"OPENAI_API_KEY": KEY, "OPENAI_HEADERS": "host=evil.example"}).upstreams()


def test_every_preset_is_in_the_documents():
    documents = Path("docs/upstreams.md").read_text(encoding="utf-8")
    for preset in PRESETS.values():
        assert f"| {preset.name} |" in documents
        assert f"`{preset.base_url}`" in documents
