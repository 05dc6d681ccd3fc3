"""The claim that an award answers: open, of this learner, for this achievement."""

from collections.abc import Iterable
from typing import Final

from ledger.domain.errors import claims as errors
from ledger.domain.rules.act import Act
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import AchievementRecord, ClaimRecord, ClaimStatus, Slice
from ledger.domain.statements.awards import Basis, CreditAwarded

OPEN: Final = frozenset({ClaimStatus.FILED, ClaimStatus.RETURNED})
"""Where a claim can still come to an end."""


def known_claim(state: Slice, claim_id: str, *, pointer: str) -> ClaimRecord:
    """Return a claim.

    Raises:
        UnknownClaimError: never filed.
    """
    record = state.find(ClaimRecord, claim_id)
    if record is None:
        raise errors.UnknownClaimError(pointer=pointer)
    return record


def check_attester(record: ClaimRecord, *, state: Slice, iss: str) -> None:
    """Check that a member is the one asked to attest, or its successor.

    Raises:
        NotTheAttesterError: it is not.
    """
    if not answers_for(state, iss=iss, member_id=record.attester):
        raise errors.NotTheAttesterError(pointer="/iss")


def check_state(
    record: ClaimRecord, statuses: Iterable[ClaimStatus], *, pointer: str
) -> None:
    """Check that a claim is in one of these states.

    Raises:
        ClaimStateError: in another one.
    """
    if record.status not in statuses:
        raise wrong_state(record, pointer=pointer)


def wrong_state(record: ClaimRecord, *, pointer: str) -> errors.ClaimStateError:
    """Return the refusal that tells where a claim stands."""
    return errors.ClaimStateError(
        pointer=pointer, status=record.status.value, revision=record.revision
    )


def changed(record: ClaimRecord, **changes: object) -> ClaimRecord:
    """Return a claim with some fields changed."""
    return ClaimRecord(**{**dict(record), **changes})


def check_claim(
    act: Act[CreditAwarded], state: Slice, *, version: AchievementRecord
) -> None:
    """Check that an award is what the claim that it names asks for.

    Raises:
        UnknownClaimError: no such claim.
        NotTheAttesterError: another member was asked.
        ClaimStateError: the claim has ended.
        ClaimDiffersError: another learner, achievement, basis or certificate.
    """
    body = act.statement.body
    if body.claim is None:
        return
    record = known_claim(state, body.claim, pointer="/body/claim")
    check_attester(record, state=state, iss=act.statement.iss)
    check_state(record, OPEN, pointer="/body/claim")
    learners = {one.learner_id for one in accounts_of(state, record.learner_id)}
    # An outside certificate is attested; only what is the attester's own is issued.
    basis = Basis.ISSUED if version.scheme is None else Basis.ATTESTED
    for field, same in (
        ("learner_id", body.learner_id in learners),
        ("achievement", body.achievement == record.achievement),
        ("basis", body.basis is basis),
        ("_sd", not record.tags or set(record.tags) == set(act.tags)),
    ):
        if not same:
            raise errors.ClaimDiffersError(pointer=f"/body/{field}", field=field)


def closed_claim(
    act: Act[CreditAwarded], state: Slice, *, award: str
) -> Iterable[ClaimRecord]:
    """Return the claim that an award ends, if it names one."""
    claim_id = act.statement.body.claim
    if claim_id is not None:
        yield changed(
            present(state, ClaimRecord, key=claim_id),
            status=ClaimStatus.AWARDED,
            due_on=None,
            missing_codes=(),
            award_id=award,
        )
