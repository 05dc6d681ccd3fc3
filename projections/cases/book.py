"""What a page of facts does to cases, and what that moves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from ledger.domain.postings import LotOwner, Move, moves
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
from ledger.domain.types import credits_milli
from projections.cases.history import Change, History, is_kept, is_moving, is_of_case
from projections.cases.left import Leftovers
from projections.cases.parties import Parties, parties_of
from projections.follower import Fact
from projections.known import KnownAward
from projections.memory import Memory

Row = dict[str, object]


class MadeLot(NamedTuple):
    """A lot that an exchange made: it holds from the day it was recorded."""

    award_id: str
    position: int
    known: KnownAward
    exchange_id: str


class Moved(NamedTuple):
    """What one statement moves, and whose the lots are."""

    moves: Sequence[Move]
    owners: Mapping[str, LotOwner]


@dataclass(slots=True, kw_only=True)
class CaseBook:
    """What cases need of a page.

    ``moved``, ``learners``, ``parties`` and ``applied`` (the rule of an acceptance)
    are by position; ``versions`` and ``moves`` are rows.
    """

    moved: dict[int, Moved] = field(default_factory=dict)
    learners: dict[int, str] = field(default_factory=dict)
    applied: dict[int, str] = field(default_factory=dict)
    parties: dict[int, Parties] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    rules: dict[str, RuleRecord] = field(default_factory=dict)
    made: list[MadeLot] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)


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
    for fact in own:
        act = _act(fact)
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
    names = {
        change.after.rule
        for change in history.changes
        if isinstance(change.after, ExchangeRecord)
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
    if isinstance(statement, x.ExchangeAccepted):
        record = history.find(ExchangeRecord, statement.body.exchange_id)
        book.applied[act.position] = "" if record is None else record.rule
        for made in _made(statement, act):
            book.made.append(made)
            history.add_award(made.award_id, made.known)
    context, moved = history.moved(act)
    if isinstance(statement, x.ExchangeReversed):
        at = act.position
        context = leftovers.corrected(context, book.moves, position=at)
        moved = tuple(moves(statement, context))
    book.moved[act.position] = Moved(moved, context.owners)
    book.moves.extend(
        {
            "position": act.position,
            "number": number,
            "award_id": move.lot,
            "source": move.source,
            "target": move.target,
            "amount_milli": move.amount_milli,
            "effective_on": move.effective_on,
            "type": statement.type,
            "recorded_at": act.recorded_at,
            "statement_id": statement.id,
            "signed_by": act.kid,
            "case_id": _case_id(statement),
        }
        for number, move in enumerate(_all_moves(act, moved, history=history))
    )


def _made(statement: x.ExchangeAccepted, act: Act[Statement]) -> Iterator[MadeLot]:
    body = statement.body
    for lot in body.created:
        yield MadeLot(
            award_id=lot.lot_id,
            position=act.position,
            known=KnownAward(
                learner_id=body.learner_id,
                issuer=body.member,
                amount_milli=credits_milli(lot.credits),
                position=act.position,
                category=None,
            ),
            exchange_id=body.exchange_id,
        )


def _all_moves(
    act: Act[Statement], moved: Iterable[Move], *, history: History
) -> Iterator[Move]:
    yield from moved
    touched = {move.lot for move in moved}
    for lot in _sources(act.statement, history):
        if lot not in touched:
            yield Move(lot, "", "", 0, act.recorded_on)


def _sources(statement: Statement, history: History) -> Iterable[str]:
    """Return the lots that an exchange recognised, though nothing of them moved."""
    if not isinstance(statement, x.ExchangeAccepted | x.ExchangeReversed):
        return ()
    record = history.find(ExchangeRecord, statement.body.exchange_id)
    return () if record is None else tuple(lot.award_id for lot in record.lots)


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
