"""Rules of appeals: to the panel of whose decision it was, then to the committee.

An appeal moves nothing. Where a decision falls, or is to be made anew, its member must
act by a statement of its own: the record says who, and until when.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from ledger.domain.errors import graduation as errors
from ledger.domain.rules.accounts import known_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.decisions import Decision, find_decision
from ledger.domain.rules.envelope import answers_for, check_mandate, present
from ledger.domain.rules.policies import is_committee
from ledger.domain.rules.scopes import accounts_of, check_scope
from ledger.domain.state import (
    AccountRecord,
    AppealedRecord,
    AppealRecord,
    LedgerRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.accounts import Scope
from ledger.domain.statements.appeals import (
    AppealDecided,
    AppealFiled,
    AppealOutcome,
)

FILED: Final = "filed"
PANEL: Final = 1
COMMITTEE: Final = 2
DUE_DAYS_MAX: Final = 366
_ID: Final = "/body/against/id"


def _filing_needs(statement: AppealFiled) -> Iterable[Ref]:
    body = statement.body
    yield Ref(AccountRecord, body.learner_id)
    yield Ref(AppealRecord, body.appeal_id)
    if body.follows is not None:
        yield Ref(AppealRecord, body.follows)


def _decide_filing(act: Act[AppealFiled], state: Slice) -> None:
    statement, body = act.statement, act.statement.body
    check_mandate(statement)
    # Of a closed account too: the right to appeal does not end with it.
    known_account(state, body.learner_id, pointer="/body/learner_id")
    check_scope(
        state,
        learner_id=body.learner_id,
        iss=statement.iss,
        scope=Scope.READ,
        on=act.recorded_on,
    )
    if state.find(AppealRecord, body.appeal_id) is not None:
        raise errors.AppealExistsError(pointer="/body/appeal_id")
    accounts = accounts_of(state, body.learner_id)
    learner_ids = {one.learner_id for one in accounts}
    before = None
    if body.follows is not None:
        before = state.find(AppealRecord, body.follows)
        if before is None or before.learner_id not in learner_ids:
            raise errors.UnknownAppealError(pointer="/body/follows")
    decision = _decision(act, state, learner_ids=learner_ids)
    _check_panel(act, state, decision=decision, before=before)
    _check_level(state, decision=decision, before=before)


def _decision(
    act: Act[AppealFiled], state: Slice, *, learner_ids: Iterable[str]
) -> Decision:
    decision = find_decision(act.statement.body.against, state)
    if decision is None or decision.learner_id not in learner_ids:
        raise errors.UnknownDecisionError(pointer=_ID)
    if not decision.member:
        raise errors.NotYetDecidedError(pointer=_ID)
    if decision.member == present(state, LedgerRecord, key=0).operator:
        # The bank only registers what the recogniser has agreed to.
        return replace(decision, member=decision.recogniser)
    return decision


def _check_panel(
    act: Act[AppealFiled],
    state: Slice,
    *,
    decision: Decision,
    before: AppealRecord | None,
) -> None:
    panel = act.statement.body.panel
    if before is None:
        if not answers_for(state, iss=panel, member_id=decision.member):
            raise errors.AppealPanelError(pointer="/body/panel", member=decision.member)
    elif panel == before.panel or not is_committee(state, panel):
        raise errors.AppealPanelError(pointer="/body/panel", kind="committee")


def _check_level(
    state: Slice, *, decision: Decision, before: AppealRecord | None
) -> None:
    """One appeal at a time; at the next level only against what was upheld.

    What was overturned or remitted has to be decided anew, and that may be appealed
    against anew.
    """
    known = state.find(AppealedRecord, decision.name)
    newest = None
    if known is not None:
        newest = present(state, AppealRecord, key=known.appeal_id)
    pointer = _ID if before is None else "/body/follows"
    if before is None:
        open_again = {AppealOutcome.OVERTURNED, AppealOutcome.REMITTED}
        legal = newest is None or newest.status in open_again
    else:
        upheld = before.status == AppealOutcome.UPHELD and before.level == PANEL
        legal = upheld and newest == before
    if not legal:
        told = newest if before is None else before
        status = "" if told is None else told.status
        raise errors.AppealStateError(pointer=pointer, status=status)


def _evolve_filing(act: Act[AppealFiled], state: Slice) -> Iterable[Record]:
    statement, body = act.statement, act.statement.body
    decision = find_decision(body.against, state)
    if decision is None:
        raise LookupError(body.against.id)
    member = body.panel
    if body.follows is not None:
        member = present(state, AppealRecord, key=body.follows).member
    yield AppealRecord(
        appeal_id=body.appeal_id,
        learner_id=body.learner_id,
        against=body.against,
        member=member,
        level=PANEL if body.follows is None else COMMITTEE,
        panel=body.panel,
        follows=body.follows,
        filed_by=statement.iss,
        grounds=body.grounds.value,
        status=FILED,
        filed_on=act.recorded_on,
        position=act.position,
    )
    yield AppealedRecord(decision=decision.name, appeal_id=body.appeal_id)


def _decide_decision(act: Act[AppealDecided], state: Slice) -> None:
    statement, body = act.statement, act.statement.body
    record = state.find(AppealRecord, body.appeal_id)
    if record is None:
        raise errors.UnknownAppealError(pointer="/body/appeal_id")
    if not answers_for(state, iss=statement.iss, member_id=record.panel):
        raise errors.AppealPanelError(pointer="/iss")
    if record.status != FILED:
        raise errors.AppealStateError(pointer="/body/appeal_id", status=record.status)
    _check_due(act)


def _check_due(act: Act[AppealDecided]) -> None:
    body, pointer = act.statement.body, "/body/due_on"
    if (body.due_on is None) == (body.outcome is AppealOutcome.REMITTED):
        raise errors.AppealDueError(pointer=pointer)
    if body.due_on is None:
        return
    last = date.fromisoformat(act.recorded_on) + timedelta(days=DUE_DAYS_MAX)
    if not act.recorded_on <= body.due_on <= last.isoformat():
        raise errors.AppealDueError(pointer=pointer, last=last.isoformat())


def _evolve_decision(act: Act[AppealDecided], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    record = present(state, AppealRecord, key=body.appeal_id)
    yield record.replacing(
        status=body.outcome.value,
        decided_on=act.recorded_on,
        reason_code=body.reason_code.value,
        due_on=body.due_on,
    )


def _stream(statement: AppealFiled | AppealDecided) -> str:
    return f"appeal:{statement.body.appeal_id}"


APPEAL_FILED: Rule[AppealFiled] = Rule(
    stream=_stream, needs=_filing_needs, decide=_decide_filing, evolve=_evolve_filing
)
APPEAL_DECIDED: Rule[AppealDecided] = Rule(
    stream=_stream,
    needs=lambda statement: (Ref(AppealRecord, statement.body.appeal_id),),
    decide=_decide_decision,
    evolve=_evolve_decision,
)
