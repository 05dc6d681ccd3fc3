"""Replays a whole ledger with nothing in hand but its name.

For every entry, in order: bytes and place (``history``), the signature under the key
its member held then (``signatures``), the right to say it and what follows from it
(``replay``), where the store filed it, and the tree with its checkpoints (``heads``).
A finding never stops the audit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from ledger.audit.disclosures import DisclosureCheck
from ledger.audit.filing import FilingCheck
from ledger.audit.findings import FINDINGS_MAX, AuditReport, Finding
from ledger.audit.heads import HeldToTree, TreeCheck
from ledger.audit.history import HistoryReader, Recorded
from ledger.audit.memory import MemoryCheck
from ledger.audit.parsing import Taken, take_apart
from ledger.audit.ports import CheckingSource, SizedSource, Source, SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.signatures import SignatureChecks
from ledger.audit.spilling import IN_MEMORY_MAX, SpillingState
from ledger.audit.witnessed import WitnessCheck, Witnesses, cosigned_by
from ledger.audit.workers import Workers
from ledger.domain.rules.act import Act
from ledger.domain.state import (
    AccountRecord,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    RegisteredKey,
)
from ledger.domain.statements.members import KeyUse, MemberAdmitted
from ledger.integrity.keys import PublicKey, read_public_key


class WrongLedgerError(Exception):
    """The source holds another ledger than the one pinned."""

    def __init__(self, *, found: str, pinned: str) -> None:
        """Keep both names."""
        super().__init__(found, pinned)
        self.found = found
        self.pinned = pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAgainst:
    """What a ledger is held against beside the notes of earlier audits."""

    disclosures: DisclosureCheck | None = None
    witnesses: Witnesses | None = None


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
    ) -> None:
        """Trust nothing but the ledger's name, and the notes of earlier audits."""
        against = against or HeldAgainst()
        self._disclosures = against.disclosures
        self.ledger = ledger
        self.source = source
        self._state = SpillingState(IN_MEMORY_MAX)
        self.replay = Replay(self._state)
        self._filing = FilingCheck(self._state)
        self.reader = HistoryReader()
        self.findings: list[Finding] = []
        self._recoveries: list[int] = []
        self._material: dict[str, PublicKey] = {}
        self._memory = MemoryCheck(remembered, keys=self._checkpoint_keys)
        origin = ledger.partition("#")[0]
        self._witnesses: WitnessCheck | None = None
        others: list[HeldToTree] = [self._memory]
        if against.witnesses is not None:
            self._witnesses = WitnessCheck(
                against.witnesses,
                cosigned_by(source),
                origin=origin,
                keys=self._checkpoint_keys,
            )
            others.append(self._witnesses)
        self._tree = TreeCheck(
            source.heads(),
            origin=origin,
            keys=self._checkpoint_keys,
            others=others,
        )

    def run(
        self,
        on_entries: Callable[[int], None] | None = None,
        *,
        workers: Workers = IN_PROCESS,
    ) -> AuditReport:
        """Check everything and report; tell after each entry how many are done.

        Raises:
            WrongLedgerError: entry 0 is not the one that the name pins.
            WorkerLostError: a process that checked entries died.
            NoRoomError: there is no room on the disk for what lies still.
        """
        size = self.source.size() if isinstance(self.source, SizedSource) else None
        taken = workers.take_all(
            self.source.entries(), size=size, news=self.replay.take_news
        )
        with closing(self._state), SignatureChecks() as signatures, closing(taken):
            self._check_entries(taken, signatures, on_entries=on_entries)
            self.findings += signatures.finish()
            return self._finish(signatures.count)

    def _check_entries(
        self,
        taken: Iterable[tuple[SourceEntry, Taken]],
        signatures: SignatureChecks,
        *,
        on_entries: Callable[[int], None] | None,
    ) -> None:
        for position, (stored, found) in enumerate(taken):
            if stored.position not in {None, position}:
                detail = f"numbered {stored.position}"
                self._report_fault(position, "position-missing", detail=detail)
            at = self._entry(stored, found, position=position, signatures=signatures)
            if self._witnesses is not None:
                self._witnesses.record(position, at)
            self._tree.leaf(found.leaf, recorded_at=at)
            if on_entries is not None:
                on_entries(position + 1)

    def _finish(self, signatures: int) -> AuditReport:
        self.reader.finish()
        self._tree.finish(self.source.checkpoint())
        self._check_books()
        if self._disclosures is not None:
            self._disclosures.finish(self._tree.frontier.size)
            self.findings += self._disclosures.findings
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
        filed = (stored.stream, stored.version, stored.topic)
        if taken.foreseen is not None:
            # What a vault discloses is held against a statement's own digests.
            alone = self._disclosures is None
            if alone and self.replay.take_foreseen(taken, position, reader=self.reader):
                place = (taken.foreseen.stream, taken.foreseen.topic)
                self.findings += self._filing.take_at(place, filed, position=position)
                if taken.verdict is not None:
                    signatures.note(position, taken.verdict)
                return taken.bank.recorded_at if taken.bank else None
            taken = take_apart(stored.raw)._replace(verdict=taken.verdict)
        recorded = self.reader.place(taken, position)
        if recorded is None:
            self._require_name(position)
            return None
        act = recorded.act
        if position == 0:
            self.findings.extend(self.replay.apply(act))
            self._require_name(position)
        self._check_signature(recorded, signatures)
        if position > 0:
            self.findings.extend(self.replay.apply(act, recorded.moves))
        self.findings.extend(self._filing.take(act, filed))
        if self._disclosures is not None:
            self._disclosures.take(act)
        return act.recorded_at

    def _require_name(self, position: int) -> None:
        if position > 0:
            return
        record = self.replay.state.find(LedgerRecord, 0)
        found = "" if record is None else record.name
        if found != self.ledger:
            raise WrongLedgerError(found=found, pinned=self.ledger)

    def _check_signature(self, recorded: Recorded, signatures: SignatureChecks) -> None:
        position = recorded.act.position
        key = self.replay.signing_key(recorded.act)
        if key is None:
            self._report_fault(position, "unknown-key")
            return
        if key.recovery:
            self._recoveries.append(position)
        if recorded.signed is not None:
            signatures.add(position, recorded.signed, key=self._public(key))
        elif recorded.verdict is not None:
            signatures.note(position, recorded.verdict)

    def _public(self, key: RegisteredKey) -> PublicKey:
        public = self._material.get(key.kid)
        if public is None:
            jwk = key.jwk.model_dump(exclude_none=True)
            public = read_public_key(jwk, algorithm=key.alg)
            self._material[key.kid] = public
        return public

    def _checkpoint_keys(self) -> Iterable[PublicKey]:
        ledger = self.replay.state.find(LedgerRecord, 0)
        operator = "" if ledger is None else ledger.operator
        ring = self.replay.state.find(KeyringRecord, operator)
        keys = () if ring is None else ring.keys
        return [self._public(key) for key in keys if key.use is KeyUse.CHECKPOINT]

    def _check_books(self) -> None:
        for account in self.replay.books.disagreements():
            self._report_fault(
                self._tree.frontier.size, "books-disagree", detail=account
            )

    def _report_fault(self, position: int, code: str, *, detail: str = "") -> None:
        self.findings.append(Finding(position=position, code=code, detail=detail))

    def _report(self, signatures: int) -> AuditReport:
        books = self.replay.books
        found = {*self.findings, *self.reader.findings, *self._tree.findings}
        if isinstance(self.source, CheckingSource):
            found |= set(self.source.findings())
        found.update(self._memory.findings)
        if self._witnesses is not None:
            found.update(self._witnesses.findings)
        ordered = sorted(found, key=lambda one: (one.position, one.code, one.detail))
        known = self._state.known.values()
        members = [record for record in known if isinstance(record, MemberRecord)]
        balance = {record.member_id: 0 for record in members} | dict(books.members)
        return AuditReport(
            ledger=self.ledger,
            entries=self._tree.frontier.size,
            checkpoint_size=self._tree.checked_size,
            root=self._tree.checked_root,
            note=self._tree.checked_note,
            members=len(members),
            learners=self._state.count(AccountRecord),
            awards=books.awards,
            awarded_milli=books.awarded_milli,
            signatures=signatures,
            findings=tuple(ordered[:FINDINGS_MAX]),
            classes=dict(sorted(Counter(one.kind for one in ordered).items())),
            disclosures=self._disclosures.figures if self._disclosures else None,
            witnesses=self._witnesses.figures if self._witnesses else None,
            recovery_positions=tuple(self._recoveries),
            trial_balance=dict(sorted(balance.items())),
        )


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
