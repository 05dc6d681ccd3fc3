"""Rules of cases on their way: applied for, passed on, sent back, ended."""

from collections.abc import Callable, Iterable
from typing import Final

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.dates import due_date
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.cases import Application
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.holds import parts_in, release
from ledger.domain.state import (
    CalendarRecord,
    ExchangeRecord,
    ExchangeStatus,
    HeldLot,
    Record,
    Ref,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeAcceptedBody,
    ExchangeCancelled,
    ExchangeDeclined,
    ExchangeEndorsed,
    ExchangeLapsed,
    ExchangeRequested,
    ExchangeReturned,
)
from ledger.domain.types import credits_milli
from ledger.making import altered, maker

_new_held: Final = maker(HeldLot)

_WAITING: Final = (ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED)


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


def application_of(
    act: Act[ExchangeRequested], before: ExchangeRecord | None
) -> Application:
    """Return what a request applies for; one handed in again keeps its first date."""
    body = act.statement.body
    return Application(
        exchange_id=body.exchange_id,
        learner_id=body.learner_id,
        enrolment_id=body.enrolment_id,
        rule=body.rule,
        lots=tuple(
            _new_held(
                award_id=lot.award_id,
                amount_milli=credits_milli(lot.credits),
                component=lot.component,
            )
            for lot in body.lots
        ),
        predicates=body.predicates,
        vouched=body.vouched,
        requested_on=act.recorded_on if before is None else before.requested_on,
    )


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
        raise wrong_state(record, pointer="/body/exchange_id")
    return record


def check_desk(
    record: ExchangeRecord, rule: RuleRecord, *, state: Slice, statement: Statement
) -> None:
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


def is_last_step(record: ExchangeRecord, rule: RuleRecord) -> bool:
    """Tell whether a case lies on the desk that decides it."""
    return record.step == len(rule.terms.approval) - 1


def wrong_state(record: ExchangeRecord, *, pointer: str) -> errors.ExchangeStateError:
    """Return the refusal that tells where a case stands."""
    return errors.ExchangeStateError(
        pointer=pointer, status=record.status, revision=record.revision
    )


def _requested(exchange_id: str, state: Slice) -> tuple[ExchangeRecord, RuleRecord]:
    record = open_exchange(state, exchange_id, statuses=(ExchangeStatus.REQUESTED,))
    return record, present(state, RuleRecord, key=record.rule)


def _check_step(record: ExchangeRecord, step: int) -> None:
    if step != record.step:
        raise wrong_state(record, pointer="/body/step")


def _decide_endorsement(act: Act[ExchangeEndorsed], state: Slice) -> None:
    body = act.statement.body
    record, rule = _requested(body.exchange_id, state)
    _check_step(record, body.step)
    if is_last_step(record, rule):
        raise wrong_state(record, pointer="/type")
    check_desk(record, rule, state=state, statement=act.statement)


def changed(record: ExchangeRecord, **changes: object) -> ExchangeRecord:
    """Return a case with some fields changed."""
    return altered(record, **changes)


def accepted_case(body: ExchangeAcceptedBody, record: ExchangeRecord) -> ExchangeRecord:
    """Return a case as its acceptance leaves it: of that the acceptance says all."""
    return changed(
        record,
        status=ExchangeStatus.ACCEPTED,
        due_on=None,
        member=body.member,
        used=parts_in(body.used),
        created=tuple([lot.lot_id for lot in body.created]),
        superseded=parts_in(body.superseded),
    )


def _evolve_endorsement(act: Act[ExchangeEndorsed], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    record = present(state, ExchangeRecord, key=body.exchange_id)
    rule = present(state, RuleRecord, key=record.rule)
    step = record.step + 1
    due_on = step_due_on(rule, state, step=step, after=act.recorded_on)
    vouched = (*record.vouched, *body.vouched)
    yield changed(record, step=step, due_on=due_on, vouched=vouched)


def _decide_return(act: Act[ExchangeReturned], state: Slice) -> None:
    body = act.statement.body
    record, rule = _requested(body.exchange_id, state)
    _check_step(record, body.step)
    check_desk(record, rule, state=state, statement=act.statement)


def _evolve_return(act: Act[ExchangeReturned], state: Slice) -> Iterable[Record]:
    record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
    rule = present(state, RuleRecord, key=record.rule)
    # Whoever sent it has as long as the desk had: nothing is held for ever.
    due_on = step_due_on(rule, state, step=record.step, after=act.recorded_on)
    yield changed(record, status=ExchangeStatus.RETURNED, due_on=due_on)


def _decide_decline(act: Act[ExchangeDeclined], state: Slice) -> None:
    record, rule = _requested(act.statement.body.exchange_id, state)
    check_desk(record, rule, state=state, statement=act.statement)


def _decide_cancellation(act: Act[ExchangeCancelled], state: Slice) -> None:
    statement = act.statement
    record = open_exchange(
        state,
        statement.body.exchange_id,
        statuses=_WAITING,
    )
    if not answers_for(state, iss=statement.iss, member_id=record.requested_by):
        raise errors.NotTheDeskError(pointer="/iss", member=record.requested_by)


def _decide_lapse(act: Act[ExchangeLapsed], state: Slice) -> None:
    body = act.statement.body
    record = open_exchange(state, body.exchange_id, statuses=_WAITING)
    if body.due_on != record.due_on or body.due_on >= act.recorded_on:
        raise errors.NotDueError(pointer="/body/due_on")


Ending = ExchangeDeclined | ExchangeCancelled | ExchangeLapsed


def _ending(
    status: ExchangeStatus,
) -> Callable[[Act[Ending], Slice], Iterable[Record]]:
    def evolve(act: Act[Ending], state: Slice) -> Iterable[Record]:
        record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
        rule = present(state, RuleRecord, key=record.rule)
        yield from release(record, rule, state=state)
        yield changed(record, status=status, due_on=None)

    return evolve


Following = ExchangeEndorsed | ExchangeReturned | Ending


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
DECLINED: Rule[ExchangeDeclined] = Rule(
    stream=_stream,
    needs=_needs,
    decide=_decide_decline,
    evolve=_ending(ExchangeStatus.DECLINED),
)
CANCELLED: Rule[ExchangeCancelled] = Rule(
    stream=_stream,
    needs=_needs,
    decide=_decide_cancellation,
    evolve=_ending(ExchangeStatus.CANCELLED),
)
LAPSED: Rule[ExchangeLapsed] = Rule(
    stream=_stream,
    needs=_needs,
    decide=_decide_lapse,
    evolve=_ending(ExchangeStatus.LAPSED),
)
