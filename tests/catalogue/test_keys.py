"""The row of an upstream: which values are refused, and where its key may be sent."""

import pytest
from django.core.exceptions import ValidationError

from chat import catalogue, vault
from chat.catalogue.entries import KeyUnreadableError
from chat.models import Upstream
from tests.catalogue.rows import KEY, row

pytestmark = pytest.mark.django_db


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
