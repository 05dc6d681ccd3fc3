"""Rules of amendments and revocations: by the award's issuer, never by editing."""

from collections.abc import Iterable

from ledger.domain.errors import awards as errors
from ledger.domain.errors.catalogue import AchievementRetiredError
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.alike import known_version
from ledger.domain.rules.awards import award_stream, end_of
from ledger.domain.rules.catalogue import check_level, check_term
from ledger.domain.rules.dates import (
    check_dates,
    check_past,
    effective_from,
)
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.holds import has_moved
from ledger.domain.rules.provenance import (
    SOURCE_REVOKED,
    flag_derived,
    flag_if_unmet,
    new_flag,
)
from ledger.domain.state import (
    AchievementRecord,
    CalendarRecord,
    FrameworkRecord,
    LotRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.awards import (
    AmendReason,
    Basis,
    CreditAmended,
    CreditAmendedBody,
    CreditRevoked,
)
from ledger.domain.types import credits_milli

_AMENDABLE = (
    "achievement",
    "learned_from",
    "learned_to",
    "assessed_on",
    "passed",
    "level",
    "valid_until",
)
_AMENDABLE_UNSEEN = ("term", "attempt", "verification")
"""Not needed to decide, so no lot carries them; projections do."""


def _own_lot(state: Slice, *, award: str, iss: str) -> LotRecord:
    lot = state.find(LotRecord, award)
    if lot is None:
        raise errors.UnknownAwardError(pointer="/body/award_id")
    if not answers_for(state, iss=iss, member_id=lot.issuer):
        raise errors.NotTheIssuerError(pointer="/body/award_id")
    if lot.revoked:
        raise errors.AwardRevokedError(pointer="/body/award_id")
    return lot


def _amendment_needs(statement: CreditAmended) -> Iterable[Ref]:
    body = statement.body
    yield Ref(LotRecord, body.award_id)
    if body.achievement is not None:
        yield Ref(AchievementRecord, body.achievement)
    if body.level is not None:
        yield Ref(FrameworkRecord, body.level.framework)
    if body.term is not None:
        yield Ref(CalendarRecord, body.term.calendar)


def _decide_amendment(act: Act[CreditAmended], state: Slice) -> None:
    body = act.statement.body
    check_level(body.level, state)
    check_term(body.term, state)
    version = None
    if body.achievement is not None:
        version = known_version(state, body.achievement)
        if version.retired:
            raise AchievementRetiredError(pointer="/body/achievement")
    lot = _own_lot(state, award=body.award_id, iss=act.statement.iss)
    if version is not None:
        _check_new_version(lot, version, state=state)
    amended = _amended(lot, body)
    if amended.awarded_milli and not amended.passed:
        raise errors.NotPassedWithCreditsError(pointer="/body/passed")
    check_dates(amended, today=act.recorded_on)
    _check_amended_dates(amended, body)
    if body.verification is not None:
        verified_on = body.verification.verified_on
        check_past(verified_on, today=act.recorded_on, field="verification/verified_on")
    unseen = any(getattr(body, field) is not None for field in _AMENDABLE_UNSEEN)
    if amended == lot and not unseen and not body.sd:
        raise errors.NothingToAmendError(pointer="/body")


def _check_amended_dates(amended: LotRecord, body: CreditAmendedBody) -> None:
    """Nothing can be revoked before it is there: not at any date."""
    first = amended.revoked_from
    if first is not None and _holds_from(amended) > first:
        field = "learned_to" if body.assessed_on is None else "assessed_on"
        raise errors.DateOrderError(pointer=f"/body/{field}")


def _holds_from(lot: LotRecord) -> str:
    return effective_from(
        assessed_on=lot.assessed_on,
        learned_to=lot.learned_to,
        recorded_on=lot.recorded_on,
    )


def _check_new_version(
    lot: LotRecord, version: AchievementRecord, *, state: Slice
) -> None:
    own = answers_for(state, iss=lot.issuer, member_id=version.owner)
    if lot.basis is Basis.ISSUED and not own:
        raise errors.NotOwnAchievementError(pointer="/body/achievement")
    if lot.basis is Basis.ATTESTED and version.scheme is None:
        raise errors.NotAnOutsideAchievementError(pointer="/body/achievement")
    limit = version.amount_milli or 0
    if lot.awarded_milli > limit:
        raise errors.CreditsAboveAchievementError(
            pointer="/body/achievement", limit_milli=limit
        )


def _amended(lot: LotRecord, body: CreditAmendedBody) -> LotRecord:
    new = {field: getattr(body, field) for field in _AMENDABLE}
    changes = {field: value for field, value in new.items() if value is not None}
    if body.reason_code is AmendReason.KEPT_AFTER_REVIEW:
        changes["flags"] = ()
    if body.sd:
        # All of them: nobody but the bank could tell which of the old ones still hold.
        changes["digests"] = body.sd
    return LotRecord(**{**dict(lot), **changes})


def _evolve_amendment(act: Act[CreditAmended], state: Slice) -> Iterable[Record]:
    lot = present(state, LotRecord, key=act.statement.body.award_id)
    amended = _amended(lot, act.statement.body)
    amended = LotRecord(**{**dict(amended), "expires_on": end_of(amended, state)})
    yield amended
    seen = Slice(state)
    seen.put((amended,))
    yield from flag_if_unmet(amended, seen, act=act)


def _decide_revocation(act: Act[CreditRevoked], state: Slice) -> None:
    body = act.statement.body
    lot = _own_lot(state, award=body.award_id, iss=act.statement.iss)
    if body.effective_on is not None and body.effective_on < _holds_from(lot):
        raise errors.DateOrderError(pointer="/body/effective_on")
    check_past(body.effective_on, today=act.recorded_on, field="effective_on")
    amount = credits_milli(body.credits)
    left = lot.available_milli
    if amount > left:
        raise errors.RevokesMoreThanLeftError(pointer="/body/credits", left_milli=left)
    # With nothing left here, what was made of it elsewhere can still be called back.
    idle = _is_called_back(lot) if has_moved(lot) else lot.awarded_milli > 0
    if amount == 0 and (left > 0 or idle):
        raise errors.RevokesNothingError(pointer="/body/credits")


def _is_called_back(lot: LotRecord) -> bool:
    return any(flag.source == lot.award_id for flag in lot.flags)


def _evolve_revocation(act: Act[CreditRevoked], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    lot = present(state, LotRecord, key=body.award_id)
    amount = credits_milli(body.credits)
    effective_on = body.effective_on or act.recorded_on
    rest = amount == lot.available_milli
    own = new_flag(lot, cause=SOURCE_REVOKED, act=act)
    changes = {
        "available_milli": lot.available_milli - amount,
        "revoked_milli": lot.revoked_milli + amount,
        "revoked": rest and not has_moved(lot),
        "revoked_from": min(effective_on, lot.revoked_from or effective_on),
        "flags": (*lot.flags, own) if rest and has_moved(lot) else lot.flags,
    }
    yield LotRecord(**{**dict(lot), **changes})
    yield from flag_derived(lot, state, cause=SOURCE_REVOKED, act=act)


AMENDED: Rule[CreditAmended] = Rule(
    stream=lambda statement: award_stream(statement.body.award_id),
    needs=_amendment_needs,
    decide=_decide_amendment,
    evolve=_evolve_amendment,
)
REVOKED: Rule[CreditRevoked] = Rule(
    stream=lambda statement: award_stream(statement.body.award_id),
    needs=lambda statement: (Ref(LotRecord, statement.body.award_id),),
    decide=_decide_revocation,
    evolve=_evolve_revocation,
)
