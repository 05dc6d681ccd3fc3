"""Signed refusals: evidence against a bank that refuses silently."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.integrity import canonical
from ledger.integrity.errors import JwsFormError
from ledger.integrity.jws import REFUSAL_TYP, read_jws, sign_jws, verify_jws
from ledger.integrity.keys import PublicKey, SigningKey


class RefusedFault(BaseModel):
    """One fault. ``line`` counts the lines of a batch from 0."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    code: str
    pointer: str
    line: int | None = None


class Refusal(BaseModel):
    """What the bank signs when it refuses: what, why, and having seen how much."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    iss: str
    id: str
    payload_hash: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    errors: Annotated[tuple[RefusedFault, ...], Field(min_length=1)]
    decided_at_position: Annotated[int, Field(ge=-1)]
    at: str


def sign_refusal(refusal: Refusal, key: SigningKey) -> str:
    """Return the refusal as a JWS by the bank's service key."""
    payload = canonical.dumps(refusal.model_dump(exclude_none=True))
    return sign_jws(key, payload, typ=REFUSAL_TYP).decode("ascii")


def read_refusal(token: str, *, key: PublicKey) -> Refusal:
    """Read a refusal and verify that the bank signed it.

    Raises:
        IntegrityError: it did not, or it is not a refusal.
    """
    signed = read_jws(token.encode(), typ=REFUSAL_TYP)
    verify_jws(signed, key)
    try:
        return Refusal.model_validate_json(signed.payload)
    except ValidationError as error:
        raise JwsFormError from error
