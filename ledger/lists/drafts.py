"""Checked statements that have no place in the log yet."""

import hashlib
from typing import Final, NamedTuple

from ledger.domain.statements import recognise
from ledger.domain.statements.agreements import PolicyPublished, RuleProposed
from ledger.domain.statements.awards import CreditAwarded
from ledger.domain.statements.envelope import Statement
from ledger.integrity import canonical
from ledger.integrity.disclosures import Disclosure
from ledger.integrity.encoding import b64encode

HASHED: Final = (CreditAwarded, RuleProposed, PolicyPublished)
"""Statements whose body others compare or name by its hash."""


class Draft(NamedTuple):
    """One checked statement that has no place in the log yet.

    ``member_bytes`` go into the log verbatim: the JWS, or a batch line's statement.
    ``payload_hash`` and ``body_hash`` are base64url SHA-256; the latter only of awards,
    rules and policies. ``shown`` are values that other statements disclosed before.
    """

    member_bytes: bytes
    statement: Statement
    kid: str
    payload_hash: str
    body_hash: str
    disclosures: tuple[Disclosure, ...] = ()
    shown: tuple[Disclosure, ...] = ()
    tags: tuple[str, ...] = ()


class Said(NamedTuple):
    """A statement as it was read, and the hash of its body where others need it."""

    statement: Statement
    body_hash: str


def recognised(payload: bytes) -> Said | None:
    """Read a statement at once, if it has the one plain spelling of its type."""
    known = recognise(payload) if len(payload) <= canonical.BYTES_MAX else None
    if known is None:
        return None
    hashed = isinstance(known.statement, HASHED)
    return Said(known.statement, hash_text(known.body) if hashed else "")


def hash_text(data: bytes) -> str:
    """Return the SHA-256 of the bytes, base64url without padding."""
    return b64encode(hashlib.sha256(data).digest())
