"""Secrets at rest: the key ring opens what one of its keys has sealed, and nothing else does."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import vault

OLD, NEW = "old key " * 5, "new key " * 5
CONTEXT = "chat_upstream:1:sealed_key"


@pytest.fixture(autouse=True)
def _ring(settings):
    settings.ENCRYPTION_KEYS = [OLD]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_is_opened(plaintext):
    assert vault.unseal(vault.seal(plaintext, CONTEXT), CONTEXT) == plaintext


def test_the_sealed_text_tells_nothing_and_is_never_the_same():
    sealed = vault.seal("sk-secret", CONTEXT)
    assert "secret" not in sealed
    assert sealed.isascii()
    assert sealed != vault.seal("sk-secret", CONTEXT)


def test_another_context_does_not_open_it():
    sealed = vault.seal("sk-secret", CONTEXT)
    with pytest.raises(vault.VaultError):
        vault.unseal(sealed, "chat_upstream:2:sealed_key")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(settings):
    sealed_before = vault.seal("sk-secret", CONTEXT)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    sealed_after = vault.seal("sk-secret", CONTEXT)
    assert vault.unseal(sealed_before, CONTEXT) == "sk-secret"
    settings.ENCRYPTION_KEYS = [NEW]
    assert vault.unseal(sealed_after, CONTEXT) == "sk-secret"
    with pytest.raises(vault.VaultError, match="ENCRYPTION_KEYS"):
        vault.unseal(sealed_before, CONTEXT)


@pytest.mark.parametrize("damaged", ["", "v1.", "v1.AAAA", "v2.AAAA", "plain text", "v1.%%%%", "v1.\N{SNOWMAN}"])
def test_what_is_no_sealed_text_is_refused(damaged):
    with pytest.raises(vault.VaultError) as caught:
        vault.unseal(damaged, CONTEXT)
    assert damaged == "" or damaged not in str(caught.value)


def test_each_changed_byte_is_noticed():
    sealed = base64.urlsafe_b64decode(vault.seal("sk-secret", CONTEXT)[len("v1.") :])
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(vault.VaultError):
            vault.unseal("v1." + base64.urlsafe_b64encode(changed).decode(), CONTEXT)


def test_without_any_key_the_error_says_what_to_set(settings):
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(vault.VaultError, match="Set ENCRYPTION_KEYS"):
        vault.seal("sk-secret", CONTEXT)
