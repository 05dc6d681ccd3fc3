"""An import from the first look at the file to the last receipt.

The order makes it safe to be killed anywhere and run again:

1. The whole file is checked; nothing is sent unless all of it is right.
2. What an earlier run sent without learning the outcome is sent again, byte for byte.
3. Pseudonyms that are new go to disk before any statement that names them.
4. Accounts that are missing are opened.
5. Every row that the ledger does not hold yet is posted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from client.bank import Bank
from client.errors import Fault
from client.imports.catalogue import CatalogueReader
from client.imports.checks import RowError, RowRules, column_of
from client.imports.faults import FaultList, RowFault
from client.imports.journal import Journal, content_key
from client.imports.order import (
    CHECKING,
    OPENING,
    POSTING,
    FileChangedError,
    Order,
    Progress,
    Step,
    Summary,
)
from client.imports.rows import ImportRow
from client.imports.sending import Courier, Item, fill
from client.imports.source import Source
from client.imports.texts import Code
from client.learners import LearnerBook
from client.references import MemberSecret
from client.results import Content, Fields, account_content, award_content
from client.statements import StatementFactory


@dataclass(slots=True, kw_only=True)
class Import:
    """One import by one member."""

    order: Order
    secret: MemberSecret
    book: LearnerBook
    progress: Progress = field(default=lambda _step: None)
    _rows: int = 0
    _learners: dict[str, Fields] = field(default_factory=dict)
    _refused: FaultList = field(default_factory=FaultList)
    _without_account: dict[str, Fault] = field(default_factory=dict)

    def check(self, *, bank: Bank | None = None) -> Summary:
        """Check the whole file; with a bank, against its catalogue too. Send nothing.

        Raises:
            FileFaultsError: with every fault.
        """
        source = self._check(bank)
        return Summary(
            rows=self._rows,
            ignored_columns=source.layout.ignored,
            encoding=source.encoding,
        )

    def run(self, bank: Bank, factory: StatementFactory) -> Summary:
        """Check the file and bring all of it into the ledger.

        Raises:
            FileFaultsError: with every fault; nothing was sent.
            ClientError: the bank cannot be asked, refuses this member altogether, or is
                not to be believed. Run it again.
        """
        source = self._check(bank)  # 1
        path, member_id = self.order.path, self.secret.member_id
        journal = Journal.beside(path, member_id=member_id, ledger=bank.ledger)
        courier = Courier(bank=bank, factory=factory, journal=journal)
        courier.resend()  # 2
        self.book.save()  # 3
        done = journal.done()
        opened = self._open_accounts(courier, done)  # 4
        posted = self._post(courier, source, done=done)  # 5
        return Summary(
            rows=self._rows,
            posted=posted,
            known=self._rows - posted - self._refused.count,
            accounts_opened=opened,
            batches=courier.batches,
            replayed=courier.replayed,
            refused=self._refused.result(),
            ignored_columns=source.layout.ignored,
            encoding=source.encoding,
        )

    def _check(self, bank: Bank | None) -> Source:
        order, faults = self.order, FaultList()
        source = Source.open(
            order.path,
            order.wording,
            member_id=self.secret.member_id,
            encoding=order.encoding,
        )
        find = CatalogueReader(bank).find if bank else None
        rules = RowRules(today=order.today, find_achievement=find)
        for row in source.rows(faults):
            self._rows += 1
            self.progress(Step(stage=CHECKING, done=self._rows))
            self._check_row(row, source, rules=rules, faults=faults)
        if not self._rows and not faults.count:
            faults.add(Code.NO_ROWS)
        faults.check(str(order.path))
        return source

    def _check_row(
        self, row: ImportRow, source: Source, *, rules: RowRules, faults: FaultList
    ) -> None:
        try:
            learner = self._learner(row)
        except ValueError:
            faults.add(Code.OTHER_LEARNER, row=row.row)
            return
        self._learners.setdefault(learner, row.personal)
        try:
            rules.check(self._award(row))
        except RowError as error:
            column = source.layout.name(error.column)
            faults.add_error(error, row=row.row, column=column)

    def _learner(self, row: ImportRow) -> str:
        if row.student_number is None:
            return row.learner_id or ""
        return self.book.assign(row.student_number, row.learner_id)

    def _award(self, row: ImportRow) -> Content:
        return award_content(row.result.of(self._learner(row)), self.secret)

    def _open_accounts(self, courier: Courier, done: set[bytes]) -> int:
        ledger, opened, settled = courier.bank.ledger, 0, 0
        missing = [
            learner
            for learner in self._learners
            if not self.book.is_open(learner, ledger=ledger)
        ]
        for batch in fill(self._openings(courier, missing, done=done)):
            for sent in courier.send(batch):
                opened += not (sent.known or sent.fault)
                if sent.fault is None:
                    self.book.mark_open(sent.about, ledger=ledger)
                else:
                    self._without_account[sent.about] = sent.fault
            settled += len(batch)
            self.progress(Step(stage=OPENING, done=settled, total=len(missing)))
        self.book.save()
        return opened

    def _openings(
        self, courier: Courier, missing: list[str], *, done: set[bytes]
    ) -> Iterator[Item[str]]:
        order = self.order
        for learner in missing:
            content = account_content(
                learner, self.secret, mode=order.mode, disclosed=self._learners[learner]
            )
            if content_key(content.type, content.body) in done:
                self.book.mark_open(learner, ledger=courier.bank.ledger)
                continue
            line = courier.factory.line(content, mandate=order.mandate)
            yield Item(about=learner, line=line)

    def _post(self, courier: Courier, source: Source, *, done: set[bytes]) -> int:
        posted = settled = 0
        for batch in fill(self._awards(courier, source, done=done)):
            if not source.is_unchanged():
                raise FileChangedError(path=str(source.path))
            for sent in courier.send(batch):
                if sent.fault is not None:
                    self._refuse(sent.about, sent.fault, source=source)
                else:
                    posted += not sent.known
            settled += len(batch)
            self.progress(Step(stage=POSTING, done=settled, total=self._rows))
        return posted

    def _awards(
        self, courier: Courier, source: Source, *, done: set[bytes]
    ) -> Iterator[Item[int]]:
        faults = FaultList()
        for row in source.rows(faults):
            fault = self._without_account.get(self._learner(row))
            if fault is not None:
                self._refuse(row.row, fault, source=source)
                continue
            content = self._award(row)
            if content_key(content.type, content.body) not in done:
                yield Item(about=row.row, line=courier.factory.line(content))

    def _refuse(self, row: int, fault: Fault, *, source: Source) -> None:
        column = source.layout.name(column_of(fault.pointer))
        text = fault.detail or fault.code
        self._refused.add_fault(
            RowFault(row=row, column=column, code=fault.code, text=text)
        )
