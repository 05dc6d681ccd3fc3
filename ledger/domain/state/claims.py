"""Claims: what learners handed in, and what came of it."""

from enum import StrEnum
from typing import ClassVar

from ledger.domain.state.record import Record


class ClaimStatus(StrEnum):
    """Where a claim stands."""

    FILED = "filed"
    RETURNED = "returned"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    AWARDED = "awarded"


class ClaimRecord(Record):
    """One claim: what it asks of whom, where it stands, and the award it ended in.

    ``tags`` are the keyed hashes of the certificate, if it was disclosed when filing.
    """

    kind: ClassVar[str] = "claims"
    key_fields: ClassVar[tuple[str, ...]] = ("claim_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("learner_id",),
        ("attester", "status"),
    )

    claim_id: str
    revision: int
    learner_id: str
    filed_by: str
    attester: str
    achievement: str
    status: ClaimStatus
    filed_on: str
    due_on: str | None
    missing_codes: tuple[str, ...] = ()
    award_id: str | None = None
    tags: tuple[str, ...] = ()
    position: int
