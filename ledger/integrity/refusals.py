"""Signed refusals: evidence against a bank that refuses silently."""

from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ledger.integrity import canonical
from ledger.integrity.encoding import HASH_PATTERN
from ledger.integrity.errors import RefusalError
from ledger.integrity.jws import REFUSAL_TYP, read_jws, sign_jws, verify_jws
from ledger.integrity.keys import PublicKey, SigningKey

BEFORE_ENTRY_0: Final = -1
"""The position that was decided at when the log was empty."""

POINTER_CHARACTERS_MAX: Final = 512
"""A longer pointer is cut: whoever sent the statement chose the names in it."""


def _cut(pointer: str) -> str:
    return pointer[:POINTER_CHARACTERS_MAX]


_Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
_Position = Annotated[int, Field(ge=BEFORE_ENTRY_0, lt=2**53)]


class _Signed(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class RefusedFault(_Signed):
    """One fault. ``line`` counts the lines of a batch from 0; absent for a single."""

    code: _Code
    pointer: Annotated[str, AfterValidator(_cut)]
    line: Annotated[int, Field(ge=0, lt=1000)] | None = None


class Refusal(_Signed):
    """What the bank signs when it refuses: what, why, and having seen how much.

    ``code`` is that of the first error. ``payload_hash`` is base64url SHA-256 of the
    payload that was refused, ``at`` when, ``decided_at_position`` the newest entry.
    """

    iss: str
    id: str
    payload_hash: Annotated[str, Field(pattern=HASH_PATTERN)]
    errors: Annotated[tuple[RefusedFault, ...], Field(min_length=1, max_length=1000)]
    code: str = Field(default_factory=lambda given: str(given["errors"][0].code))
    decided_at_position: _Position
    at: str

    @model_validator(mode="after")
    def _code_is_the_first(self) -> Self:
        if self.code != self.errors[0].code:
            message = "code is that of the first error"
            raise ValueError(message)
        return self


def sign_refusal(refusal: Refusal, key: SigningKey) -> str:
    """Return the refusal as a JWS by the bank's service key.

    Of a batch with very many faulty lines it names the first ones: as many as fit
    into the 32 KiB of a payload when their number is halved until they do.

    Raises:
        KeyUseError: the key is not for the bank's own statements.
    """
    content = refusal.model_dump(mode="json", exclude_none=True)
    payload = canonical.dumps(content)
    while len(payload) > canonical.BYTES_MAX:
        content["errors"] = content["errors"][: len(content["errors"]) // 2]
        payload = canonical.dumps(content)
    return sign_jws(key, payload, typ=REFUSAL_TYP).decode("ascii")


def read_refusal(token: str, *, key: PublicKey) -> Refusal:
    """Read a refusal and verify that the bank signed it.

    Raises:
        IntegrityError: not a JWS of a refusal, or not signed by this key.
        RefusalError: its payload has another form.
    """
    # A lone surrogate stays a fault of the token: base64url refuses its bytes.
    signed = read_jws(token.encode("utf-8", "surrogatepass"), typ=REFUSAL_TYP)
    verify_jws(signed, key)
    canonical.loads_canonical(signed.payload)
    try:
        return Refusal.model_validate_json(signed.payload)
    except ValidationError as error:
        raise RefusalError from error
