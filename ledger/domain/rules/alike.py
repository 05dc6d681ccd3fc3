"""What the awards of one list have in common: judged once, and kept.

A school posts results line by line: the same achievement, credits and date, each time
for another learner. What follows from those alone, and from what all members share, is
worked out once for all of them. If any of it would refuse an award, each is judged on
its own, in order of precedence.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.domain.errors import RejectionError
from ledger.domain.errors import awards as errors
from ledger.domain.errors import catalogue as catalogue_errors
from ledger.domain.language.dates import add_months
from ledger.domain.rules.act import Act
from ledger.domain.rules.catalogue import check_level, check_term
from ledger.domain.rules.dates import check_dates, check_past
from ledger.domain.rules.envelope import answers_for
from ledger.domain.state import AchievementRecord, LotRecord, Root, Slice
from ledger.domain.statements.awards import Basis, CreditAwarded, CreditAwardedBody
from ledger.domain.types import credits_milli
from ledger.making import maker, remaker

_new_lot: Final = maker(LotRecord)
_new_root: Final = maker(Root)
_in_common: Final = attrgetter(
    "achievement",
    "basis",
    "credits",
    "passed",
    "workload",
    "level",
    "term",
    "learned_from",
    "learned_to",
    "assessed_on",
    "valid_until",
    "verification",
    "revision",
)
_OWN: Final = ("award_id", "learner_id", "position", "body_hash", "roots", "digests")


class Alike(NamedTuple):
    """What awards have in common that nothing in common refuses."""

    version: AchievementRecord
    new_lot: Callable[..., LotRecord]
    """Makes their lots, of what each has of its own."""


def alike(act: Act[CreditAwarded], state: Slice) -> Alike | None:
    """Return what an award has in common with others, None if it is judged alone."""
    key = (
        "award",
        act.statement.iss,
        act.kid,
        act.recorded_at,
        act.recorded_on,
        _in_common(act.statement.body),
    )
    return state.once(key, lambda shared: _alike(act, shared))


def _alike(act: Act[CreditAwarded], shared: Slice) -> Alike | None:
    body = act.statement.body
    try:
        version = check_named(body, shared)
        check_right(act.statement, version, state=shared)
        check_result(body, version, today=act.recorded_on)
    except RejectionError:
        return None
    if version.retired:
        # Whether it corrects an earlier one is a question about another lot.
        return None
    return Alike(version, lots_like(act, version))


def check_named(body: CreditAwardedBody, state: Slice) -> AchievementRecord:
    """Check what an award names; return the version of its achievement.

    Raises:
        UnknownFrameworkError: and the other errors of ``check_level``.
        UnknownCalendarError: and the other errors of ``check_term``.
        UnknownAchievementError: never published.
    """
    check_level(body.level, state)
    check_term(body.term, state)
    return known_version(state, body.achievement)


def known_version(state: Slice, ref: str) -> AchievementRecord:
    """Return the version of the achievement that a statement names.

    Raises:
        UnknownAchievementError: never published.
    """
    version = state.find(AchievementRecord, ref)
    if version is None:
        raise catalogue_errors.UnknownAchievementError(pointer="/body/achievement")
    return version


def check_right(
    statement: CreditAwarded, version: AchievementRecord, *, state: Slice
) -> None:
    """Check that the issuer may award this achievement on this basis.

    Raises:
        NotOwnAchievementError: issued, but another's.
        NotAnOutsideAchievementError: attested, but of no outside scheme.
        AttestedWithoutVerificationError: attested, but it does not say how.
    """
    body = statement.body
    if body.basis is Basis.ISSUED:
        if not answers_for(state, iss=statement.iss, member_id=version.owner):
            raise errors.NotOwnAchievementError(pointer="/body/achievement")
        return
    if version.scheme is None:
        raise errors.NotAnOutsideAchievementError(pointer="/body/achievement")
    if body.verification is None:
        raise errors.AttestedWithoutVerificationError(pointer="/body/verification")


def check_result(
    body: CreditAwardedBody, version: AchievementRecord, *, today: str
) -> None:
    """Check amount and dates of a result.

    Raises:
        AmountMissingError: neither credits nor workload.
        CreditsAboveAchievementError: more than the achievement gives.
        NotPassedWithCreditsError: credits for a result that is no pass.
        DateOrderError: the dates are not in order.
        DateInFutureError: one of them is after ``today``.
    """
    if body.credits is None and body.workload is None:
        raise errors.AmountMissingError(pointer="/body/credits")
    limit = version.amount_milli or 0
    amount = amount_milli(body)
    if amount > limit:
        raise errors.CreditsAboveAchievementError(
            pointer="/body/credits", limit_milli=limit
        )
    if amount and not body.passed:
        raise errors.NotPassedWithCreditsError(pointer="/body/credits")
    check_dates(body, today=today)
    if body.verification is not None:
        verified_on = body.verification.verified_on
        check_past(verified_on, today=today, field="verification/verified_on")


def amount_milli(body: CreditAwardedBody) -> int:
    """Return the thousandths of a credit that an award states."""
    return 0 if body.credits is None else credits_milli(body.credits)


def lots_like(
    act: Act[CreditAwarded], version: AchievementRecord | None
) -> Callable[..., LotRecord]:
    """Return what makes the lots of awards that have this much in common."""
    body, amount = act.statement.body, amount_milli(act.statement.body)
    began = body.assessed_on or body.learned_to or act.recorded_on
    pattern = _new_lot(
        award_id="",
        learner_id="",
        issuer=act.statement.iss,
        achievement=body.achievement,
        basis=body.basis,
        passed=body.passed,
        awarded_milli=amount,
        available_milli=amount,
        revision=body.revision,
        workload=body.workload,
        level=body.level,
        learned_from=body.learned_from,
        learned_to=body.learned_to,
        assessed_on=body.assessed_on,
        valid_until=body.valid_until,
        position=0,
        recorded_at=act.recorded_at,
        recorded_on=act.recorded_on,
        kid=act.kid,
        body_hash="",
        roots=(),
        # Who attests only vouches: the credits come from the body outside.
        path=(act.statement.iss,) if body.basis is Basis.ISSUED else (),
        expires_on=expiry(body.valid_until, version, began=began),
        digests=(),
    )
    return _lots(pattern)


def _lots(pattern: LotRecord) -> Callable[..., LotRecord]:
    make, amount = remaker(pattern, _OWN), pattern.awarded_milli

    def new_lot(
        *,
        award_id: str,
        learner_id: str,
        position: int,
        body_hash: str,
        digests: Sequence[str],
    ) -> LotRecord:
        # An award goes back to nothing but itself.
        return make(
            award_id=award_id,
            learner_id=learner_id,
            position=position,
            body_hash=body_hash,
            roots=(_new_root(award_id=award_id, amount_milli=amount),),
            digests=digests,
        )

    return new_lot


def expiry(
    valid_until: str | None, version: AchievementRecord | None, *, began: str
) -> str | None:
    """Return the last day of a result: its own, or that of its achievement."""
    ends = [] if valid_until is None else [valid_until]
    if version is not None and version.shelf_life_months is not None:
        ends.append(add_months(began, version.shelf_life_months))
    return min(ends, default=None)
