"""Judges what the bank answered and what lies on its disk: nothing lost, nothing twice.

1. Positions are without a gap, and what was read once stays as it is.
2. Every entry is, byte for byte, what a client said, or the bank's own answer after it.
3. Each is there once, and only if the model accepts it; a batch whole and in order.
4. The house's auditor finds every entry allowed where it stands; lots are sound.
5. A receipt proves the client's bytes at their place, and never changes.
6. A refusal is signed, and says what the model says at the position it names.
7. Every checkpoint that left the bank is of the tree that is there.
8. State tables are the fold of the log; books balance, and are the model's.
9. What the log's entries disclosed is in the vault.
10. Projections are what the replayed log gives at once.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ledger.audit.books import broken_lots
from ledger.domain.state import KINDS, Record
from ledger.domain.state.record import Key
from ledger.intake import BatchSubmission
from ledger.integrity.checkpoints import read_checkpoint
from ledger.integrity.errors import IntegrityError
from ledger.integrity.merkle import HASH_BYTES, leaf_hash
from ledger.integrity.receipts import BatchReceipt, verify_batch, verify_single
from ledger.integrity.refusals import read_refusal
from ledger.integrity.tile_names import CHECKPOINT, names_of
from ledger.integrity.tiles import TILE_WIDTH
from ledger.sequencer import Accepted, RefusedError
from ledger.store.application import LedgerStore
from ledger.store.state_tables import state_tables
from tests.bank import ORIGIN
from tests.simulation.beginning import lots_of, model_of_ground
from tests.simulation.effects import Apply
from tests.simulation.following import Following, replayed_ground
from tests.simulation.ground import Ground
from tests.simulation.machine import SafeVault
from tests.simulation.model import Model
from tests.simulation.said import Said
from tests.simulation.saying import Clients

_ENTRIES = (
    "SELECT notification_id, state FROM stored_events"
    " WHERE notification_id > ? ORDER BY notification_id"
)

_COUNTS = " UNION ALL ".join(
    f"SELECT '{kind}', COUNT(*) FROM {state_tables()[kind].name}"  # noqa: S608  # own names
    for kind in KINDS
)
Changed = dict[tuple[type[Record], Key], Record]


class BrokenError(Exception):
    """The bank broke a promise."""


def require(holds: object, promise: str) -> None:
    """Require that a promise is kept.

    Raises:
        BrokenError: it is not.
    """
    if not holds:
        raise BrokenError(promise)


class Oracle:
    """Follows the log of one seed from the end of the ground."""

    def __init__(self, start: Ground, clients: Clients, *, vault: SafeVault) -> None:
        """Stand at the end of the ground."""
        self._ground, self._clients, self._vault = start, clients, vault
        self._key = start.bank.checkpoint.public
        self.entries = list(start.entries)
        self._replay, self._reader = start.replayed(), start.reader()
        self._log, self._tree = replayed_ground(self._replay), start.tree
        self._roots = {self._tree.size: self._tree.root()}
        self._start = self.model = model_of_ground()
        self._models = {len(self.entries) - 1: self.model}
        self.places: dict[int, int] = {}
        self._expected: list[bytes | None] = []
        self._changed: Changed = {}
        self.notes: set[str] = set()
        self._checked: set[str] = set()
        self._file = Path()
        self._open: sqlite3.Connection | None = None

    @property
    def root(self) -> bytes:
        """Return the root over all entries."""
        return self._tree.root()

    def read(self, file: Path) -> None:
        """Read what is new on the disk, and judge it."""
        rows = self._connect(file).execute(_ENTRIES, (len(self.entries),)).fetchall()
        for number, raw in rows:
            require(number == len(self.entries) + 1, "positions are without a gap")  # 1
            self._take(bytes(raw))

    def close(self) -> None:
        """Let go of the disk."""
        if self._open is not None:
            self._open.close()

    def _connect(self, file: Path) -> sqlite3.Connection:
        if self._open is None or self._file != file:
            self.close()
            self._file, self._open = file, sqlite3.connect(file)
        return self._open

    def _take(self, raw: bytes) -> None:
        position = len(self.entries)
        recorded = self._reader.read(raw, position=position)
        require(recorded and not self._reader.findings, "an entry can be read")
        assert recorded is not None
        self.entries.append(raw)
        self._log.add(recorded.act, raw)
        self._place(raw.partition(b"\n")[2], position, at=recorded.act.recorded_at)
        findings = list(self._replay.apply(recorded.act))
        require(not findings, f"an entry is allowed: {findings}")  # 4
        changes = self._replay.take_changes()
        require(not list(broken_lots(changes)), "no lot is negative")
        self._changed.update({(type(one), one.key): one for one in changes})
        self._tree = self._tree.append(leaf_hash(raw))
        self._roots[self._tree.size] = self._tree.root()
        self._models[position] = self.model

    def _place(self, said_bytes: bytes, position: int, *, at: str) -> None:
        """Find out whose words an entry is, and hold the first of them to the model."""
        if self._expected:
            expected = self._expected.pop(0)
            right = expected is None or expected == said_bytes
            require(right, "a batch is whole and in order")
            return
        said = self._said_by(said_bytes)
        require(said is not None, "every entry was said by a client")  # 2
        assert said is not None
        require(said.meant.number not in self.places, "each is there once")  # 3
        verdict = self.model.judge(said.meant, at=at)
        require(not verdict, f"{said.name} must be refused: {verdict}")
        self.places[said.meant.number] = position
        self._expected = list(said.entries[1:])
        (first, *_) = said.meant.effects
        if isinstance(first, Apply) and not first.desks:
            # The bank's own acceptance follows at once.
            self._expected.append(None)
        self.model = self.model.copy()
        self.model.accept(said.meant)

    def _said_by(self, said_bytes: bytes) -> Said | None:
        for said in self._clients.said:
            if said.entries[0] == said_bytes:
                return said
        return None

    def hear(self, said: Said, answer: Accepted | RefusedError) -> None:
        """Judge a final answer that a client heard; the log was read before."""
        if isinstance(answer, Accepted):
            self._hear_receipt(said, answer)
        else:
            self._hear_refusal(said, answer)
            said.refusals.append(answer)

    def _hear_receipt(self, said: Said, answer: Accepted) -> None:
        receipt, first = answer.receipt, said.accepted
        if first is not None:
            require(first.receipt == receipt, "a receipt never changes")  # 5
            require(answer.replayed or first.replayed, "it is new only once")
            said.accepted = first if answer.replayed else answer
            return
        position = self.places.get(said.meant.number)
        require(position is not None, f"{said.name} was acknowledged and is lost")
        try:
            if isinstance(receipt, BatchReceipt):
                assert isinstance(said.submission, BatchSubmission)
                verify_batch(
                    receipt,
                    said.entries[0],
                    statements=said.entries[1:],
                    origin=ORIGIN,
                    key=self._key,
                )
                stands = receipt.header_position
            else:
                verify_single(receipt, said.entries[0], origin=ORIGIN, key=self._key)
                stands = receipt.position
        except IntegrityError as error:
            raise BrokenError(said.name) from error
        require(stands == position, "a receipt names the place")
        self.notes.add(receipt.checkpoint)
        said.accepted = answer

    def _hear_refusal(self, said: Said, answer: RefusedError) -> None:
        service = self._ground.bank.service.public
        evidence = read_refusal(answer.evidence, key=service)  # 6
        at = evidence.decided_at_position
        require(at in self._models, "a refusal was decided on what is there")
        named = (evidence.iss, evidence.id) == said.meant.names[0]
        bytes_named = evidence.payload_hash == said.submission.payload_hash
        require(named and bytes_named, "a refusal names what it refuses")
        verdict = self._models[at].judge(said.meant, at=evidence.at)
        found = [(one.line, one.code) for one in evidence.errors]
        right = len(found) == len(verdict) and all(
            line == expected and code in codes
            for (line, code), (expected, codes) in zip(found, verdict, strict=True)
        )
        require(right, f"{said.name} refused as {found}, not {verdict} at {at}")
        stands = self.places.get(said.meant.number)
        require(stands is None or stands > at, "nothing refused is there")

    def check_notes(self, notes: Iterable[str]) -> None:
        """Require that checkpoints are of the tree that is there."""
        for note in sorted({*self.notes, *notes} - self._checked):
            try:
                found = read_checkpoint(note, origin=ORIGIN, key=self._key)
            except IntegrityError as error:
                raise BrokenError(note) from error
            same = self._roots.get(found.size) == found.root
            require(same, "every checkpoint is consistent with the newest")  # 7
            self._checked.add(note)

    def check_published(self, log: Path) -> None:
        """Require that a published checkpoint is ours, with all that it covers."""
        file = log / CHECKPOINT
        if not file.exists():
            return
        note = file.read_text()
        self.check_notes([note])
        size = read_checkpoint(note, origin=ORIGIN, key=self._key).size
        leaves = b"".join(map(leaf_hash, self.entries[:size]))
        for name in names_of(size):
            shown = (log / name.path()).read_bytes() if name.level == 0 else b""
            first = name.index * TILE_WIDTH * HASH_BYTES
            expected = leaves[first : first + name.width * HASH_BYTES]
            whole = shown == expected or name.level > 0
            require(whole, "what a checkpoint covers is published")

    def check(self, store: LedgerStore) -> None:
        """Check all that follows from the log, once nothing is going on."""
        require(not self._expected, "a batch is whole and in order")
        head = store.read_head()
        require(head is not None and head.size == len(self.entries), "the head is last")
        assert head is not None
        self.check_notes([head.note])
        self._check_state(store)
        self._check_books()
        for said in self._clients.said:
            number = said.meant.number
            if said.accepted:
                require(number in self.places, f"{said.name} is lost")
            if said.refusals and len(said.sent_to) == 1:
                # Only another process, which remembers nothing, may decide anew.
                require(number not in self.places, f"{said.name} was refused")
            if number in self.places and said.disclosed:
                draft = said.submission
                assert not isinstance(draft, BatchSubmission)
                key = (*said.meant.names[0], draft.payload_hash)
                require(key in self._vault.kept, "disclosures are kept")  # 9

    def check_projections(self, following: Following) -> None:
        """Check what followed the log to its end."""
        differing = next(following.differences(self._log), None)
        require(differing is None, f"projections equal replay: {differing}")  # 10

    def _check_state(self, store: LedgerStore) -> None:
        wanted: dict[str, dict[Key, Record]] = {}
        for (record, key), one in self._changed.items():
            wanted.setdefault(record.kind, {})[key] = one
        for kind, records in wanted.items():
            found = store.load(kind, records)
            require(found == records, f"state {kind} is the fold of the log")  # 8
        there = self._ground.replay.state.known
        new = Counter(record.kind for record, key in self._changed.keys() - there)
        rows = self._connect(self._file).execute(_COUNTS).fetchall()
        for kind, shown in rows:
            right = shown == self._ground.counts[kind] + new[kind]
            require(right, f"state {kind} has no more")

    def _check_books(self) -> None:
        books = self._replay.books
        require(not any(books.members.values()), "the trial balance is zero")
        require(not list(books.disagreements()), "lots are what was posted")
        shown = Model(lots=lots_of(self._changed.values()))
        right = shown.books(since=self._start) == self.model.books(since=self._start)
        require(right, "the books are the model's")
