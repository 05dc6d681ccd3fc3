"""Rules of cases on their way: applied for, passed on, sent back, ended."""

from collections.abc import Iterable

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.dates import due_date
from ledger.domain.language.shapes import Step
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.holds import release
from ledger.domain.state import (
    CalendarRecord,
    ExchangeRecord,
    ExchangeStatus,
    Record,
    Ref,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeCancelled,
    ExchangeDeclined,
    ExchangeEndorsed,
    ExchangeLapsed,
    ExchangeReturned,
)


def exchange_stream(exchange_id: str) -> str:
    """Return the stream of a case."""
    return f"exchange:{exchange_id}"


def step_due_on(rule: RuleRecord, state: Slice, *, step: int, after: str) -> str | None:
    """Return the last workday of a desk; None where the bank decides by itself."""
    if not rule.terms.approval or rule.terms.workdays is None:
        return None
    calendar = present(state, CalendarRecord, key=rule.terms.workdays)
    count = rule.terms.approval[step].due_workdays
    return due_date(calendar.workdays, after=after, count=count)


def open_exchange(
    state: Slice, exchange_id: str, *, statuses: Iterable[str]
) -> ExchangeRecord:
    """Return a case in one of these states.

    Raises:
        UnknownExchangeError: never applied for.
        ExchangeStateError: in another state.
    """
    record = state.find(ExchangeRecord, exchange_id)
    if record is None:
        raise errors.UnknownExchangeError(pointer="/body/exchange_id")
    if record.status not in statuses:
        raise errors.ExchangeStateError(
            pointer="/body/exchange_id", status=record.status, revision=record.revision
        )
    return record


def check_desk(
    record: ExchangeRecord, rule: RuleRecord, state: Slice, *, statement: Statement
) -> Step:
    """Check that a case lies on the signer's desk, in the signer's role.

    Raises:
        NotTheDeskError: on another's, or the bank decides by itself.
    """
    if not rule.terms.approval:
        raise errors.NotTheDeskError(pointer="/iss")
    step = rule.terms.approval[record.step]
    if not answers_for(state, iss=statement.iss, member_id=step.member):
        raise errors.NotTheDeskError(pointer="/iss", member=step.member)
    if statement.actor.role != step.role:
        raise errors.NotTheDeskError(pointer="/actor/role", role=step.role)
    return step


def _on_desk(
    act: Act[ExchangeEndorsed] | Act[ExchangeReturned] | Act[ExchangeDeclined],
    state: Slice,
) -> tuple[ExchangeRecord, RuleRecord]:
    statement = act.statement
    exchange_id = statement.body.exchange_id
    record = open_exchange(state, exchange_id, statuses=(ExchangeStatus.REQUESTED,))
    rule = present(state, RuleRecord, key=record.rule)
    check_desk(record, rule, state, statement=statement)
    return record, rule


def _check_step(record: ExchangeRecord, step: int) -> None:
    if step != record.step:
        raise errors.ExchangeStateError(
            pointer="/body/step", status=record.status, revision=record.revision
        )


def _decide_endorsement(act: Act[ExchangeEndorsed], state: Slice) -> None:
    record, rule = _on_desk(act, state)
    _check_step(record, act.statement.body.step)
    if record.step == len(rule.terms.approval) - 1:
        raise errors.ExchangeStateError(
            pointer="/type", status=record.status, revision=record.revision
        )


def changed(record: ExchangeRecord, **changes: object) -> ExchangeRecord:
    """Return a case with some fields changed."""
    return ExchangeRecord(**{**dict(record), **changes})


def _evolve_endorsement(act: Act[ExchangeEndorsed], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    record = present(state, ExchangeRecord, key=body.exchange_id)
    rule = present(state, RuleRecord, key=record.rule)
    step = record.step + 1
    due_on = step_due_on(rule, state, step=step, after=act.recorded_on)
    vouched = (*record.vouched, *body.vouched)
    yield changed(record, step=step, due_on=due_on, vouched=vouched)


def _decide_return(act: Act[ExchangeReturned], state: Slice) -> None:
    record, _ = _on_desk(act, state)
    _check_step(record, act.statement.body.step)


def _evolve_return(act: Act[ExchangeReturned], state: Slice) -> Iterable[Record]:
    record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
    yield changed(record, status=ExchangeStatus.RETURNED, due_on=None)


def _decide_decline(act: Act[ExchangeDeclined], state: Slice) -> None:
    _on_desk(act, state)


def _decide_cancellation(act: Act[ExchangeCancelled], state: Slice) -> None:
    statement = act.statement
    record = open_exchange(
        state,
        statement.body.exchange_id,
        statuses=(ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED),
    )
    if not answers_for(state, iss=statement.iss, member_id=record.requested_by):
        raise errors.NotTheDeskError(pointer="/iss", member=record.requested_by)


def _decide_lapse(act: Act[ExchangeLapsed], state: Slice) -> None:
    body = act.statement.body
    record = open_exchange(
        state, body.exchange_id, statuses=(ExchangeStatus.REQUESTED,)
    )
    if body.due_on != record.due_on or body.due_on >= act.recorded_on:
        raise errors.NotDueError(pointer="/body/due_on")


def _ended(status: str) -> Rule:  # type: ignore[type-arg]  # three types share it
    def evolve(act: Act[ExchangeDeclined], state: Slice) -> Iterable[Record]:
        record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
        rule = present(state, RuleRecord, key=record.rule)
        yield from release(record, rule, state)
        yield changed(record, status=status, due_on=None)

    decide = {
        "declined": _decide_decline,
        "cancelled": _decide_cancellation,
        "lapsed": _decide_lapse,
    }[status]
    return Rule(stream=_stream, needs=_needs, decide=decide, evolve=evolve)  # type: ignore[arg-type]  # by status


Following = (
    ExchangeEndorsed
    | ExchangeReturned
    | ExchangeDeclined
    | ExchangeCancelled
    | ExchangeLapsed
)


def _stream(statement: Following) -> str:
    return exchange_stream(statement.body.exchange_id)


def _needs(statement: Following) -> Iterable[Ref]:
    return (Ref(ExchangeRecord, statement.body.exchange_id),)


ENDORSED: Rule[ExchangeEndorsed] = Rule(
    stream=_stream,
    needs=_needs,
    decide=_decide_endorsement,
    evolve=_evolve_endorsement,
)
RETURNED: Rule[ExchangeReturned] = Rule(
    stream=_stream, needs=_needs, decide=_decide_return, evolve=_evolve_return
)
DECLINED: Rule[ExchangeDeclined] = _ended("declined")
CANCELLED: Rule[ExchangeCancelled] = _ended("cancelled")
LAPSED: Rule[ExchangeLapsed] = _ended("lapsed")
