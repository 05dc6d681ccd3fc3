"""Reads entries back into acts, in order, with every check that needs no rule.

The checks of one entry, numbered in the code:

1. Its bytes have the one form of an entry, and name the position it stands at.
2. ``recorded_at`` does not go back.
3. A single is a JWS; a line follows its header, in order, and the header's count and
   root hold once its last line is read.
4. The statement inside has a known type and the right shape; declared keys are proven.
   A number of a person in free text is found, and the statement read all the same.
"""

from dataclasses import dataclass, field, replace

from ledger.audit.findings import Finding
from ledger.audit.personal import places_of, read_without
from ledger.domain.errors import RejectionError
from ledger.domain.errors.statements import InvalidStatementError
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.rules.dates import date_in
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import MemberAdmitted
from ledger.intake import Draft, hash_text, read_recorded
from ledger.integrity.batch import BatchPayload, batch_root, read_header
from ledger.integrity.entries import BankLine, Entry, read_entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import (
    BATCH_TYP,
    STATEMENT_TYP,
    SignedBytes,
    has_typ,
    read_jws,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One entry read back. ``signed`` is set where the entry carries a signature."""

    entry: Entry
    act: Act[Statement] | BatchAct
    signed: SignedBytes | None


@dataclass(slots=True)
class _OpenBatch:
    header: SignedBytes
    payload: BatchPayload
    position: int
    recorded_at: str
    statements: list[bytes] = field(default_factory=list)


class HistoryReader:
    """Turns entry bytes into acts; what is wrong with them becomes findings."""

    def __init__(self) -> None:
        """Stand before entry 0."""
        self.findings: list[Finding] = []
        self._batch: _OpenBatch | None = None
        self._recorded_at = ""
        self._time_zone = "UTC"

    def read(self, raw: bytes, *, position: int) -> Recorded | None:
        """Return the entry at this position, None if it cannot be read."""
        try:
            return self._open(self._placed(read_entry(raw), position))  # 1
        except (IntegrityError, RejectionError) as error:
            self._report(position, error.code, detail=error.pointer)
        except ValueError:
            self._report(position, "recorded-at-impossible")
        return None

    def finish(self) -> None:
        """Report a batch whose last lines are missing at the end of the log."""
        self._close_batch()

    def _placed(self, entry: Entry, position: int) -> Entry:
        line = entry.line
        if line.recorded_at < self._recorded_at:  # 2
            self._report(position, "recorded-at-goes-back", detail=line.recorded_at)
        self._recorded_at = max(self._recorded_at, line.recorded_at)
        if line.position == position:
            return entry
        self._report(position, "position-wrong", detail=f"says {line.position}")
        # What else is wrong with it is reported where it stands: whoever moved it must
        # not choose the place that an auditor looks at.
        said = line.model_dump() | {"position": position}
        return replace(entry, line=BankLine.model_validate(said))

    def _open(self, entry: Entry) -> Recorded:
        if entry.line.batch is not None:  # 3
            return self._open_line(entry)
        self._close_batch()
        if has_typ(entry.member_bytes, BATCH_TYP):
            return self._open_header(entry)
        signed = read_jws(entry.member_bytes, typ=STATEMENT_TYP)
        draft = self._draft(entry, signed, payload=signed.payload)  # 4
        return Recorded(entry=entry, act=self._act(entry, draft), signed=signed)

    def _open_header(self, entry: Entry) -> Recorded:
        line = entry.line
        signed, payload = read_header(entry.member_bytes)
        self._batch = _OpenBatch(
            header=signed,
            payload=payload,
            position=line.position,
            recorded_at=line.recorded_at,
        )
        act = BatchAct(
            iss=payload.iss,
            id=payload.id,
            aud=payload.aud,
            iat=payload.iat,
            exp=payload.exp,
            kid=signed.kid,
            payload_hash=hash_text(signed.payload),
            position=line.position,
            recorded_at=line.recorded_at,
        )
        return Recorded(entry=entry, act=act, signed=signed)

    def _open_line(self, entry: Entry) -> Recorded:
        line, batch = entry.line, self._batch
        if batch is None:
            raise StrayLineError
        expected = (batch.position, len(batch.statements), batch.recorded_at)
        batch.statements.append(entry.member_bytes)
        if (line.batch, line.index, line.recorded_at) != expected:
            self._report(
                line.position, "line-out-of-order", detail=f"of batch {line.batch}"
            )
        draft = self._draft(entry, batch.header, payload=entry.member_bytes)  # 4
        if draft.statement.iss != batch.payload.iss:
            self._report(line.position, "line-of-another-issuer")
        if len(batch.statements) == batch.payload.count:
            self._close_batch()
        return Recorded(entry=entry, act=self._act(entry, draft), signed=None)

    def _draft(self, entry: Entry, signed: SignedBytes, *, payload: bytes) -> Draft:
        try:
            return read_recorded(signed, payload)
        except InvalidStatementError as error:
            places = places_of(error)
            if not places:
                raise
        for place in places:
            self._report(entry.line.position, "personal-data", detail=place)
        return read_without(places, signed, payload=payload)

    def _close_batch(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        last = batch.position + len(batch.statements)
        if len(batch.statements) != batch.payload.count:
            self._report(
                last, "batch-count-mismatch", detail=f"of batch {batch.position}"
            )
        elif batch_root(batch.statements) != batch.payload.root:
            self.findings.append(
                Finding(position=batch.position, code="batch-root-mismatch", last=last)
            )

    def _act(self, entry: Entry, draft: Draft) -> Act[Statement]:
        statement = draft.statement
        if entry.line.position == 0 and isinstance(statement, MemberAdmitted):
            founding = statement.body.founding
            self._time_zone = founding.time_zone if founding else "UTC"
        return Act(
            statement=statement,
            kid=draft.kid,
            payload_hash=draft.payload_hash,
            body_hash=draft.body_hash,
            position=entry.line.position,
            recorded_at=entry.line.recorded_at,
            recorded_on=date_in(self._time_zone, entry.line.recorded_at),
            tags=entry.line.tags or (),
        )

    def _report(self, position: int, code: str, *, detail: str = "") -> None:
        self.findings.append(Finding(position=position, code=code, detail=detail))


class StrayLineError(IntegrityError):
    """A batch line stands without its header before it."""

    code = "line-without-header"
