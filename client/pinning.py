"""From a ledger's name to the keys that its receipts must be signed with.

The name holds the hash of entry 0's payload, and entry 0 declares the keys: whoever
knows the name needs no other word for them. The checks, numbered in the code:

1. The bytes are entry 0.
2. Its payload has the hash in the name.
3. It admits an operator and founds a ledger of the name's origin.
4. It is signed with the key that it declares.
5. The checkpoint and the service key are sound, and their holder declared them.
"""

import hashlib
from dataclasses import dataclass

from client.errors import AnotherLedgerError, LedgerNameError
from ledger.domain.errors import RejectionError
from ledger.domain.statements import read_statement
from ledger.domain.statements.members import DeclaredKey, Founding, MemberAdmitted
from ledger.integrity import canonical
from ledger.integrity.declarations import verify_declaration
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import read_entry
from ledger.integrity.errors import EntryFormError, IntegrityError
from ledger.integrity.jws import (
    STATEMENT_TYP,
    SignedBytes,
    read_jws,
    verify_jws,
)
from ledger.integrity.keys import PublicKey

_HASH_CHARACTERS = 43


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What a ledger's name proves."""

    ledger: str
    origin: str
    operator: str
    time_zone: str
    checkpoint_key: PublicKey
    service_key: PublicKey


def split_name(ledger: str) -> tuple[str, str]:
    """Return origin and hash of a ledger's name.

    Raises:
        LedgerNameError: not ``<origin>#<43 characters>``.
    """
    origin, _, digest = ledger.rpartition("#")
    if not origin or len(digest) != _HASH_CHARACTERS:
        raise LedgerNameError(name=ledger)
    return origin, digest


def pin(entry: bytes, *, ledger: str) -> Pin:
    """Return what a ledger's name proves, given its entry 0.

    Raises:
        LedgerNameError: not a ledger's name.
        AnotherLedgerError: these bytes do not found the ledger of that name.
    """
    origin, digest = split_name(ledger)
    try:
        signed = _read_first(entry)  # 1
        found = b64encode(hashlib.sha256(signed.payload).digest())
        if found != digest:  # 2
            raise AnotherLedgerError(
                ledger=ledger, found="the hash of its entry 0 differs"
            )
        statement, founding = _read_founding(signed)
        if founding.origin != origin:  # 3
            raise AnotherLedgerError(ledger=ledger, found=f"it is {founding.origin}")
        key = _claimed(statement.body.key, audience=origin)
        verify_jws(signed, key)  # 4
        return Pin(
            ledger=ledger,
            origin=origin,
            operator=statement.iss,
            time_zone=founding.time_zone,
            checkpoint_key=_claimed(founding.checkpoint_key, audience=origin),  # 5
            service_key=_claimed(founding.service_key, audience=origin),
        )
    except (IntegrityError, RejectionError) as error:
        raise AnotherLedgerError(ledger=ledger, found=error.code) from error


def _read_first(entry: bytes) -> SignedBytes:
    first = read_entry(entry)
    if first.line.position != 0:
        raise EntryFormError(pointer="/position")
    return read_jws(first.member_bytes, typ=STATEMENT_TYP)


def _read_founding(signed: SignedBytes) -> tuple[MemberAdmitted, Founding]:
    value = canonical.loads(signed.payload)
    type_name = value.get("type") if isinstance(value, dict) else None
    statement = read_statement(signed.payload, type_name=type_name)
    if not isinstance(statement, MemberAdmitted) or statement.body.founding is None:
        raise EntryFormError(pointer="/type")
    return statement, statement.body.founding


def _claimed(key: DeclaredKey, *, audience: str) -> PublicKey:
    declaration = key.model_dump(mode="json", exclude_none=True)
    member_id = key.kid.partition("#")[0]
    return verify_declaration(declaration, member_id=member_id, audience=audience)
