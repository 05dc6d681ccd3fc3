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
from ledger.domain.state import ExchangeRecord, ExchangeStatus, Flag, LotRecord, Slice
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
    cases = (present(state, ExchangeRecord, key=one) for one in lot.exchanges)
    for case in cases:
        if case.status is ExchangeStatus.ACCEPTED:
            yield from _flag_created(case, state, source=lot, cause=cause, act=act)


def _flag_created(
    case: ExchangeRecord,
    state: Slice,
    *,
    source: LotRecord,
    cause: str,
    act: Act[Statement],
) -> Iterable[LotRecord]:
    flag = new_flag(source, cause=cause, act=act)
    for identity in case.created:
        created = present(state, LotRecord, key=identity)
        if created.revoked:
            continue
        yield LotRecord(**{**dict(created), "flags": (*created.flags, flag)})
        yield from flag_derived(created, state, cause=cause, act=act)


def flag_if_unmet(
    lot: LotRecord, state: Slice, *, act: Act[Statement]
) -> Iterable[LotRecord]:
    """Return what was derived under a condition that an amendment broke, flagged.

    ``state`` already holds the amended lot. An amendment that leaves every condition
    met alarms nobody.
    """
    for exchange_id in lot.exchanges:
        record = present(state, ExchangeRecord, key=exchange_id)
        if record.status is ExchangeStatus.ACCEPTED and not _still_met(record, state):
            yield from _flag_created(
                record, state, source=lot, cause=SOURCE_AMENDED, act=act
            )


def _still_met(record: ExchangeRecord, state: Slice) -> bool:
    try:
        check_matched(open_case(state, application_in(record)), state)
    except RejectionError:
        return False
    return True
