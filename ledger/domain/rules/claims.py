"""Rules of claims: filed for a learner, sent back, refused or taken back.

A claim proves nothing: two may be open for one certificate, and only one of them can
end in an award.
"""

from collections.abc import Iterable
from typing import Final

from ledger.domain.errors import catalogue as catalogue_errors
from ledger.domain.errors import claims as errors
from ledger.domain.language.dates import due_date
from ledger.domain.measures import Workdays
from ledger.domain.rules.accounts import open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.alike import known_version
from ledger.domain.rules.certificates import check_not_deposited
from ledger.domain.rules.claimed import (
    OPEN,
    changed,
    check_attester,
    check_state,
    known_claim,
    wrong_state,
)
from ledger.domain.rules.envelope import ACTIVE, answers_for, check_mandate, present
from ledger.domain.rules.scopes import check_identified, check_scope
from ledger.domain.state import (
    AccountRecord,
    AchievementRecord,
    CalendarRecord,
    ClaimRecord,
    ClaimStatus,
    MemberRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.accounts import Scope
from ledger.domain.statements.claims import (
    ClaimFiled,
    ClaimFiledBody,
    ClaimRefused,
    ClaimReturned,
    ClaimWithdrawn,
)
from ledger.domain.types import AWARDING_KINDS

WEEK: Final = Workdays(weekdays=(1, 2, 3, 4, 5))
"""The workdays of a claim that names no calendar."""


def _filing_needs(statement: ClaimFiled) -> Iterable[Ref]:
    body = statement.body
    yield Ref(ClaimRecord, body.claim_id)
    yield Ref(AccountRecord, body.learner_id)
    yield Ref(AchievementRecord, body.achievement)
    yield Ref(MemberRecord, body.attester)
    if body.workdays is not None:
        yield Ref(CalendarRecord, body.workdays)


def _decide_filing(act: Act[ClaimFiled], state: Slice) -> None:
    statement, body = act.statement, act.statement.body
    check_mandate(statement)
    if body.workdays is not None and state.find(CalendarRecord, body.workdays) is None:
        raise catalogue_errors.UnknownCalendarError(pointer="/body/workdays")
    version = known_version(state, body.achievement)
    if version.retired:
        raise catalogue_errors.AchievementRetiredError(pointer="/body/achievement")
    learner_id = body.learner_id
    open_account(state, learner_id, pointer="/body/learner_id")
    check_scope(
        state,
        learner_id=learner_id,
        iss=statement.iss,
        scope=Scope.EXCHANGE,
        on=act.recorded_on,
    )
    check_identified(state, learner_id)
    check_not_deposited(act.tags, state)
    _check_revision(act, state)
    _check_attestable(body, version, state=state)


def _check_revision(act: Act[ClaimFiled], state: Slice) -> None:
    body = act.statement.body
    before = state.find(ClaimRecord, body.claim_id)
    if before is None:
        if body.revision:
            raise errors.UnknownClaimError(pointer="/body/claim_id")
        return
    own = answers_for(state, iss=act.statement.iss, member_id=before.filed_by)
    if not own or before.learner_id != body.learner_id or body.revision == 0:
        raise errors.ClaimExistsError(pointer="/body/claim_id")
    next_one = body.revision == before.revision + 1
    if before.status is not ClaimStatus.RETURNED or not next_one:
        raise wrong_state(before, pointer="/body/revision")


def _check_attestable(
    body: ClaimFiledBody, version: AchievementRecord, *, state: Slice
) -> None:
    attester = state.find(MemberRecord, body.attester)
    awards = attester is not None and attester.member_kind in AWARDING_KINDS
    if attester is None or not awards or attester.status != ACTIVE:
        raise errors.ClaimAttesterError(pointer="/body/attester")
    own = answers_for(state, iss=body.attester, member_id=version.owner)
    if version.scheme is None and not own:
        raise errors.NotClaimableError(pointer="/body/achievement")


def _evolve_filing(act: Act[ClaimFiled], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    workdays = WEEK
    if body.workdays is not None:
        calendar = present(state, CalendarRecord, key=body.workdays)
        workdays = calendar.workdays or WEEK
    yield ClaimRecord(
        claim_id=body.claim_id,
        revision=body.revision,
        learner_id=body.learner_id,
        filed_by=act.statement.iss,
        attester=body.attester,
        achievement=body.achievement,
        status=ClaimStatus.FILED,
        filed_on=act.recorded_on,
        due_on=due_date(workdays, after=act.recorded_on, count=body.due_workdays),
        tags=act.tags,
        position=act.position,
    )


def _decide_return(act: Act[ClaimReturned], state: Slice) -> None:
    _check_before_attester(act, (ClaimStatus.FILED,), state=state)


def _decide_refusal(act: Act[ClaimRefused], state: Slice) -> None:
    _check_before_attester(act, OPEN, state=state)


def _check_before_attester(
    act: Act[ClaimReturned] | Act[ClaimRefused],
    statuses: Iterable[ClaimStatus],
    *,
    state: Slice,
) -> None:
    body = act.statement.body
    record = known_claim(state, body.claim_id, pointer="/body/claim_id")
    check_attester(record, state=state, iss=act.statement.iss)
    check_state(record, statuses, pointer="/body/claim_id")
    # What was signed about one filing says nothing of a later one.
    if body.revision != record.revision:
        raise wrong_state(record, pointer="/body/revision")


def _evolve_return(act: Act[ClaimReturned], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    yield changed(
        present(state, ClaimRecord, key=body.claim_id),
        status=ClaimStatus.RETURNED,
        due_on=None,
        missing_codes=tuple(one.value for one in body.missing_codes),
    )


def _evolve_refusal(act: Act[ClaimRefused], state: Slice) -> Iterable[Record]:
    record = present(state, ClaimRecord, key=act.statement.body.claim_id)
    yield changed(record, status=ClaimStatus.REFUSED, due_on=None)


def _decide_withdrawal(act: Act[ClaimWithdrawn], state: Slice) -> None:
    statement = act.statement
    check_mandate(statement)
    record = known_claim(state, statement.body.claim_id, pointer="/body/claim_id")
    if not answers_for(state, iss=statement.iss, member_id=record.filed_by):
        raise errors.NotTheFilerError(pointer="/iss")
    check_state(record, OPEN, pointer="/body/claim_id")


def _evolve_withdrawal(act: Act[ClaimWithdrawn], state: Slice) -> Iterable[Record]:
    record = present(state, ClaimRecord, key=act.statement.body.claim_id)
    yield changed(record, status=ClaimStatus.WITHDRAWN, due_on=None)


def _stream(
    statement: ClaimFiled | ClaimReturned | ClaimRefused | ClaimWithdrawn,
) -> str:
    return f"claim:{statement.body.claim_id}"


def _needs(
    statement: ClaimReturned | ClaimRefused | ClaimWithdrawn,
) -> Iterable[Ref]:
    return (Ref(ClaimRecord, statement.body.claim_id),)


FILED: Rule[ClaimFiled] = Rule(
    stream=_stream,
    needs=_filing_needs,
    decide=_decide_filing,
    evolve=_evolve_filing,
)
RETURNED: Rule[ClaimReturned] = Rule(
    stream=_stream, needs=_needs, decide=_decide_return, evolve=_evolve_return
)
REFUSED: Rule[ClaimRefused] = Rule(
    stream=_stream, needs=_needs, decide=_decide_refusal, evolve=_evolve_refusal
)
WITHDRAWN: Rule[ClaimWithdrawn] = Rule(
    stream=_stream,
    needs=_needs,
    decide=_decide_withdrawal,
    evolve=_evolve_withdrawal,
)
