"""Rules of periods: closed in order, without gaps, when their last day is over.

What was recorded up to a period's last day, and after the period before, belongs to it.
Recorded time never goes back, so nothing can be added to a closed period: whatever is
corrected later is recorded later, and falls into the next.
"""

from collections.abc import Iterable

from ledger.domain.errors import awards as award_errors
from ledger.domain.errors import periods as errors
from ledger.domain.language.dates import day_after
from ledger.domain.rules.act import Act, Rule
from ledger.domain.state import (
    NewestPeriodRecord,
    PeriodRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.periods import PeriodClosed


def _needs(statement: PeriodClosed) -> Iterable[Ref]:
    yield Ref(PeriodRecord, statement.body.code)
    yield Ref(NewestPeriodRecord, 0)


def _decide(act: Act[PeriodClosed], state: Slice) -> None:
    body = act.statement.body
    if body.last_day < body.first_day:
        raise award_errors.DateOrderError(pointer="/body/last_day")
    if state.find(PeriodRecord, body.code) is not None:
        raise errors.PeriodExistsError(pointer="/body/code")
    newest = state.find(NewestPeriodRecord, 0)
    if newest is not None and body.first_day != day_after(newest.last_day):
        raise errors.PeriodNotNextError(
            pointer="/body/first_day", first_day=day_after(newest.last_day)
        )
    if act.recorded_on <= body.last_day:
        raise errors.PeriodNotOverError(pointer="/body/last_day")


def _evolve(act: Act[PeriodClosed], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    newest = state.find(NewestPeriodRecord, 0)
    number = 1 if newest is None else newest.number + 1
    yield PeriodRecord(
        code=body.code,
        number=number,
        first_day=body.first_day,
        last_day=body.last_day,
        position=act.position,
    )
    yield NewestPeriodRecord(number=number, last_day=body.last_day)


CLOSED: Rule[PeriodClosed] = Rule(
    stream=lambda statement: f"period:{statement.body.code}",
    needs=_needs,
    decide=_decide,
    evolve=_evolve,
)
