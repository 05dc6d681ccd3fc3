"""Statements to knock with: good ones, and ones changed before they are signed."""

from typing import Final

from ledger.domain.errors.statements import InvalidStatementError
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.integrity.jws import STATEMENT_TYP, sign_jws
from tests.bank import SCHOOL, Bank

SALT: Final = "A" * 22
SCORE: Final = make_disclosure("score", "87.5", salt=SALT)


def fault_of(error: InvalidStatementError) -> tuple[str, str]:
    """Return pointer and code of the only fault."""
    (fault,) = error.errors
    return fault.pointer, fault.code


def awarded(bank: Bank, **changes: object) -> dict[str, object]:
    """Return a statement of an award whose body has changes."""
    return bank.award("intake", **changes)


def signed_text(bank: Bank, text: bytes) -> bytes:
    """Return any payload under the school's good signature."""
    return sign_jws(bank.keys[SCHOOL], text, typ=STATEMENT_TYP)


def disclosing(bank: Bank, *shown: Disclosure) -> bytes:
    """Return an award that discloses."""
    body = {"_sd": [one.digest for one in shown]}
    return bank.sign(awarded(bank, **body), disclosures=shown)
