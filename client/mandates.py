"""Proves a mandate by the document it was given in, which nobody has to store.

What is signed is a salted digest (``docs/spec/mandate.md``). Whoever has the document
and its opening can show that they belong together; whoever has the digest alone can
neither read the document nor try out guesses.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Annotated, Final

import orjson
from pydantic import Field, ValidationError

from client.errors import MandateDiffersError, StatementFileError
from ledger.domain.statements.envelope import Mandate, MandateBy, MandateMethod
from ledger.domain.types import Wire
from ledger.integrity.disclosures import make_disclosure
from ledger.integrity.encoding import b64encode

_NAME: Final = "mandate"
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Who gave a mandate, how, after reading which notice, and when."""

    by: MandateBy
    method: MandateMethod
    notice_version: str
    at: str


class SealedMandate(Wire):
    """A mandate with the salt that opens its proof. Keep it with the document."""

    mandate: Mandate
    salt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22,128}$")]

    def to_json(self) -> bytes:
        """Return the file to keep."""
        shown = self.model_dump(mode="json")
        return orjson.dumps(shown, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def proof_of(document: bytes, *, given: Given, salt: str) -> str:
    """Return the salted digest that a document and its circumstances have.

    Raises:
        MalformedDisclosureError: the salt has less than 128 bits of base64url.
    """
    value = {
        "at": given.at,
        "by": given.by.value,
        "document": b64encode(hashlib.sha256(document).digest()),
        "method": given.method.value,
        "notice_version": given.notice_version,
    }
    return make_disclosure(_NAME, value, salt=salt).digest


def seal_mandate(
    document: bytes, *, given: Given, salt: str | None = None
) -> SealedMandate:
    """Return the mandate that a document proves, under a new salt.

    Raises:
        ValidationError: a field of the mandate has no legal value.
    """
    drawn = salt or b64encode(secrets.token_bytes(_SALT_BYTES))
    proof = proof_of(document, given=given, salt=drawn)
    while salt is None and proof.startswith("-"):
        # Whoever gives it to a command would give it an option.
        drawn = b64encode(secrets.token_bytes(_SALT_BYTES))
        proof = proof_of(document, given=given, salt=drawn)
    mandate = Mandate(
        by=given.by,
        method=given.method,
        proof=proof,
        notice_version=given.notice_version,
        at=given.at,
    )
    return SealedMandate(mandate=mandate, salt=drawn)


def read_sealed(raw: bytes) -> SealedMandate:
    """Read what was kept.

    Raises:
        StatementFileError: it is nothing of the kind.
    """
    try:
        return SealedMandate.model_validate_json(raw)
    except ValidationError as error:
        field = "/".join(map(str, error.errors()[0]["loc"])) or "its form"
        wanted = "what `skillbank mandate seal` wrote"
        raise StatementFileError(wanted=wanted, found=field) from None


def read_mandate(raw: bytes) -> Mandate:
    """Read a mandate, with or without its opening.

    Raises:
        StatementFileError: the bytes hold none.
    """
    try:
        if "mandate" in _object(raw):
            return SealedMandate.model_validate_json(raw).mandate
        return Mandate.model_validate_json(raw)
    except ValidationError as error:
        field = "/".join(map(str, error.errors()[0]["loc"])) or "its form"
        raise StatementFileError(wanted="a mandate", found=field) from None


def _object(raw: bytes) -> dict[str, object]:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def verify_document(document: bytes, sealed: SealedMandate) -> None:
    """Check that a document, with this opening, is what the kept mandate proves.

    Raises:
        MandateDiffersError: another document, salt, or other circumstances.
    """
    mandate = sealed.mandate
    given = Given(
        by=mandate.by,
        method=mandate.method,
        notice_version=mandate.notice_version,
        at=mandate.at,
    )
    if proof_of(document, given=given, salt=sealed.salt) != mandate.proof:
        raise MandateDiffersError(found="the document or its opening is another one")


def verify_mandate(
    document: bytes, sealed: SealedMandate, *, stated: Mandate | str
) -> None:
    """Check that a document is the one a statement's mandate, or a proof, stands for.

    Raises:
        MandateDiffersError: it is not.
    """
    verify_document(document, sealed)
    known = sealed.mandate if isinstance(stated, Mandate) else sealed.mandate.proof
    if known != stated:
        raise MandateDiffersError(found="the statement names another mandate")
