"""A member's secret, from which reference tags and salts are made.

The same content under the same reference has the same bytes each time it is signed, so
that a lost answer, a lost journal or a second import never makes a second award.
Whoever lacks the secret can neither guess a number from its tag nor a value from its
digest.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

import orjson

from ledger.integrity import canonical
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import KeyMaterialError

_SECRET_BYTES: Final = 32
_SALT_BYTES: Final = 16
_SALTS: Final = b"skillbank salts v1"


class MemberSecret:
    """32 random bytes of one member. Lose them, and old references match no more."""

    __slots__ = ("_salts", "_secret", "member_id")

    def __init__(self, member_id: str, secret: bytes) -> None:
        """Derive the salts' own key, so that tags and salts never meet.

        Raises:
            KeyMaterialError: not 32 bytes.
        """
        if len(secret) != _SECRET_BYTES:
            raise KeyMaterialError(pointer="/secret")
        self.member_id = member_id
        self._secret = secret
        self._salts = hmac.digest(secret, _SALTS, hashlib.sha256)

    def __repr__(self) -> str:
        """Name the member only."""
        return f"MemberSecret({self.member_id!r})"

    @classmethod
    def generate(cls, member_id: str) -> "MemberSecret":
        """Draw a new secret."""
        return cls(member_id, secrets.token_bytes(_SECRET_BYTES))

    def to_json(self) -> bytes:
        """Return the secret's document. It is a secret."""
        document = {
            "member": self.member_id,
            "use": "reference",
            "secret": b64encode(self._secret),
        }
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)

    @classmethod
    def from_json(cls, raw: bytes) -> "MemberSecret":
        """Read a secret's document back.

        Raises:
            KeyMaterialError: not such a document.
        """
        try:
            document = orjson.loads(raw)
            if document["use"] != "reference":
                raise KeyMaterialError(pointer="/use")
            return cls(str(document["member"]), b64decode(document["secret"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            # Without the cause: it could quote the secret.
            raise KeyMaterialError from None

    def tag(self, reference: str) -> str:
        """Return the HMAC-SHA-256 of the member's own number, base64url."""
        tag = hmac.digest(self._secret, reference.encode(), hashlib.sha256)
        return b64encode(tag)

    def salt(self, subject: tuple[str | int, ...], name: str) -> str:
        """Return the salt of one disclosable value of one subject: 128 bits."""
        message = canonical.dumps([*subject, name])
        return b64encode(hmac.digest(self._salts, message, "sha256")[:_SALT_BYTES])

    def disclose(
        self, subject: tuple[str | int, ...], values: Mapping[str, object]
    ) -> tuple[Disclosure, ...]:
        """Return the disclosures of a subject's values, sorted by digest.

        Sorted, so that their order says nothing about which value is which.
        """
        made = (
            make_disclosure(name, value, salt=self.salt(subject, name))
            for name, value in values.items()
        )
        return tuple(sorted(made, key=lambda one: one.digest))
