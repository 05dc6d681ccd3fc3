"""Claims on their way: builders for a learner who hands in a certificate.

North is the learner's home and files; South is asked to attest.
"""

from typing import Final

from ledger.domain.state import ClaimRecord
from tests.builders import (
    LEARNER,
    MANDATE,
    OTHER,
    SCHOOL,
    Body,
    Ledger,
    award_of,
    opened,
)
from tests.scenario.agreements import number
from tests.scenario.cases import OUTSIDE_PUBLISHED, TAG, attested

CLAIM: Final = number(90)
OUTSIDE: Final = f"{SCHOOL}/X-1@1"


def filing(**changes: object) -> Body:
    """Return the body of a claim of an outside certificate."""
    body = {"claim_id": CLAIM, "learner_id": LEARNER, "attester": OTHER}
    return {**body, "achievement": OUTSIDE, **changes}


def lacking(revision: int = 0, **changes: object) -> Body:
    """Return the body that sends a claim back."""
    body = {"claim_id": CLAIM, "revision": revision, "missing": "请补交证书原件"}
    return {**body, "missing_codes": ["certificate", "identity"], **changes}


def refusing(revision: int = 0, **changes: object) -> Body:
    """Return the body that refuses a claim."""
    body = {"claim_id": CLAIM, "revision": revision}
    return {**body, "reason_code": "not_verifiable", **changes}


def taking_back(claim_id: str = CLAIM) -> Body:
    """Return the body that takes a claim back."""
    return {"claim_id": claim_id, "reason_code": "at_own_request"}


def answer(claim_id: object = CLAIM, name: object = "one", **changes: object) -> Body:
    """Return the body of the award that a claim ends in."""
    named = {"claim": claim_id, "reference_tag": str(name).ljust(43, "o")[:43]}
    return attested(**{**named, **changes})


def standing(mode: str = "self") -> Ledger:
    """Return a ledger with an outside certificate in the catalogue."""
    ledger = opened(mode)
    iss, type_name, body = OUTSIDE_PUBLISHED
    ledger.say(iss, type_name, body=body)
    return ledger


def file(ledger: Ledger, *, iss: object = SCHOOL, **changes: object) -> None:
    """File a claim for the learner."""
    more = {name: changes.pop(name) for name in ("at", "tags") if name in changes}
    body = filing(**changes)
    ledger.say(str(iss), "claim.filed.v1", body=body, mandate=MANDATE, **more)


def filed() -> Ledger:
    """Return a ledger with a claim that waits for its attester."""
    ledger = standing()
    file(ledger)
    return ledger


def returned() -> Ledger:
    """Return a ledger with a claim that was sent back."""
    ledger = filed()
    ledger.say(OTHER, "claim.returned.v1", body=lacking())
    return ledger


def ended() -> Ledger:
    """Return a ledger with a claim that was refused."""
    ledger = filed()
    ledger.say(OTHER, "claim.refused.v1", body=refusing())
    return ledger


def attest(
    ledger: Ledger,
    claim_id: str = CLAIM,
    *,
    iss: str = OTHER,
    tag: str = TAG,
    **changes: object,
) -> None:
    """Award what was claimed."""
    body = answer(claim_id, **changes)
    ledger.say(iss, "credit.awarded.v1", body=body, tags=(tag,))


def awarded(name: str = "one", *, member: str = OTHER) -> str:
    """Return the id of the award that a claim ends in."""
    return award_of(name, member=member)


def claim_of(ledger: Ledger, claim_id: str = CLAIM) -> ClaimRecord:
    """Return a claim that must be there."""
    record = ledger.state.find(ClaimRecord, claim_id)
    assert record is not None
    return record
