"""What every statement carries around its body."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from ledger.domain.types import (
    Code,
    Digest,
    Instant,
    MemberId,
    Pseudonym,
    ShortText,
    StatementId,
    Wire,
)

Digests = Annotated[tuple[Digest, ...], Field(max_length=32)]


class Actor(Wire):
    """Who at the member acted: a pseudonym, never a name."""

    staff: Pseudonym
    role: Code
    authority: ShortText | None = None


class MandateBy(StrEnum):
    """Who gave the mandate."""

    LEARNER = "learner"
    GUARDIAN = "guardian"
    COLLECTIVE = "collective"


class MandateMethod(StrEnum):
    """How the mandate was given."""

    OIDC = "oidc"
    WEBAUTHN = "webauthn"
    ESIGN = "esign"
    PAPER = "paper"


class Mandate(Wire):
    """The learner's will behind a statement that a member signs for them."""

    by: MandateBy
    method: MandateMethod
    proof: Digest
    notice_version: Code
    at: Instant


class Body(Wire):
    """The body of a statement; a subclass per type."""


class DisclosingBody(Body):
    """A body some of whose values are disclosed to the bank only.

    ``_sd`` holds the salted digests in place of the values (after RFC 9901);
    ``disclosable`` names the values that may be disclosed.
    """

    disclosable: ClassVar[frozenset[str]]

    sd: Digests = Field(default=(), alias="_sd")


class Statement(Wire):
    """What one member signs. ``iat`` and ``exp`` bound its use, not its content."""

    type: str
    id: StatementId
    iss: MemberId
    aud: Annotated[str, Field(min_length=1, max_length=300)]
    iat: Instant
    exp: Instant
    actor: Actor
    mandate: Mandate | None = None
    body: Body
