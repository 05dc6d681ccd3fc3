"""A rule or policy version as its author signed it, proven, with its own digest.

What one agrees to is never what a bank shows: it is read from the log's own bytes,
which the ledger's name proves, and its digest is worked out here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from client.bank import Bank
from client.errors import BankFaultError, NoSuchVersionError
from ledger.domain.errors import RejectionError
from ledger.domain.language.shapes import RuleTerms
from ledger.domain.statements import read_statement
from ledger.domain.statements.agreements import PolicyPublished, RuleProposed
from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One version: its name, its digest, and what it says."""

    name: str
    digest: str
    terms: RuleTerms
    position: int


def digest_of(body: Mapping[str, object]) -> str:
    """Return the digest by which a version is agreed to."""
    return b64encode(hashlib.sha256(canonical.dumps(body)).digest())


def read_rule(bank: Bank, name: str) -> Proposal:
    """Return a rule version from the entry that proposed it.

    Raises:
        BankRefusedError: there is no such version.
        BankFaultError: the entry is not its proposal, or the digest is another.
    """
    head = bank.rule(name)
    payload = _payload(bank, head.position)
    statement = _statement(payload, "rule.proposed.v1")
    if not isinstance(statement, RuleProposed):
        raise BankFaultError(found=f"entry {head.position} proposes no rule")
    body = statement.body
    digest = digest_of(_body(payload))
    if (f"{statement.iss}/{body.code}@{body.version}", digest) != (name, head.digest):
        raise BankFaultError(found=f"entry {head.position} is not {name}")
    return Proposal(name=name, digest=digest, terms=body.terms, position=head.position)


def read_policy(bank: Bank, name: str) -> str:
    """Return the digest of a policy version from the entry that published it.

    Raises:
        NoSuchVersionError: the bank lists no such version.
        BankFaultError: the entry is not its publication.
    """
    head = next((one for one in bank.policies() if one.policy == name), None)
    if head is None:
        raise NoSuchVersionError(name=name)
    payload = _payload(bank, head.position)
    statement = _statement(payload, "policy.published.v1")
    if not isinstance(statement, PolicyPublished):
        raise BankFaultError(found=f"entry {head.position} publishes no policy")
    body = statement.body
    if f"{statement.iss}/{body.code}@{body.version}" != name:
        raise BankFaultError(found=f"entry {head.position} is not {name}")
    return digest_of(_body(payload))


def _payload(bank: Bank, position: int) -> bytes:
    entry, _ = bank.proof(position).verify(ledger=bank.ledger)
    if entry.line.batch is not None:
        return entry.member_bytes
    try:
        return read_jws(entry.member_bytes, typ=STATEMENT_TYP).payload
    except IntegrityError as error:
        raise BankFaultError(found=f"entry {position} is no statement") from error


def _statement(payload: bytes, type_name: str) -> object:
    try:
        return read_statement(payload, type_name=type_name)
    except RejectionError as error:
        raise BankFaultError(found=error.code) from error


def _body(payload: bytes) -> Mapping[str, object]:
    value = canonical.loads(payload)
    body = value.get("body") if isinstance(value, dict) else None
    return body if isinstance(body, dict) else {}
