"""Encrypts secrets for the database and decrypts them. The only room that encrypts.

A key ring from settings.ENCRYPTION_KEYS: the first key seals, every key opens, so a new key is put in front, and the old
one stays behind it until every secret has been entered again. Each key is stretched with HKDF (RFC 5869) into an AES-256-GCM
key. The context, such as "chat_upstream:3:sealed_key", is authenticated: a sealed text moved to another row stays shut.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK = "v1."
_NONCE_BYTES = (
    12  # the size that AES-GCM is designed for; random nonces suffice because each key seals far fewer than 2**32 texts
)


class VaultError(Exception):
    """A sealed text that no key of the ring opens; str() says what to do."""


def seal(plaintext: str, context: str) -> str:
    """The plaintext, encrypted for this context: ASCII text, different at each call."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_ring()[0]).encrypt(nonce, plaintext.encode(), context.encode())
    return _MARK + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(sealed: str, context: str) -> str:
    """The plaintext that was sealed for this context. Raises VaultError if no key opens it."""
    nonce, ciphertext = _read(sealed)
    for key in _ring():
        try:
            return AESGCM(key).decrypt(nonce, ciphertext, context.encode()).decode()
        except InvalidTag:
            continue
    raise VaultError(
        "A stored secret cannot be opened with the present encryption key. Put the earlier key behind the new one in "
        "ENCRYPTION_KEYS (or restore encryption.key in the data folder from your backup), or enter the secret again."
    )


def _read(sealed: str) -> tuple[bytes, bytes]:
    try:
        if not sealed.startswith(_MARK):
            raise ValueError
        data = base64.b64decode(sealed[len(_MARK) :].encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise VaultError("A stored secret is damaged. Enter it again.") from error
    return data[:_NONCE_BYTES].ljust(_NONCE_BYTES, b"\0"), data[_NONCE_BYTES:]


def _ring() -> list[bytes]:
    ring = [
        HKDF(SHA256(), length=32, salt=None, info=b"parley vault v1").derive(key.encode())
        for key in settings.ENCRYPTION_KEYS
    ]
    if not ring:
        raise VaultError("There is no encryption key. Set ENCRYPTION_KEYS to at least one long random key.")
    return ring
