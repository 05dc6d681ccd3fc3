"""Reads entries back into acts, in order, with every check that needs no rule.

``parsing`` takes an entry apart; here it is held against what stands before it.

The checks of one entry, numbered in the code:

1. Its bytes have the one form of an entry, and name the position it stands at.
2. ``recorded_at`` does not go back.
3. A single is a JWS; a line follows its header, in order, and the header's count and
   root hold once its last line is read.
4. The statement inside has a known type and the right shape; declared keys are proven.
   A number of a person in free text is found, and the statement read all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.audit.books import Moves
from ledger.audit.findings import Finding
from ledger.audit.open_batches import OpenBatch
from ledger.audit.parsing import (
    IMPOSSIBLE,
    Bank,
    Fault,
    Foreseen,
    Said,
    Taken,
    take_apart,
)
from ledger.audit.progress.form import ReaderKept
from ledger.audit.stretches import Stretch
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.rules.dates import date_in
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import MemberAdmitted
from ledger.integrity.batch import BatchPayload
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import SignedBytes
from ledger.integrity.merkle import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One entry read back. ``batch`` is where the header of a line stands.

    ``signed`` is set where the entry carries a signature that nobody verified yet;
    where somebody did, ``verdict`` is what came of it. ``moves`` as in ``Taken``.
    """

    act: Act[Statement] | BatchAct
    batch: int | None = None
    signed: SignedBytes | None = None
    verdict: str | None = None
    moves: Moves | None = None


