"""Rules of cases on their way: applied for, passed on, sent back, ended."""

from collections.abc import Iterable

from ledger.domain.errors import agreements as agreement_errors
from ledger.domain.errors import exchanges as errors
from ledger.domain.language.dates import due_date
from ledger.domain.language.shapes import Effect, Step
from ledger.domain.rules.accounts import open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.agreements import known_rule
from ledger.domain.rules.cases import (
    Application,
    check_in_force,
    check_window,
    open_case,
)
from ledger.domain.rules.counting import settle
from ledger.domain.rules.eligibility import check_eligible, check_vouched
from ledger.domain.rules.envelope import answers_for, check_mandate, present
from ledger.domain.rules.holds import hold, release
from ledger.domain.rules.scopes import check_scope
from ledger.domain.rules.showing import check_shown
from ledger.domain.state import (
    AccountRecord,
    CalendarRecord,
    EnrolmentRecord,
    ExchangeRecord,
    HeldLot,
    LotRecord,
    Record,
    Ref,
    RuleRecord,
    Slice,
    TallyRecord,
)
from ledger.domain.statements.accounts import Scope
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeCancelled,
    ExchangeDeclined,
    ExchangeEndorsed,
    ExchangeLapsed,
    ExchangeRequested,
    ExchangeReturned,
)
from ledger.domain.types import credits_milli

REQUESTED_STATUS = "requested"
RETURNED_STATUS = "returned"


def exchange_stream(exchange_id: str) -> str:
    """Return the stream of a case."""
    return f"exchange:{exchange_id}"


def _request_needs(statement: ExchangeRequested) -> Iterable[Ref]:
    body = statement.body
    yield Ref(ExchangeRecord, body.exchange_id)
    yield Ref(AccountRecord, body.learner_id)
    yield Ref(EnrolmentRecord, body.enrolment_id)
    yield Ref(RuleRecord, body.rule)
    yield Ref(TallyRecord, body.learner_id)
    yield from (Ref(LotRecord, lot.award_id) for lot in body.lots)


def _decide_request(act: Act[ExchangeRequested], state: Slice) -> None:
    statement, body = act.statement, act.statement.body
    check_mandate(statement)
    open_account(state, body.learner_id, pointer="/body/learner_id")
    check_scope(
        state,
        learner_id=body.learner_id,
        iss=statement.iss,
        scope=Scope.EXCHANGE,
        on=act.recorded_on,
    )
    before = state.find(ExchangeRecord, body.exchange_id)
    _check_revision(act, before, state)
    rule = known_rule(state, body.rule)
    if rule.digest != body.rule_digest:
        raise agreement_errors.StaleRuleError(
            pointer="/body/rule_digest", digest=rule.digest
        )
    seen = Slice(state)
    if before is not None:
        seen.put(release(before, rule, state))
    case = open_case(seen, application_of(act, before))
    check_in_force(case, seen)
    if before is None:
        check_window(case, seen)
    check_eligible(case, seen, on=act.recorded_on, holding=False)
    check_shown(case, act.shown)
    if not rule.terms.approval:
        check_vouched(case)
    settle(case, seen, on=act.recorded_on)


def _check_revision(
    act: Act[ExchangeRequested], before: ExchangeRecord | None, state: Slice
) -> None:
    body = act.statement.body
    if before is None:
        if body.revision:
            raise errors.UnknownExchangeError(pointer="/body/exchange_id")
        return
    same = (before.learner_id, before.enrolment_id) == (
        body.learner_id,
        body.enrolment_id,
    )
    own = answers_for(state, iss=act.statement.iss, member_id=before.requested_by)
    if not (same and own) or body.revision == 0:
        raise errors.ExchangeExistsError(pointer="/body/exchange_id")
    if before.status != RETURNED_STATUS or body.revision != before.revision + 1:
        raise errors.ExchangeStateError(
            pointer="/body/revision", status=before.status, revision=before.revision
        )


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
            HeldLot(
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


def _evolve_request(act: Act[ExchangeRequested], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    before = state.find(ExchangeRecord, body.exchange_id)
    rule = present(state, RuleRecord, key=body.rule)
    seen = Slice(state)
    if before is not None:
        released = tuple(release(before, present(state, RuleRecord, key=before.rule), state))
        seen.put(released)
        yield from released
    application = application_of(act, before)
    record = ExchangeRecord(
        exchange_id=body.exchange_id,
        revision=body.revision,
        learner_id=body.learner_id,
        enrolment_id=body.enrolment_id,
        rule=body.rule,
        requested_by=act.statement.iss,
        requested_on=application.requested_on,
        status=REQUESTED_STATUS,
        step=0,
        due_on=_due_on(rule, state, step=0, after=act.recorded_on),
        lots=application.lots,
        predicates=application.predicates,
        vouched=application.vouched,
        position=act.position,
    )
    if rule.terms.effect is Effect.CONSUME:
        yield from hold(record, seen)
    yield record


def _due_on(rule: RuleRecord, state: Slice, *, step: int, after: str) -> str | None:
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
    record = open_exchange(state, exchange_id, statuses=(REQUESTED_STATUS,))
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
    due_on = _due_on(rule, state, step=step, after=act.recorded_on)
    vouched = (*record.vouched, *body.vouched)
    yield changed(record, step=step, due_on=due_on, vouched=vouched)


def _decide_return(act: Act[ExchangeReturned], state: Slice) -> None:
    record, _ = _on_desk(act, state)
    _check_step(record, act.statement.body.step)


def _evolve_return(act: Act[ExchangeReturned], state: Slice) -> Iterable[Record]:
    record = present(state, ExchangeRecord, key=act.statement.body.exchange_id)
    yield changed(record, status=RETURNED_STATUS, due_on=None)


def _decide_decline(act: Act[ExchangeDeclined], state: Slice) -> None:
    _on_desk(act, state)


def _decide_cancellation(act: Act[ExchangeCancelled], state: Slice) -> None:
    statement = act.statement
    record = open_exchange(
        state,
        statement.body.exchange_id,
        statuses=(REQUESTED_STATUS, RETURNED_STATUS),
    )
    if not answers_for(state, iss=statement.iss, member_id=record.requested_by):
        raise errors.NotTheDeskError(pointer="/iss", member=record.requested_by)


def _decide_lapse(act: Act[ExchangeLapsed], state: Slice) -> None:
    body = act.statement.body
    record = open_exchange(state, body.exchange_id, statuses=(REQUESTED_STATUS,))
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


REQUESTED: Rule[ExchangeRequested] = Rule(
    stream=lambda statement: exchange_stream(statement.body.exchange_id),
    needs=_request_needs,
    decide=_decide_request,
    evolve=_evolve_request,
)
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
