"""Takes requests and acceptances up into a page's outcome, one after the other."""

from typing import Final

from ledger.domain.rules.act import Act
from ledger.domain.rules.exchanges import accepted_case
from ledger.domain.state import ExchangeRecord
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAcceptedBody
from ledger.domain.types import credits_milli
from projections.cases.history import History
from projections.cases.outcome import CaseBook, MadeLot, Moved
from projections.cases.parties import Parties, parties_of
from projections.cases.plain import Plain, plain_moves
from projections.known import KnownAward

_NOBODY: Final = Parties()


class PlainCases:
    """The cases that the page before and this one have open."""

    def __init__(self, book: CaseBook, history: History) -> None:
        """Write into a book what becomes of a history."""
        self._book = book
        self._history = history
        self._parties: dict[str, tuple[object, Parties]] = {}

    def take(self, act: Act[Statement], statement: Plain) -> None:
        """Take up a statement of a case.

        Raises:
            LookupError: it speaks of a case, a rule or a lot that is not there.
        """
        book, history, body = self._book, self._history, statement.body
        if isinstance(body, ExchangeAcceptedBody):
            case = history.case(body.exchange_id)
            self._accept(act, body, rule=case.rule)
            history.take(accepted_case(body, case), before=case, position=act.position)
            lots = [lot.award_id for lot in case.lots]
        else:
            case = history.requested(act)
            history.take(case, before=None, position=act.position)
            lots = []
        rule = history.rule(case.rule)
        moved = plain_moves(statement, case, rule=rule, on=act.recorded_on)
        owners = {one.lot: history.award(one.lot).owner for one in moved}
        book.moved[act.position] = Moved(moved, owners)
        book.move(act, moved, lots=lots, case_id=body.exchange_id)
        book.learners[act.position] = body.learner_id
        book.parties[act.position] = self._parties_of(statement, case)

    def _accept(
        self, act: Act[Statement], body: ExchangeAcceptedBody, *, rule: str
    ) -> None:
        self._book.applied[act.position] = rule
        for lot in body.created:
            known = KnownAward(
                learner_id=body.learner_id,
                issuer=body.member,
                amount_milli=credits_milli(lot.credits),
                position=act.position,
                category=None,
            )
            made = MadeLot(lot.lot_id, act.position, known, body.exchange_id)
            self._book.made.append(made)
            self._history.add_award(lot.lot_id, known)

    def _parties_of(self, statement: Plain, case: ExchangeRecord) -> Parties:
        """Return whom a case concerns: that changes only when it is handed in again."""
        lots, found = self._parties.get(case.exchange_id, (None, _NOBODY))
        if lots is not case.lots:
            found = parties_of(statement, self._history)
            self._parties[case.exchange_id] = case.lots, found
        return found
