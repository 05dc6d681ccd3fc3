"""The vault's keys: all derived from one master key, except each learner's own.

A learner's key is random and stored wrapped; destroying it makes every value of the
learner unreadable, in every copy that does not hold the wrapped key itself.
"""

import os
import unicodedata
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


class MasterKeyError(Exception):
    """The master key is not 32 bytes, or is not the one this vault was made with."""


class SealBrokenError(Exception):
    """A sealed value was changed, or moved to another learner or statement."""


class VaultKeys:
    """Wraps learners' keys, hashes what is searched for, tags certificates."""

    def __init__(self, master_key: bytes) -> None:
        """Derive one key per purpose.

        Raises:
            MasterKeyError: not 32 bytes.
        """
        if len(master_key) != KEY_BYTES:
            raise MasterKeyError
        self._wrap = AESGCM(_derive(master_key, b"wrap"))
        self._search = _derive(master_key, b"search")
        self._tags = _derive(master_key, b"certificate-tags")
        self.check_value = _derive(master_key, b"check")

    def new_learner_key(self, learner_id: str) -> bytes:
        """Return a new key for a learner, wrapped."""
        return seal(self._wrap, os.urandom(KEY_BYTES), context=learner_id.encode())

    def unwrap(self, learner_id: str, wrapped: bytes) -> bytes:
        """Return a learner's key.

        Raises:
            SealBrokenError: it was changed, or is another learner's.
        """
        return unseal(self._wrap, wrapped, context=learner_id.encode())

    def search_hash(self, *, iss: str, field: str, value: str) -> str:
        """Return what a member's own learner is found by."""
        normal = normalised(value)
        return _hmac(self._search, canonical.dumps([iss, field, normal]))

    def certificate_tag(self, certificate: Mapping[str, object]) -> str:
        """Return the keyed hash of an outside certificate, however it is spelled."""
        parts = {name: normalised(str(value)) for name, value in certificate.items()}
        return _hmac(self._tags, canonical.dumps(parts))


def normalised(text: str) -> str:
    """Return text without the differences that typing makes.

    Full width becomes half width, letters small; spaces and hyphens go.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(
        letter
        for letter in folded
        if unicodedata.category(letter) not in {"Zs", "Pd", "Cc", "Cf"}
    )


def seal(cipher: AESGCM, plain: bytes, *, context: bytes) -> bytes:
    """Encrypt for one context: nonce, then ciphertext with its tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, context)


def unseal(cipher: AESGCM, sealed: bytes, *, context: bytes) -> bytes:
    """Decrypt what was sealed for this context.

    Raises:
        SealBrokenError: it was changed, or sealed for another.
    """
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise SealBrokenError
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag as error:
        raise SealBrokenError from error


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    info = b"skillbank-vault-v1/" + purpose
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(master_key)


def _hmac(key: bytes, data: bytes) -> str:
    code = HMAC(key, SHA256())
    code.update(data)
    return b64encode(code.finalize())
