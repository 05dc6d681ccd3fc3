"""One result given by hand: read with the same eyes as a row, and posted at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from client.bank import Bank
from client.errors import BankRefusedError
from client.imports.checks import RowError, RowRules
from client.imports.columns import Column, Layout
from client.imports.faults import FaultList, FileFaultsError
from client.imports.rows import ImportRow, read_row
from client.imports.sending import KNOWN_CODES
from client.learners import LearnerBook
from client.receipts import Posted
from client.references import MemberSecret
from client.results import Content, account_content, award_content
from client.statements import StatementFactory
from ledger.domain.statements.envelope import Mandate

_NOBODY: Final = "learner_" + "0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Awarded:
    """One award that is in the ledger. Without ``posted`` it was there before."""

    award_id: str
    learner_id: str
    posted: Posted | None


def read_single(
    cells: Mapping[Column, str], *, secret: MemberSecret, today: str
) -> ImportRow:
    """Return the result that the cells describe.

    Raises:
        FileFaultsError: with every fault.
    """
    faults = FaultList()
    filled = {column: text.strip() for column, text in cells.items() if text.strip()}
    layout = Layout(header=(), places={}, defaults=filled)
    row = read_row(0, filled, layout=layout, member_id=secret.member_id, faults=faults)
    if row is not None:
        try:
            result = row.result.of(row.learner_id or _NOBODY)
            RowRules(today=today).check(award_content(result, secret))
        except RowError as error:
            faults.add_error(error, row=0, column=str(error.column or ""))
        else:
            return row
    raise FileFaultsError(faults.result(), path="the options")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where single results are handed in (窗口)."""

    bank: Bank
    factory: StatementFactory
    secret: MemberSecret
    book: LearnerBook

    def award(
        self,
        row: ImportRow,
        *,
        mode: str = "provisional",
        mandate: Mandate | None = None,
    ) -> Awarded:
        """Open the learner's account if it is missing, and post the award.

        Raises:
            ValueError: the student number has another account already.
            ClientError: the bank cannot be asked, or refuses.
        """
        learner = row.learner_id or ""
        if row.student_number is not None:
            learner = self.book.assign(row.student_number, row.learner_id)
            # On the disk before anything names it: a retry must find it again.
            self.book.save()
        if not self.book.is_open(learner, ledger=self.bank.ledger):
            opening = account_content(
                learner, self.secret, mode=mode, disclosed=row.personal
            )
            self._post(opening, mandate=mandate)
            self.book.mark_open(learner, ledger=self.bank.ledger)
            self.book.save()
        result = row.result.of(learner)
        posted = self._post(award_content(result, self.secret))
        award_id = result.award_id(self.secret)
        return Awarded(award_id=award_id, learner_id=learner, posted=posted)

    def _post(
        self, content: Content, *, mandate: Mandate | None = None
    ) -> Posted | None:
        try:
            return self.bank.post(self.factory.sign(content, mandate=mandate))
        except BankRefusedError as error:
            if error.bank_code in KNOWN_CODES:
                return None
            raise
