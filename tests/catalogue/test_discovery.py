"""Where an upstream's models come from when nobody has listed them."""

import asyncio
import socket

import pytest

from chat import catalogue, demo
from chat.catalogue import ModelChoice, discovery
from chat.models import Upstream
from tests.catalogue.rows import dead_address, row

pytestmark = pytest.mark.django_db


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
