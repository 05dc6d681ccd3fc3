"""What a change to a lot means for everything that was derived from it.

Nothing is taken back by itself: each lot derived, however far, is flagged, and the
member that recognised it decides by a date. Until then it stays where it is.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.rules.cases import application_in, open_case
from ledger.domain.rules.eligibility import check_matched
from ledger.domain.rules.envelope import present
from ledger.domain.rules.holds import accepted_cases
from ledger.domain.state import ExchangeRecord, Flag, LotRecord, Slice
from ledger.domain.statements.awards import AmendReason, CreditAmended
from ledger.domain.statements.envelope import Statement

DECIDE_DAYS: Final = 30
SOURCE_REVOKED: Final = "source_revoked"
SOURCE_AMENDED: Final = "source_amended"


def new_flag(source: LotRecord, *, cause: str, act: Act[Statement]) -> Flag:
    """Return the flag that a change to a lot puts on what depends on it."""
    decide_by = date.fromisoformat(act.recorded_on) + timedelta(days=DECIDE_DAYS)
    return Flag(
        source=source.award_id,
        cause=cause,
        position=act.position,
        decide_by=decide_by.isoformat(),
    )


def flag_derived(
    lot: LotRecord, state: Slice, *, cause: str, act: Act[Statement]
) -> Iterable[LotRecord]:
    """Return every lot derived from this one, flagged."""
    flag = new_flag(lot, cause=cause, act=act)
    return _flagged(accepted_cases(lot, state), state, flag=flag)


def _flagged(
    cases: Iterable[ExchangeRecord], state: Slice, *, flag: Flag
) -> Iterable[LotRecord]:
    """Return what came of these cases, and of that, each lot flagged once."""
    found: dict[str, LotRecord] = {}
    pending = list(cases)
    while pending:
        for identity in pending.pop().created:
            lot = present(state, LotRecord, key=identity)
            if lot.revoked or identity in found:
                continue
            found[identity] = LotRecord(**{**dict(lot), "flags": (*lot.flags, flag)})
            pending.extend(accepted_cases(lot, state))
    return found.values()


def flag_if_unmet(
    lot: LotRecord, state: Slice, *, act: Act[CreditAmended]
) -> Iterable[LotRecord]:
    """Return what was derived under a condition that an amendment broke, flagged.

    ``state`` already holds the amended lot. An amendment that leaves every condition
    met alarms nobody. Nobody but the bank sees a score: one that was given anew counts
    as broken wherever the old one was relied on.
    """
    rescored = act.statement.body.reason_code is AmendReason.RESCORED
    broken = [
        case
        for case in accepted_cases(lot, state)
        if not _still_met(case, lot, state=state) or (rescored and _relies(case, lot))
    ]
    return _flagged(broken, state, flag=new_flag(lot, cause=SOURCE_AMENDED, act=act))


def _relies(case: ExchangeRecord, lot: LotRecord) -> bool:
    return any(one.award_id == lot.award_id for one in case.predicates)


def _still_met(case: ExchangeRecord, lot: LotRecord, *, state: Slice) -> bool:
    if not lot.passed or _outlived(case, lot, state=state):
        return False
    try:
        check_matched(open_case(state, application_in(case)), state)
    except RejectionError:
        return False
    return True


def _outlived(case: ExchangeRecord, lot: LotRecord, *, state: Slice) -> bool:
    """Tell whether something that was made of a lot would now expire after it."""
    end = lot.expires_on
    created = (present(state, LotRecord, key=one).expires_on for one in case.created)
    return end is not None and any(one is None or one > end for one in created)
