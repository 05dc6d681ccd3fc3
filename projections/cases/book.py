"""What a page of facts does to cases, and what that moves."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from ledger.domain.postings import moves
from ledger.domain.rules.act import Act
from ledger.domain.state import (
    AppealRecord,
    ClaimRecord,
    EnrolmentRecord,
    ExchangeRecord,
    RedemptionRecord,
    RuleRecord,
)
from ledger.domain.statements import claims as c
from ledger.domain.statements import exchanges as x
from ledger.domain.statements.appeals import AppealDecidedBody, AppealFiledBody
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.graduation import GraduationAssessedBody
from ledger.domain.statements.programmes import (
    EnrolmentChangedBody,
    EnrolmentEndedBody,
    EnrolmentOpenedBody,
)
from projections.cases.history import History
from projections.cases.kinds import is_kept, is_moving, is_of_case
from projections.cases.left import Leftovers
from projections.cases.outcome import CaseBook, Moved
from projections.cases.parties import parties_of
from projections.cases.plain import is_plain
from projections.cases.taking import PlainCases
from projections.follower import Fact
from projections.known import KnownAward
from projections.memory import Memory


def read_cases(
    connection: Connection,
    facts: Sequence[Fact],
    *,
    awards: Mapping[str, KnownAward],
    memory: Memory,
) -> CaseBook:
    """Return what a page does to cases; ``awards`` are those it makes or names."""
    book = CaseBook()
    own = [fact for fact in facts if is_of_case(fact.statement)]
    if not own:
        return book
    history = History(connection, awards, memory=memory)
    history.look_up(own)
    leftovers = Leftovers(connection, facts)
    plain = PlainCases(book, history)
    for fact in own:
        act = _act(fact)
        if is_plain(fact.statement):
            plain.take(act, fact.statement)
            continue
        if is_moving(fact.statement):
            _move(act, book, history=history, leftovers=leftovers)
        if is_kept(fact.statement):
            history.apply(act)
        learner_id = _learner(fact.statement, history)
        if learner_id is not None:
            book.learners[fact.position] = learner_id
        book.parties[fact.position] = parties_of(fact.statement, history)
    book.versions = history.rows
    book.changes = history.changes
    book.rules = _rules_of(history)
    return book


def _rules_of(history: History) -> dict[str, RuleRecord]:
    """Return the rules that changed exchanges apply: what they say never changes."""
    # One that is handed in again may apply another than it did before.
    names = {
        one.rule
        for change in history.changes
        for one in change
        if isinstance(one, ExchangeRecord)
    }
    found = {name: history.find(RuleRecord, name) for name in sorted(names)}
    return {name: rule for name, rule in found.items() if rule is not None}


def _act(fact: Fact) -> Act[Statement]:
    return Act(
        statement=fact.statement,
        kid=fact.kid,
        payload_hash="",
        body_hash=fact.body_hash,
        position=fact.position,
        recorded_at=fact.recorded_at,
        recorded_on=fact.recorded_on,
    )


def _move(
    act: Act[Statement], book: CaseBook, *, history: History, leftovers: Leftovers
) -> None:
    statement = act.statement
    context, moved = history.moved(act)
    if isinstance(statement, x.ExchangeReversed):
        at = act.position
        context = leftovers.corrected(context, book.moves, position=at)
        moved = tuple(moves(statement, context))
    book.moved[act.position] = Moved(moved, context.owners)
    lots = _sources(statement, history)
    book.move(act, moved, lots=lots, case_id=_case_id(statement))


def _sources(statement: Statement, history: History) -> Iterable[str]:
    """Return the lots that an exchange recognised, though nothing of them moved."""
    if not isinstance(statement, x.ExchangeReversed):
        return ()
    return (lot.award_id for lot in history.case(statement.body.exchange_id).lots)


def _case_id(statement: Statement) -> str:
    body = statement.body
    match body:
        case x.CreditRedeemedBody() | x.RedemptionReversedBody():
            return body.redemption_id
        case x.CreditExpiredBody():
            return ""
        case _:
            return str(getattr(body, "exchange_id", ""))


def _learner(statement: Statement, history: History) -> str | None:
    """Return the learner that a statement is about, whoever it names."""
    body = statement.body
    about: object = None
    match body:
        case EnrolmentOpenedBody() | EnrolmentChangedBody() | EnrolmentEndedBody():
            about = history.find(EnrolmentRecord, body.enrolment_id)
        case AppealFiledBody() | GraduationAssessedBody():
            about = body
        case AppealDecidedBody():
            about = history.find(AppealRecord, body.appeal_id)
        case x.CreditExpiredBody():
            about = history.award(body.award_id)
        case x.CreditRedeemedBody() | x.RedemptionReversedBody():
            about = history.find(RedemptionRecord, body.redemption_id)
        case (
            c.ClaimFiledBody()
            | c.ClaimReturnedBody()
            | c.ClaimRefusedBody()
            | c.ClaimWithdrawnBody()
        ):
            about = history.find(ClaimRecord, body.claim_id)
        case _:
            exchange_id = getattr(body, "exchange_id", None)
            if exchange_id is not None:
                about = history.find(ExchangeRecord, exchange_id)
    return getattr(about, "learner_id", None)
