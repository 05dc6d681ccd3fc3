"""Rules of requests: a learner applies, and what is offered is held."""

from collections.abc import Iterable
from typing import Final

from ledger.domain.errors import agreements as agreement_errors
from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Effect
from ledger.domain.rules.accounts import open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.agreements import known_rule
from ledger.domain.rules.cases import open_case
from ledger.domain.rules.counting import Judged
from ledger.domain.rules.envelope import answers_for, check_mandate, present
from ledger.domain.rules.exchanges import (
    application_of,
    exchange_stream,
    step_due_on,
)
from ledger.domain.rules.holds import hold, release
from ledger.domain.rules.offers import check_offers
from ledger.domain.rules.requests_alike import (
    JudgedAlike,
    judged_alike,
    settled_alone,
)
from ledger.domain.rules.scopes import check_identified, check_scope
from ledger.domain.rules.tallies import first_page
from ledger.domain.state import (
    AccountRecord,
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    Record,
    Ref,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.accounts import Scope
from ledger.domain.statements.exchanges import ExchangeRequested
from ledger.making import maker

_new_case: Final = maker(ExchangeRecord)


def _request_needs(statement: ExchangeRequested) -> Iterable[Ref]:
    body = statement.body
    yield Ref(ExchangeRecord, body.exchange_id)
    yield Ref(AccountRecord, body.learner_id)
    yield Ref(EnrolmentRecord, body.enrolment_id)
    yield Ref(RuleRecord, body.rule)
    yield first_page(body.learner_id)
    yield from (Ref(LotRecord, lot.award_id) for lot in body.lots)


def _decide_request(act: Act[ExchangeRequested], state: Slice) -> Judged | JudgedAlike:
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
    check_identified(state, body.learner_id)
    before = state.find(ExchangeRecord, body.exchange_id)
    _check_revision(act, before, state=state)
    rule = known_rule(state, body.rule)
    if rule.digest != body.rule_digest:
        raise agreement_errors.StaleRuleError(
            pointer="/body/rule_digest", digest=rule.digest
        )
    alike = judged_alike(act, rule, state=state) if before is None else None
    return judged_alone(act, before, state=state) if alike is None else alike


def judged_alone(
    act: Act[ExchangeRequested], before: ExchangeRecord | None, *, state: Slice
) -> Judged:
    """Judge a request of somebody who may apply, under a rule as it was seen.

    Raises:
        RejectionError: the first fault in the order of ``errors/precedence.py``.
    """
    seen = Slice(state)
    seen.put(_released(before, state))
    case = open_case(seen, application_of(act, before))
    check_offers(case, seen)
    settlement = settled_alone(
        case,
        seen,
        on=act.recorded_on,
        shown=act.shown,
        windowed=before is None or before.rule != act.statement.body.rule,
    )
    return Judged(case=case, settlement=settlement)


def _released(before: ExchangeRecord | None, state: Slice) -> tuple[LotRecord, ...]:
    """Return what a case that is handed in again held, under whatever rule."""
    if before is None:
        return ()
    rule = present(state, RuleRecord, key=before.rule)
    return tuple(release(before, rule, state=state))


def _check_revision(
    act: Act[ExchangeRequested], before: ExchangeRecord | None, *, state: Slice
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
    if (
        before.status is not ExchangeStatus.RETURNED
        or body.revision != before.revision + 1
    ):
        raise errors.ExchangeStateError(
            pointer="/body/revision", status=before.status, revision=before.revision
        )


def _evolve_request(act: Act[ExchangeRequested], state: Slice) -> Iterable[Record]:
    before = state.find(ExchangeRecord, act.statement.body.exchange_id)
    seen, released = Slice(state), _released(before, state)
    seen.put(released)
    yield from released
    record = requested_case(act, state)
    rule = present(state, RuleRecord, key=record.rule)
    if rule.terms.effect is Effect.CONSUME:
        yield from hold(record, seen)
    yield record


def requested_case(act: Act[ExchangeRequested], state: Slice) -> ExchangeRecord:
    """Return the case that a request opens, or opens again."""
    body = act.statement.body
    rule = present(state, RuleRecord, key=body.rule)
    application = application_of(act, state.find(ExchangeRecord, body.exchange_id))
    return _new_case(
        exchange_id=body.exchange_id,
        revision=body.revision,
        learner_id=body.learner_id,
        enrolment_id=body.enrolment_id,
        rule=body.rule,
        requested_by=act.statement.iss,
        requested_on=application.requested_on,
        status=ExchangeStatus.REQUESTED,
        step=0,
        due_on=step_due_on(rule, state, step=0, after=act.recorded_on),
        lots=application.lots,
        predicates=application.predicates,
        vouched=application.vouched,
        position=act.position,
    )


REQUESTED: Rule[ExchangeRequested] = Rule(
    stream=lambda statement: exchange_stream(statement.body.exchange_id),
    needs=_request_needs,
    decide=_decide_request,
    evolve=_evolve_request,
)
