"""The catalogue of upstreams: precedence, what is shown, where models come from, and where a key may be sent."""

import asyncio
import socket

import pytest
from django.core.exceptions import ValidationError

from chat import catalogue, demo, vault
from chat.catalogue import ModelChoice, discovery
from chat.catalogue.entries import KeyUnreadableError
from chat.catalogue.presets import PRESETS
from chat.models import Upstream
from tests.environment import set_upstream

pytestmark = pytest.mark.django_db
KEY = "sk-abcdefghijklmnop-1234"


@pytest.fixture(autouse=True)
def _nothing_configured(settings):
    settings.DEMO = "off"
    settings.ENVIRONMENT_UPSTREAMS = ()
    settings.DEFAULT_MODEL = settings.TITLE_MODEL = ""
    catalogue.forget()
    yield
    catalogue.forget()


def row(slug: str = "house", **fields) -> Upstream:
    fields = {
        "name": slug.title(),
        "format": "openai",
        "base_url": "https://models.example",
        "model_names": ["m-1"],
        **fields,
    }
    return Upstream.objects.create(slug=slug, **fields)


def dead_address() -> str:
    return "http://127.0.0.1:9"  # the discard port, on which nobody answers


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
        assert found["openai"].max_tokens_field == "max_completion_tokens"

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
        assert (found.name, found.base_url, found.max_tokens_field) == (name, base_url, "max_tokens")

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
        assert (found.key, found.models, found.context_tokens, found.prefill) == (KEY, ("m-1",), 8000, True)
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


class TestKeys:
    def test_a_key_is_stored_and_only_its_end_is_shown(self):
        stored = Upstream.objects.get(pk=row().set_key(f"  {KEY}\n").pk)
        assert KEY not in stored.sealed_key
        assert stored.key_hint == "1234"
        assert stored.has_key
        assert stored.endpoint().key == KEY

    def test_a_short_key_has_no_hint_and_an_empty_one_erases(self):
        upstream = row().set_key("short-key")
        assert (upstream.has_key, upstream.key_hint) == (True, "")
        assert not Upstream.objects.get(pk=upstream.set_key("").pk).has_key

    @pytest.mark.parametrize("key", ["two words", "line\nbreak", "sk-\N{SNOWMAN}", "x" * 5000])
    def test_what_cannot_be_a_key_is_refused_without_repeating_it(self, key):
        upstream = row().set_key(KEY)
        with pytest.raises(ValidationError) as caught:
            upstream.set_key(key)
        assert key not in str(caught.value)
        assert Upstream.objects.get(pk=upstream.pk).endpoint().key == KEY

    @pytest.mark.parametrize("fields", [None, ["base_url"], ["base_url", "name"]])
    def test_another_address_erases_the_key(self, fields):
        upstream = row().set_key(KEY)
        upstream.base_url = "https://thief.example"
        upstream.save(update_fields=fields)
        stored = Upstream.objects.get(pk=upstream.pk)
        assert (stored.base_url, stored.sealed_key, stored.key_hint) == ("https://thief.example", "", "")
        assert stored.endpoint().key == ""

    @pytest.mark.parametrize(
        "same", ["https://models.example/", "https://models.example/v1", "https://MODELS.example/v1/"]
    )
    def test_another_spelling_of_the_address_keeps_it(self, same):
        upstream = row().set_key(KEY)
        upstream.base_url = same
        upstream.name = "New name"
        upstream.save()
        assert Upstream.objects.get(pk=upstream.pk).endpoint().key == KEY

    def test_an_address_changed_behind_the_models_back_gets_no_key_either(self):
        upstream = row().set_key(KEY)
        Upstream.objects.filter(pk=upstream.pk).update(base_url="https://thief.example")
        with pytest.raises(vault.VaultError):
            Upstream.objects.get(pk=upstream.pk).endpoint()
        with pytest.raises(KeyUnreadableError):
            catalogue.endpoint("house")

    def test_a_key_moved_to_another_row_does_not_open(self):
        upstream, other = row().set_key(KEY), row("other")
        Upstream.objects.filter(pk=other.pk).update(sealed_key=upstream.sealed_key)
        with pytest.raises(vault.VaultError):
            Upstream.objects.get(pk=other.pk).endpoint()

    def test_a_key_set_with_a_new_address_belongs_to_that(self):
        upstream = row().set_key(KEY)
        upstream.base_url = "https://new.example"
        upstream.set_key("another-key-of-the-new-host")
        stored = Upstream.objects.get(pk=upstream.pk)
        assert (stored.base_url, stored.endpoint().key) == ("https://new.example", "another-key-of-the-new-host")

    def test_a_row_must_exist_before_its_key(self):
        with pytest.raises(ValueError, match="Save the upstream first"):
            Upstream(slug="new", base_url="https://models.example").set_key(KEY)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ""),
        ({"base_url": "http://ollama:11434", "allow_private": True}, ""),
        ({"base_url": "http://ollama:11434"}, "base_url"),
        ({"base_url": "ftp://models.example"}, "base_url"),
        ({"base_url": "models.example"}, "base_url"),
        ({"base_url": "https://"}, "base_url"),
        ({"base_url": "https://user:password@models.example"}, "base_url"),
        ({"base_url": "https://models.example?key=1"}, "base_url"),
        ({"base_url": "https://models.example/#x"}, "base_url"),
        ({"base_url": "https://models.example:99999"}, "base_url"),
        ({"base_url": "https://models.example/a b"}, "base_url"),
        ({"base_url": "https://[::1"}, "base_url"),
        ({"slug": "demo"}, "slug"),
        ({"model_names": "m"}, "model_names"),
        ({"model_names": [1]}, "model_names"),
        ({"model_names": [" "]}, "model_names"),
        ({"model_names": ["m" * 201]}, "model_names"),
        ({"model_names": ["m"] * 501}, "model_names"),
    ],
)
def test_wrong_values_are_refused_at_their_field(fields, wrong):
    upstream = Upstream(
        **{"slug": "house", "name": "House", "format": "openai", "base_url": "https://models.example", **fields}
    )
    if not wrong:
        upstream.full_clean()
        return
    with pytest.raises(ValidationError) as caught:
        upstream.full_clean()
    assert list(caught.value.message_dict) == [wrong]


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


