"""From a ledger's name to the keys that its receipts must be signed with.

The name holds the hash of entry 0's payload, and entry 0 declares the keys: whoever
knows the name needs no other word for them. The checks, numbered in the code:

1. The bytes are entry 0.
2. Its payload has the hash in the name.
3. It founds a ledger of the name's origin, and is meant for it.
4. In it an operator admits itself.
5. The three keys are the operator's, each of its use, and it declared them.
6. It is signed with the first of them.

The bank's own rules ask the same of entry 0: what they would refuse pins nothing.
"""

import hashlib
from dataclasses import dataclass

from client.errors import AnotherLedgerError, LedgerNameError
from ledger.domain.errors import RejectionError
from ledger.domain.statements import read_statement
from ledger.domain.statements.members import DeclaredKey, Founding, MemberAdmitted
from ledger.domain.types import MemberKind
from ledger.integrity import canonical
from ledger.integrity.declarations import verify_declaration
from ledger.integrity.encoding import b64encode
from ledger.integrity.entries import read_entry
from ledger.integrity.errors import (
    EntryFormError,
    IntegrityError,
    KeyIdError,
    KeyUseError,
)
from ledger.integrity.jws import (
    STATEMENT_TYP,
    SignedBytes,
    read_jws,
    verify_jws,
)
from ledger.integrity.keys import KeyUse, PublicKey

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
        _check_founder(statement, origin=origin)  # 3, 4
        own, service, checkpoint = _declared_keys(statement, founding)  # 5
        if signed.kid != statement.body.key.kid:  # 6
            raise KeyIdError(pointer="/kid")
        verify_jws(signed, own)
        return Pin(
            ledger=ledger,
            origin=origin,
            operator=statement.iss,
            time_zone=founding.time_zone,
            checkpoint_key=checkpoint,
            service_key=service,
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


def _check_founder(statement: MemberAdmitted, *, origin: str) -> None:
    if statement.aud != origin:
        raise EntryFormError(pointer="/aud")
    if statement.body.kind is not MemberKind.OPERATOR:
        raise EntryFormError(pointer="/body/kind")
    if statement.iss != statement.body.member_id:
        raise EntryFormError(pointer="/body/member_id")


def _declared_keys(
    statement: MemberAdmitted, founding: Founding
) -> tuple[PublicKey, PublicKey, PublicKey]:
    def claimed(key: DeclaredKey, use: KeyUse) -> PublicKey:
        if key.use.value != use.value:
            raise KeyUseError(pointer="/use")
        return verify_declaration(
            key.model_dump(mode="json", exclude_none=True),
            member_id=statement.iss,
            audience=founding.origin,
        )

    return (
        claimed(statement.body.key, KeyUse.MEMBER),
        claimed(founding.service_key, KeyUse.SERVICE),
        claimed(founding.checkpoint_key, KeyUse.CHECKPOINT),
    )