class HistoryReader:
    """Turns entry bytes into acts; what is wrong with them becomes findings."""

    def __init__(self) -> None:
        """Stand before entry 0."""
        self.findings: list[Finding] = []
        self._batch: OpenBatch | None = None
        self._recorded_at = ""
        self._time_zone = "UTC"

    def read(self, raw: bytes, *, position: int) -> Recorded | None:
        """Return the entry at this position, None if it cannot be read."""
        return self.place(take_apart(raw), position)

    def place(self, taken: Taken, position: int) -> Recorded | None:
        """Return an entry that was taken apart, None if it cannot be read."""
        fault = taken.fault or Fault(IMPOSSIBLE)
        if taken.bank is not None:
            try:
                found = self._open(taken, self._placed(taken.bank, position))  # 1
            except StrayLineError as error:
                found = Fault(error.code)
            if isinstance(found, Recorded):
                return found
            fault = found
        self._report(position, fault.code, detail=fault.pointer)
        return None

    def pass_by(self, taken: Taken, foreseen: Foreseen, *, position: int) -> bool:
        """Go past an entry of which everything was foreseen; False if it is not so.

        Then nothing has changed, and it is to be read and placed like any other.
        """
        bank, batch = taken.bank, self._batch
        if bank is None or bank.position != position:
            return False
        at = bank.recorded_at
        if at < self._recorded_at:
            return False
        if date_in(self._time_zone, at) != foreseen.recorded_on:
            return False
        if bank.batch is None:
            self._close_batch()
        elif batch is None or not batch.expects(bank, foreseen):
            return False
        else:
            batch.add(taken.line_leaf)
            if batch.lines == batch.payload.count:
                self._close_batch()
        self._recorded_at = at
        return True

    def expected(self, stretch: Stretch, *, start: int, position: int) -> int:
        """Return how many of the lines from ``start`` on come next, of this batch.

        Of singles all do, if no batch is open.
        """
        at = stretch.recorded_at
        if stretch.columns.positions[start] != position or at < self._recorded_at:
            return 0
        if date_in(self._time_zone, at) != stretch.recorded_on:
            return 0
        left, batch = len(stretch.leaves) - start, self._batch
        if batch is None:
            return left if stretch.batch is None else 0
        # The first single after an open batch closes it, and is read by itself.
        return min(left, batch.expected(stretch, position=position))

    def pass_lines(self, leaves: Sequence[bytes], *, recorded_at: str) -> None:
        """Go past lines of which everything was foreseen.

        ``leaves`` are those of the open batch; where none is, they are singles.
        """
        batch = self._batch
        if batch is not None:
            batch.add_all(leaves)
            if batch.lines == batch.payload.count:
                self._close_batch()
        self._recorded_at = recorded_at

    def finish(self) -> None:
        """Report a batch whose last lines are missing at the end of the log."""
        self._close_batch()

    @property
    def in_batch(self) -> bool:
        """Tell whether lines of a batch are still to come."""
        return self._batch is not None

    def kept(self) -> ReaderKept:
        """Return what to keep between two batches, to go on from here."""
        return ReaderKept(recorded_at=self._recorded_at, time_zone=self._time_zone)

    def go_on(self, kept: ReaderKept) -> None:
        """Stand where another reader has stopped."""
        self._recorded_at, self._time_zone = kept.recorded_at, kept.time_zone

    def _placed(self, bank: Bank, position: int) -> Bank:
        if bank.recorded_at < self._recorded_at:  # 2
            self._report(position, "recorded-at-goes-back", detail=bank.recorded_at)
        self._recorded_at = max(self._recorded_at, bank.recorded_at)
        if bank.position == position:
            return bank
        self._report(position, "position-wrong", detail=f"says {bank.position}")
        # What else is wrong with it is reported where it stands: whoever moved it must
        # not choose the place that an auditor looks at.
        return bank._replace(position=position)

    def _open(self, taken: Taken, bank: Bank) -> Recorded | Fault:
        if bank.batch is not None:  # 3
            return self._open_line(taken, bank)
        self._close_batch()
        if taken.header is not None:
            return self._open_header(taken, bank, payload=taken.header)
        self._report_places(taken, bank)
        if taken.said is None:  # 4
            return taken.fault or Fault(IMPOSSIBLE)
        return self._recorded(taken, bank, said=taken.said, kid=taken.kid)

    def _open_header(
        self, taken: Taken, bank: Bank, *, payload: BatchPayload
    ) -> Recorded:
        self._batch = OpenBatch(
            kid=taken.kid,
            payload=payload,
            position=bank.position,
            recorded_at=bank.recorded_at,
        )
        act = BatchAct(
            iss=payload.iss,
            id=payload.id,
            aud=payload.aud,
            iat=payload.iat,
            exp=payload.exp,
            kid=taken.kid,
            payload_hash=taken.header_hash,
            position=bank.position,
            recorded_at=bank.recorded_at,
        )
        return Recorded(act=act, signed=taken.signed, verdict=taken.verdict)

    def _open_line(self, taken: Taken, bank: Bank) -> Recorded | Fault:
        batch = self._batch
        if batch is None:
            raise StrayLineError
        expected = (batch.position, batch.lines, batch.recorded_at)
        batch.add(taken.line_leaf)
        if (bank.batch, bank.place, bank.recorded_at) != expected:
            self._report(
                bank.position, "line-out-of-order", detail=f"of batch {bank.batch}"
            )
        self._report_places(taken, bank)
        if taken.said is None:  # 4
            return taken.fault or Fault(IMPOSSIBLE)
        if taken.said.statement.iss != batch.payload.iss:
            self._report(bank.position, "line-of-another-issuer")
        if batch.lines == batch.payload.count:
            self._close_batch()
        return self._recorded(taken, bank, said=taken.said, kid=batch.kid)

    def _report_places(self, taken: Taken, bank: Bank) -> None:
        for place in taken.places:
            self._report(bank.position, "personal-data", detail=place)

    def _close_batch(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        last = batch.position + batch.lines
        if batch.lines != batch.payload.count:
            self._report(
                last, "batch-count-mismatch", detail=f"of batch {batch.position}"
            )
        elif b64encode(EMPTY.extend(batch.leaves).root()) != batch.payload.root:
            self.findings.append(
                Finding(position=batch.position, code="batch-root-mismatch", last=last)
            )

    def _recorded(
        self, taken: Taken, bank: Bank, *, said: Said, kid: str
    ) -> Recorded | Fault:
        """Return the act, a fault if its instant is none that a calendar has."""
        statement = said.statement
        if bank.position == 0 and isinstance(statement, MemberAdmitted):
            founding = statement.body.founding
            self._time_zone = founding.time_zone if founding else "UTC"
        try:
            recorded_on = date_in(self._time_zone, bank.recorded_at)
        except ValueError:
            return Fault(IMPOSSIBLE)
        act = Act(
            statement=statement,
            kid=kid,
            payload_hash=said.payload_hash,
            body_hash=said.body_hash,
            position=bank.position,
            recorded_at=bank.recorded_at,
            recorded_on=recorded_on,
            tags=bank.tags,
        )
        return Recorded(
            act=act,
            batch=bank.batch,
            signed=taken.signed,
            verdict=taken.verdict,
            moves=taken.moves,
        )

    def _report(self, position: int, code: str, *, detail: str = "") -> None:
        self.findings.append(Finding(position=position, code=code, detail=detail))


class StrayLineError(IntegrityError):
    """A batch line stands without its header before it."""

    code = "line-without-header"
