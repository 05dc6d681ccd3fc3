"""Reads the entries of a part back into acts, each from its line alone.

A run is whole and is read as a history is. Elsewhere a batch's line stands without its
neighbours: its path leads to the root that its header signs.
"""

from dataclasses import dataclass, replace

from ledger.audit.bundles.form import Line
from ledger.audit.findings import Finding
from ledger.audit.history import HistoryReader, Recorded, StrayLineError
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.rules.dates import date_in
from ledger.intake import read_recorded
from ledger.integrity.batch import BatchPayload, read_header
from ledger.integrity.encoding import b64decode
from ledger.integrity.entries import Entry, read_entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import BATCH_TYP, SignedBytes, has_typ
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.proofs import InclusionProof, verify_inclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    signed: SignedBytes
    payload: BatchPayload
    recorded_at: str


class PartReader:
    """Turns lines into acts; what is wrong with them becomes findings."""

    def __init__(self) -> None:
        """Stand before the first line."""
        self.findings: list[Finding] = []
        self.time_zone = "UTC"
        self._run = HistoryReader()
        self._headers: dict[int, _Header] = {}
        self._recorded_at = ""

    def read(self, line: Line) -> Recorded | None:
        """Return the entry of a line, None if it cannot be read."""
        if line.path is None:
            recorded = self._run.read(line.raw(), position=line.position)
        else:
            recorded = self._read_alone(line)
        if recorded is None:
            return None
        at, batch = recorded.act.recorded_at, recorded.batch
        needed = line.path is not None and batch is not None
        if needed != (line.batch_path is not None):
            self._report(line.position, "batch-path-wrong")
        if at < self._recorded_at:
            self._report(line.position, "recorded-at-goes-back", detail=at)
        self._recorded_at = max(self._recorded_at, at)
        if isinstance(recorded.act, Act):
            # The zone is known from the first entry, and not to a reader of one line.
            act = recorded.act._replace(recorded_on=date_in(self.time_zone, at))
            return replace(recorded, act=act)
        return recorded

    def finish(self) -> None:
        """Hand over what the run's own reader found."""
        self._run.finish()
        self.findings += self._run.findings

    def _read_alone(self, line: Line) -> Recorded | None:
        raw = line.raw()
        try:
            entry = read_entry(raw)
            if entry.line.batch is not None:
                return self._read_batch_line(line, entry)
        except (IntegrityError, RejectionError) as error:
            self._report(line.position, error.code, detail=error.pointer)
            return None
        reader = HistoryReader()
        recorded = reader.read(raw, position=line.position)
        self.findings += reader.findings
        if recorded is not None and has_typ(entry.member_bytes, BATCH_TYP):
            signed, payload = read_header(entry.member_bytes)
            self._headers[line.position] = _Header(
                signed=signed, payload=payload, recorded_at=entry.line.recorded_at
            )
        return recorded

    def _read_batch_line(self, line: Line, entry: Entry) -> Recorded:
        """Read one line of a batch.

        Raises:
            IntegrityError: its header is not here, or its path leads elsewhere.
            RejectionError: its statement has another shape.
        """
        bank, header = entry.line, self._headers.get(entry.line.batch or 0)
        if header is None or bank.batch is None or bank.index is None:
            raise StrayLineError
        expected = (bank.batch + 1 + bank.index, bank.position, header.recorded_at)
        if expected != (line.position, line.position, bank.recorded_at):
            self._report(line.position, "line-out-of-order")
        proof = InclusionProof(
            position=bank.index,
            size=header.payload.count,
            path=tuple(map(b64decode, line.batch_path or ())),
        )
        root = b64decode(header.payload.root)
        verify_inclusion(leaf_hash(entry.member_bytes), proof, root=root)
        draft = read_recorded(header.signed, entry.member_bytes)
        if draft.statement.iss != header.payload.iss:
            self._report(line.position, "line-of-another-issuer")
        act = Act(
            statement=draft.statement,
            kid=draft.kid,
            payload_hash=draft.payload_hash,
            body_hash=draft.body_hash,
            position=line.position,
            recorded_at=bank.recorded_at,
            recorded_on="",
            tags=bank.tags or (),
        )
        return Recorded(act=act, batch=bank.batch)

    def _report(self, position: int, code: str, *, detail: str = "") -> None:
        self.findings.append(Finding(position=position, code=code, detail=detail))
