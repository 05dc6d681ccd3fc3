"""Replays a whole ledger with nothing in hand but its name.

For every entry, in order: bytes and place (``history``), the signature under the key
its member held then (``signatures``), the right to say it and what follows from it
(``replay``), where the store filed it, and the tree with its checkpoints (``heads``).
A finding never stops the audit.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final

from ledger.audit.findings import FINDINGS_MAX, AuditReport, Finding
from ledger.audit.history import HistoryReader, Recorded
from ledger.audit.parsing import Taken, take_apart
from ledger.audit.parts import Asked, HeldAgainst, Parts, Piece, Run
from ledger.audit.ports import RangedSource, SizedSource, Source, SourceEntry
from ledger.audit.progress.keeping import Keeping
from ledger.audit.signatures import SignatureChecks
from ledger.audit.stretches import Stretch
from ledger.audit.workers import Workers
from ledger.domain.rules.act import Act
from ledger.domain.state import AccountRecord, LedgerRecord, MemberRecord
from ledger.domain.statements.members import MemberAdmitted


class WrongLedgerError(Exception):
    """The source holds another ledger than the one pinned."""

    def __init__(self, *, found: str, pinned: str) -> None:
        """Keep both names."""
        super().__init__(found, pinned)
        self.found = found
        self.pinned = pinned


IN_PROCESS: Final = Workers()


class Audit:
    """One run over one source."""

    def __init__(
        self,
        source: Source,
        *,
        ledger: str,
        remembered: Sequence[str] = (),
        against: HeldAgainst | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        """Trust nothing but the ledger's name, and the notes of earlier audits.

        With ``keeping`` go on where another call has stopped, if one has, and save.

        Raises:
            ProgressOfAnotherError: the other was asked for something else.
            SourceChangedError: what it has passed reads differently now.
        """
        against = against or HeldAgainst()
        self._disclosures = against.disclosures
        self._keeping = keeping
        asked = Asked(ledger=ledger, remembered=remembered, against=against)
        self._parts = Parts(source, asked, keeping=keeping)
        self.ledger = ledger
        self.source = source

    def run(
        self,
        on_entries: Callable[[int], None] | None = None,
        *,
        workers: Workers = IN_PROCESS,
    ) -> AuditReport:
        """Check everything and report; tell after each entry how many are done.

        Raises:
            WrongLedgerError: entry 0 is not the one that the name pins.
            SourceChangedError: what another call has checked reads differently now.
            WorkerLostError: a process that checked entries died.
            NoRoomError: there is no room on the disk for what lies still.
        """
        with closing(self._parts.state), SignatureChecks() as signatures:
            entries, begun = self.source.entries(), 0
            if self._keeping is not None:
                begun = self._keeping.pass_again(entries)
            with closing(self._take_all(entries, begun, workers=workers)) as pieces:
                self._check_pieces(pieces, Run(begun, signatures, on_entries))
            self._parts.findings += signatures.finish()
            return self._finish(self._parts.signatures + signatures.count)

    def _take_all(
        self, entries: Iterator[SourceEntry], begun: int, *, workers: Workers
    ) -> Generator[Piece, None, None]:
        size = self.source.size() if isinstance(self.source, SizedSource) else None
        left = None if size is None else size - begun
        news = self._parts.replay.take_news
        if self._disclosures is None and self._keeping is None:
            source = self.source
            if isinstance(source, RangedSource) and workers.are_worth(left):
                # Whoever keeps progress reads again what it has passed, in order.
                return workers.take_source(source, news=news)
        if self._disclosures is None:
            return workers.take_pieces(entries, size=left, news=news)
        # What a vault discloses is held against a statement's own digests.
        taken = workers.take_all(entries, size=left, news=news)
        return (([one], found) for one, found in taken)

    def _check_pieces(self, pieces: Iterable[Piece], run: Run) -> None:
        for entries, found in pieces:
            if isinstance(found, Taken):
                self._check_entry(entries[0], found, run=run)
                continue
            start = 0
            while start < len(entries):
                passed = self._pass_lines(found, entries, start=start, run=run)
                if not passed:
                    taken = take_apart(entries[start].raw)
                    self._check_entry(entries[start], taken, run=run)
                start += passed or 1

    def _check_entry(self, stored: SourceEntry, found: Taken, *, run: Run) -> None:
        parts, position = self._parts, run.position
        if stored.position not in {None, position}:
            detail = f"numbered {stored.position}"
            self._report_fault(position, "position-missing", detail=detail)
        at = self._entry(stored, found, position=position, signatures=run.signatures)
        if parts.witnesses is not None:
            parts.witnesses.record(position, at)
        parts.tree.leaf(found.leaf, recorded_at=at)
        if self._keeping is not None:
            self._keeping.take(stored, found.leaf)
        self._save_if_due(run)
        run.pass_one()

    def _pass_lines(
        self, stretch: Stretch, entries: Sequence[SourceEntry], *, start: int, run: Run
    ) -> int:
        """Go past lines that are as they were foreseen; return how many."""
        at = run.position
        passed = self._parts.pass_lines(stretch, entries, start=start, position=at)
        lines = slice(start, start + passed)
        if stretch.batch is None:
            run.signatures.count_good(passed)
        if self._keeping is not None and passed:
            for stored, leaf in zip(entries[lines], stretch.leaves[lines], strict=True):
                self._keeping.take(stored, leaf)
            self._save_if_due(run)
        for _ in range(passed):
            run.pass_one()
        return passed

    def _save_if_due(self, run: Run) -> None:
        keeping, parts = self._keeping, self._parts
        if keeping is not None and not parts.reader.in_batch and keeping.is_due():
            parts.save(keeping, run.signatures)

    def _finish(self, signatures: int) -> AuditReport:
        parts = self._parts
        parts.reader.finish()
        parts.tree.finish(self.source.checkpoint())
        size = parts.tree.frontier.size
        for account in parts.replay.books.disagreements():
            self._report_fault(size, "books-disagree", detail=account)
        if self._disclosures is not None:
            self._disclosures.finish(size)
            parts.findings += self._disclosures.findings
        return self._report(signatures)

    def _entry(
        self,
        stored: SourceEntry,
        taken: Taken,
        *,
        position: int,
        signatures: SignatureChecks,
    ) -> str | None:
        """Check an entry; return the instant of its recording, if it can be read."""
        parts, filed = self._parts, (stored.stream, stored.version, stored.topic)
        if taken.foreseen is not None:
            # What a vault discloses is held against a statement's own digests.
            alone = self._disclosures is None
            reader = parts.reader
            if alone and parts.replay.take_foreseen(taken, position, reader=reader):
                place = (taken.foreseen.stream, taken.foreseen.topic)
                parts.findings += parts.filing.take_at(place, filed, position=position)
                if taken.verdict is not None:
                    signatures.note(position, taken.verdict)
                return taken.bank.recorded_at if taken.bank else None
            taken = take_apart(stored.raw)._replace(verdict=taken.verdict)
        recorded = parts.reader.place(taken, position)
        if recorded is None:
            self._require_name(position)
            return None
        act = recorded.act
        if position == 0:
            parts.findings.extend(parts.replay.apply(act))
            self._require_name(position)
        self._check_signature(recorded, signatures)
        if position > 0:
            parts.findings.extend(parts.replay.apply(act, recorded.moves))
        parts.findings.extend(parts.filing.take(act, filed))
        if self._disclosures is not None:
            self._disclosures.take(act)
        return act.recorded_at

    def _require_name(self, position: int) -> None:
        if position > 0:
            return
        record = self._parts.replay.state.find(LedgerRecord, 0)
        found = "" if record is None else record.name
        if found != self.ledger:
            raise WrongLedgerError(found=found, pinned=self.ledger)

    def _check_signature(self, recorded: Recorded, signatures: SignatureChecks) -> None:
        position = recorded.act.position
        key = self._parts.replay.signing_key(recorded.act)
        if key is None:
            self._report_fault(position, "unknown-key")
            return
        if key.recovery:
            self._parts.recoveries.append(position)
        if recorded.signed is not None:
            public = self._parts.keys.public(key)
            signatures.add(position, recorded.signed, key=public)
        elif recorded.verdict is not None:
            signatures.note(position, recorded.verdict)

    def _report_fault(self, position: int, code: str, *, detail: str = "") -> None:
        found = Finding(position=position, code=code, detail=detail)
        self._parts.findings.append(found)

    def _report(self, signatures: int) -> AuditReport:
        parts, books, tree = self._parts, self._parts.replay.books, self._parts.tree
        ordered = sorted(parts.found(self.source), key=_place_of)
        if not (tree.frontier.size or ordered):
            # A ledger begins with the entry that its name is the hash of.
            raise WrongLedgerError(found="", pinned=self.ledger)
        known = parts.state.known.values()
        members = [record for record in known if isinstance(record, MemberRecord)]
        balance = {record.member_id: 0 for record in members} | dict(books.members)
        return AuditReport(
            ledger=self.ledger,
            entries=tree.frontier.size,
            checkpoint_size=tree.checked_size,
            root=tree.checked_root,
            note=tree.checked_note,
            members=len(members),
            learners=parts.state.count(AccountRecord),
            awards=books.awards,
            awarded_milli=books.awarded_milli,
            signatures=signatures,
            findings=tuple(ordered[:FINDINGS_MAX]),
            classes=dict(sorted(Counter(one.kind for one in ordered).items())),
            disclosures=self._disclosures.figures if self._disclosures else None,
            witnesses=parts.witnesses.figures if parts.witnesses else None,
            recovery_positions=tuple(parts.recoveries),
            trial_balance=dict(sorted(balance.items())),
        )


def _place_of(found: Finding) -> tuple[int, str, str, int]:
    last = -1 if found.last is None else found.last
    return found.position, found.code, found.detail, last


def verify(
    source: Source,
    *,
    ledger: str,
    remembered: Sequence[str] = (),
    on_entries: Callable[[int], None] | None = None,
    against: HeldAgainst | None = None,
) -> AuditReport:
    """Audit a source against the ledger's pinned name.

    ``remembered`` are checkpoints that its tree must contain. ``on_entries`` is called
    with the number of entries read so far. It must agree with all it is held
    ``against``.

    Raises:
        WrongLedgerError: the source holds another ledger.
    """
    audit = Audit(source, ledger=ledger, remembered=remembered, against=against)
    return audit.run(on_entries)


def read_name(source: Source) -> str | None:
    """Return the name of the ledger a source holds, unverified; None if it has none."""
    first = next(source.entries(), None)
    if first is None:
        return None
    match HistoryReader().read(first.raw, position=0):
        case Recorded(act=Act(statement=MemberAdmitted(body=body)) as act):
            return (
                f"{body.founding.origin}#{act.payload_hash}" if body.founding else None
            )
        case _:
            return None
