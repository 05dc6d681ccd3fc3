"""Verifies a log as it grows, and holds it against what was seen before.

The checks, numbered in the code:

1. Every entry: bytes, place, signature, right and rule, as the audit asks.
2. Where the last run stopped, the tree has the root that was seen then.
3. Each checkpoint is signed by the operator and covers the entries read.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ledger.audit.findings import Finding
from ledger.audit.history import HistoryReader, Recorded
from ledger.audit.replay import Replay
from ledger.audit.signatures import SignatureChecks
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.state import KeyringRecord, LedgerRecord, RegisteredKey
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import KeyUse
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import PublicKey, read_public_key
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.watching.memory import Memory
from ledger.watching.reports import Kind, Report, reports_of
from ledger.watching.volumes import Volumes

NO_RECORDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType({})


class ForkError(Exception):
    """The log is not the one that was seen before. Both notes are evidence."""

    reason = "the log has forked"

    def __init__(self, *, seen: str, shown: str) -> None:
        """Keep both notes."""
        super().__init__(self.reason)
        self.seen = seen
        self.shown = shown


class ShrinkError(ForkError):
    """The log is shorter than it was: entries that were seen are gone."""

    reason = "the log has shrunk"


class AnotherLogError(Exception):
    """Entry 0 is not the one that the ledger's name pins."""


class Watcher:
    """One log, read from its beginning; what was reported before is not again.

    ``records`` are the statement ids that a member has itself, by member.
    """

    def __init__(
        self,
        ledger: str,
        *,
        memory: Memory | None = None,
        records: Mapping[str, frozenset[str]] = NO_RECORDS,
    ) -> None:
        """Stand before entry 0."""
        self.ledger = ledger
        self.memory = memory
        self._records = records
        self._reader = HistoryReader()
        self._replay = Replay()
        self._volumes = Volumes()
        self._frontier = EMPTY
        self._batch = ""
        self._seen_root = b""
        self._findings = 0

    @property
    def size(self) -> int:
        """How many entries were read."""
        return self._frontier.size

    def read(self, entries: Iterable[bytes], *, note: str) -> Iterator[Report]:
        """Read the entries up to a checkpoint; yield what is new.

        Raises:
            AnotherLogError: it is another ledger.
            ForkError: it is not the log that was seen before.
        """
        with SignatureChecks() as signatures:
            for raw in entries:
                yield from self._entry(raw, signatures)
            yield from map(_fault, signatures.finish())
        yield from self._faults()
        yield from self._check_note(note)

    def remember(self, note: str) -> Memory:
        """Remember that everything so far was reported; return what to keep of it."""
        self._seen_root = self._frontier.root()
        self.memory = Memory(
            ledger=self.ledger,
            size=self.size,
            root=b64encode(self._seen_root),
            note=note,
        )
        return self.memory

    def _entry(self, raw: bytes, signatures: SignatureChecks) -> Iterator[Report]:
        position = self.size
        recorded = self._reader.read(raw, position=position)  # 1
        found = [] if recorded is None else list(self._replay.apply(recorded.act))
        if position == 0:
            self._require_name()
        if recorded is not None:
            found += self._check_signature(recorded, signatures)
        self._frontier = self._frontier.append(leaf_hash(raw))
        if self.memory is not None and self.size == self.memory.size:
            self._seen_root = self._frontier.root()  # 2
        # A fault is told again with every run: nobody may miss it.
        yield from map(_fault, found)
        yield from self._faults()
        if recorded is None:
            return
        fresh = self.memory is None or position >= self.memory.size
        for report in self._told(recorded):
            if fresh:
                yield report

    def _require_name(self) -> None:
        record = self._replay.state.find(LedgerRecord, 0)
        if record is None or record.name != self.ledger:
            raise AnotherLogError

    def _check_signature(
        self, recorded: Recorded, signatures: SignatureChecks
    ) -> Iterator[Finding]:
        position = recorded.act.position
        key = self._replay.signing_key(recorded.act)
        if key is None:
            yield Finding(position=position, code="unknown-key")
        elif recorded.signed is not None:
            signatures.add(position, recorded.signed, key=_public(key))

    def _faults(self) -> Iterator[Report]:
        fresh = self._reader.findings[self._findings :]
        self._findings += len(fresh)
        yield from map(_fault, fresh)

    def _told(self, recorded: Recorded) -> Iterator[Report]:
        act = recorded.act
        if isinstance(act, BatchAct):
            self._batch = act.id
            return
        yield from reports_of(act, self._replay.state)
        statement = act.statement
        known = self._records.get(statement.iss)
        batch = self._batch if recorded.batch is not None else statement.id
        if known is not None and known.isdisjoint((statement.id, batch)):
            detail = f"{statement.type} {statement.id} is not in your records"
            yield _report(act, Kind.NOT_IN_RECORDS, detail=detail)
        unusual = self._volumes.count(statement.iss, day=act.recorded_on)
        if unusual is not None:
            yield _report(act, Kind.VOLUME, detail=unusual)
        key = self._replay.signing_key(act)
        if key is not None and key.recovery:
            detail = f"{statement.type} signed with a recovery key"
            yield _report(act, Kind.RECOVERY_KEY, detail=detail)

    def _check_note(self, note: str) -> Iterator[Report]:
        memory, signed = self.memory, self._signed(note)
        if signed is None:  # 3
            yield _at(self.size, "checkpoint-signature")
            return
        holds = (signed.size, signed.root) == (self.size, self._frontier.root())
        if memory is None:
            if not holds:
                yield _at(min(signed.size, self.size), "root-mismatch")
            return
        if signed.size < memory.size:
            raise ShrinkError(seen=memory.note, shown=note)
        if not holds or b64encode(self._seen_root) != memory.root:
            raise ForkError(seen=memory.note, shown=note)

    def _signed(self, note: str) -> Checkpoint | None:
        origin = self.ledger.rpartition("#")[0]
        for key in self._checkpoint_keys():
            try:
                return read_checkpoint(note, origin=origin, key=key)
            except CheckpointError:
                continue
        return None

    def _checkpoint_keys(self) -> Iterator[PublicKey]:
        ledger = self._replay.state.find(LedgerRecord, 0)
        operator = "" if ledger is None else ledger.operator
        ring = self._replay.state.find(KeyringRecord, operator)
        for key in () if ring is None else ring.keys:
            if key.use is KeyUse.CHECKPOINT:
                yield _public(key)


def _public(key: RegisteredKey) -> PublicKey:
    return read_public_key(key.jwk.model_dump(exclude_none=True), algorithm=key.alg)


def _report(act: Act[Statement], kind: Kind, *, detail: str) -> Report:
    return Report(
        position=act.position, kind=kind, member=act.statement.iss, detail=detail
    )


def _at(position: int, code: str) -> Report:
    return Report(position=position, kind=Kind.FAULT, member="", detail=code)


def _fault(finding: Finding) -> Report:
    detail = f"{finding.code} {finding.detail}".rstrip()
    return Report(position=finding.position, kind=Kind.FAULT, member="", detail=detail)