@pytest.mark.django_db(transaction=True)
class TestDiscovery:
    """The demo server serves as any upstream: it lists `demo` and `demo-thinking`."""

    def test_models_are_asked_for_where_none_are_configured(self):
        row(model_names=[], base_url=demo.start(), allow_private=True)
        asyncio.run(catalogue.refresh())
        assert [choice.model for choice in catalogue.model_list()] == ["demo", "demo-thinking"]
        assert catalogue.endpoint("house").models == ()

    def test_configured_names_are_not_asked_for(self):
        row(base_url=dead_address(), allow_private=True)
        asyncio.run(catalogue.refresh(force=True))
        assert [choice.model for choice in catalogue.model_list()] == ["m-1"]

    def test_a_page_gets_what_is_known_and_the_rest_comes_by_itself(self):
        row(model_names=[], base_url=demo.start(), allow_private=True)
        assert catalogue.model_list() == []
        asyncio.run(catalogue.refresh())  # waits for the request that the line above started
        assert len(catalogue.model_list()) == 2

    def test_a_failure_keeps_what_was_known_and_is_told(self):
        upstream = row(model_names=[], base_url=demo.start(), allow_private=True)
        asyncio.run(catalogue.refresh())
        Upstream.objects.filter(pk=upstream.pk).update(allow_private=False)
        asyncio.run(catalogue.refresh("house", force=True))
        (listing,) = catalogue.listings()
        assert listing.models == ("demo", "demo-thinking")
        assert "private network" in listing.note

    def test_what_a_person_may_ask_follows_the_list_where_one_is_known(self):
        row(model_names=[], base_url=demo.start(), allow_private=True)
        assert catalogue.offers("house", "anything")
        asyncio.run(catalogue.refresh())
        assert catalogue.offers("house", "demo")
        assert not catalogue.offers("house", "anything")

    def test_where_no_list_can_be_had_any_model_may_be_asked(self):
        row(model_names=[], base_url=dead_address(), allow_private=True)
        asyncio.run(catalogue.refresh())
        assert catalogue.offers("house", "anything")

    def test_the_demo_stays_while_no_other_offers_a_model(self, settings):
        settings.DEMO = "auto"
        upstream = row(model_names=[], base_url=dead_address(), allow_private=True)
        asyncio.run(catalogue.refresh())
        assert {choice.upstream for choice in catalogue.model_list()} == {"demo"}
        assert catalogue.default() == ModelChoice("demo", "Demo (no key needed)", "demo", demo=True, images=True)
        assert catalogue.offers("demo", "demo")
        silent = catalogue.without_models()
        assert silent is not None
        assert (silent.slug, bool(silent.note)) == ("house", True)
        upstream.base_url = demo.start()
        upstream.save()
        asyncio.run(catalogue.refresh())
        assert {choice.upstream for choice in catalogue.model_list()} == {"house"}
        assert catalogue.without_models() is None

    def test_another_address_or_key_forgets_what_was_known(self):
        upstream = row(model_names=[], base_url=demo.start(), allow_private=True)
        asyncio.run(catalogue.refresh())
        upstream.base_url = dead_address()
        upstream.save()
        assert catalogue.model_list() == []

    def test_a_private_address_needs_permission(self):
        row(model_names=[], base_url=demo.start())
        asyncio.run(catalogue.refresh())
        assert catalogue.model_list() == []
        assert "private network" in catalogue.listings()[0].note

    def test_one_that_cannot_be_reached_delays_no_other(self):
        row("dead", model_names=[], base_url=dead_address(), allow_private=True)
        row("house", model_names=[], base_url=demo.start(), allow_private=True)
        asyncio.run(catalogue.refresh())
        assert {choice.upstream for choice in catalogue.model_list()} == {"house"}
        dead, house = catalogue.listings()
        assert "Dead" in dead.note
        assert house.note == ""

    def test_nobody_waits_for_a_slow_one(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:  # accepts the connection and sends nothing
            row(model_names=[], base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}", allow_private=True)
            asyncio.run(catalogue.refresh(wait_seconds=0.05))
            assert catalogue.model_list() == []
        asyncio.run(catalogue.refresh())  # the closed connection of the silent server counts as an answer
        assert catalogue.listings()[0].note

    def test_many_who_ask_at_once_ask_once(self):
        row(model_names=[], base_url=demo.start(), allow_private=True)

        async def all_at_once():
            await asyncio.gather(*(catalogue.refresh(force=True) for _ in range(20)))

        asyncio.run(all_at_once())
        assert len(catalogue.model_list()) == 2


def test_models_that_do_not_chat_are_left_out():
    names = ["gpt-4", "text-embedding-3", "whisper-1", "tts-1", "gpt-image-1"]
    assert discovery._that_chat(names) == ("gpt-4",)
    assert discovery._that_chat(["my-embedder"]) == ("my-embedder",)
