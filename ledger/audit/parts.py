"""The parts of an audit, each of which checks one thing, and how they go on together.

An audit may be interrupted between two entries, where no batch is open: then all that
its parts know is saved at once, and another call makes them stand where they stood.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.audit.cosigned import cosigned_by
from ledger.audit.disclosures import DisclosureCheck
from ledger.audit.filing import FilingCheck
from ledger.audit.findings import Finding
from ledger.audit.heads import TreeCheck
from ledger.audit.history import HistoryReader
from ledger.audit.keys import Keys
from ledger.audit.memory import MemoryCheck
from ledger.audit.parsing import Taken
from ledger.audit.passing import IN_MEMORY_MAX, LinesAtOnce, PassingState
from ledger.audit.ports import CheckingSource, Source, SourceEntry
from ledger.audit.progress.form import Progress
from ledger.audit.progress.keeping import Keeping, order_of
from ledger.audit.replay import Replay
from ledger.audit.runs import INTEGERS
from ledger.audit.signatures import SignatureChecks
from ledger.audit.stretches import LinesInOrder, Stretch
from ledger.audit.witnessed import WitnessCheck, Witnesses
from ledger.domain.state import KeyringRecord, LedgerRecord
from ledger.domain.statements.members import KeyUse
from ledger.integrity.keys import PublicKey

_RECOVERIES: Final = "recoveries"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAgainst:
    """What a ledger is held against beside the notes of earlier audits."""

    disclosures: DisclosureCheck | None = None
    witnesses: Witnesses | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an audit is asked to do: whose ledger, and held against what."""

    ledger: str
    remembered: Sequence[str]
    against: HeldAgainst

    @property
    def origin(self) -> str:
        """The ledger's origin."""
        return self.ledger.partition("#")[0]

    def order(self) -> str:
        """Return a digest of all that another call must have been asked, too."""
        witnesses = self.against.witnesses
        policy = None if witnesses is None else witnesses.policy
        return order_of(self.ledger, remembered=self.remembered, policy=policy)


Piece = tuple[Sequence[SourceEntry], Taken | Stretch]
"""Some entries, and what they are: one taken apart, or lines in a row."""


@dataclass(slots=True)
class Run:
    """Where a run is; it tells after each entry how many are done."""

    position: int
    signatures: SignatureChecks
    on_entries: Callable[[int], None] | None

    def pass_one(self) -> None:
        """Go past an entry."""
        self.position += 1
        if self.on_entries is not None:
            self.on_entries(self.position)


class Parts:
    """What is known after the entries checked so far, and what was found.

    ``signatures`` were counted by other calls; ``recoveries`` are positions.
    """

    def __init__(
        self, source: Source, asked: Asked, *, keeping: Keeping | None
    ) -> None:
        """Stand before entry 0, or where another call has stopped.

        Raises:
            ProgressOfAnotherError: the other was asked for something else.
            SourceChangedError: the heads that it has passed are others now.
        """
        self._order = asked.order()
        kept = None if keeping is None else keeping.begin(self._order)
        self.state = keeping.file.state if keeping else PassingState(IN_MEMORY_MAX)
        self.replay = Replay(self.state)
        self.lines = (
            LinesAtOnce(self.replay, self.state)
            if isinstance(self.state, PassingState)
            else LinesInOrder(self.replay, self.state)
        )
        self.filing = FilingCheck(self.state)
        self.reader = HistoryReader()
        self.findings: list[Finding] = []
        self.recoveries = array(INTEGERS)
        self.signatures = 0
        self.keys = Keys()
        self.memory = MemoryCheck(
            asked.remembered,
            keys=self._checkpoint_keys,
            kept=kept.memory if kept else None,
        )
        self.witnesses = self._witness_check(source, asked, kept=kept)
        self.tree = TreeCheck(
            source.heads(),
            origin=asked.origin,
            keys=self._checkpoint_keys,
            others=[one for one in (self.memory, self.witnesses) if one is not None],
            kept=kept.tree if kept else None,
        )
        if keeping is not None and kept is not None:
            self._go_on(keeping, kept)

    def _witness_check(
        self, source: Source, asked: Asked, *, kept: Progress | None
    ) -> WitnessCheck | None:
        if asked.against.witnesses is None:
            return None
        return WitnessCheck(
            asked.against.witnesses,
            cosigned_by(source),
            origin=asked.origin,
            keys=self._checkpoint_keys,
            kept=kept.witnesses if kept else None,
        )

    def pass_lines(
        self,
        stretch: Stretch,
        entries: Sequence[SourceEntry],
        *,
        start: int,
        position: int,
    ) -> int:
        """Go past lines of a stretch from ``start`` on, as far as all of them hold.

        Returns how many. What is due between two entries is due there: at most so many
        are passed at once.
        """
        count = self.reader.expected(stretch, start=start, position=position)
        end = start + min(count, self.tree.room())
        passed = self.lines.take(stretch, entries, start=start, end=end)
        if passed:
            at, lines = stretch.recorded_at, slice(start, start + passed)
            self.reader.pass_lines(stretch.line_leaves[lines], recorded_at=at)
            if self.witnesses is not None:
                self.witnesses.record(position, at)
            self.tree.leaves(stretch.leaves[lines], recorded_at=at)
        return passed

    def save(self, keeping: Keeping, signatures: SignatureChecks) -> None:
        """Keep all that the entries so far have led to.

        Raises:
            NoRoomError: the file cannot be written.
        """
        self.findings += signatures.finish()
        for findings in self._others():
            self.findings += findings
            findings.clear()
        tree, witnesses = self.tree.kept(), self.witnesses
        progress = Progress(
            books=self.replay.books.kept(),
            entries=keeping.passed(),
            memory=self.memory.kept(),
            order=self._order,
            reader=self.reader.kept(),
            signatures=self.signatures + signatures.count,
            tree=tree,
            witnesses=witnesses.kept(tree.frontier.size) if witnesses else None,
        )
        keeping.file.save(progress, findings=self.findings, lists=self._lists())

    def found(self, source: Source) -> set[Finding]:
        """Return all that was found, also by the source itself."""
        found = set(self.findings).union(*self._others())
        if isinstance(source, CheckingSource):
            found |= set(source.findings())
        return found

    def _go_on(self, keeping: Keeping, kept: Progress) -> None:
        self.reader.go_on(kept.reader)
        self.replay.books.go_on(kept.books)
        self.findings += keeping.file.findings
        self.signatures = kept.signatures
        for name, numbers in self._lists().items():
            numbers.extend(keeping.file.lists.get(name, ()))

    def _others(self) -> Iterator[list[Finding]]:
        yield self.reader.findings
        yield self.tree.findings
        yield self.memory.findings
        if self.witnesses is not None:
            yield self.witnesses.findings

    def _lists(self) -> dict[str, "array[int]"]:
        lists = {} if self.witnesses is None else self.witnesses.lists
        return {**lists, _RECOVERIES: self.recoveries}

    def _checkpoint_keys(self) -> Iterable[PublicKey]:
        ledger = self.replay.state.find(LedgerRecord, 0)
        operator = "" if ledger is None else ledger.operator
        ring = self.replay.state.find(KeyringRecord, operator)
        keys = () if ring is None else ring.keys
        return [self.keys.public(key) for key in keys if key.use is KeyUse.CHECKPOINT]
